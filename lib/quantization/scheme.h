// Quantization schemes: the named ones, text protos, and what is valid.
#ifndef QUANT_CURVE_LIB_QUANTIZATION_SCHEME_H_
#define QUANT_CURVE_LIB_QUANTIZATION_SCHEME_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/scheme.pb.h"

namespace quant_curve {

// The sweep's schemes, in the sweep's order, fp32 first.
absl::StatusOr<SchemeList> NamedSchemes();

// Refuses every combination of fields that has no meaning: the message names
// the scheme, the field, its value and the bound. Fields that a scheme does not
// use must be unset, so that no two texts mean the same scheme.
absl::Status ValidateScheme(const Scheme& scheme);

// What --scheme means: a path that ends in .textproto, a text proto (it holds a
// colon), or a named scheme. The result is valid.
absl::StatusOr<Scheme> ResolveScheme(const std::string& flag);

// Whether quantizing needs a calibration artifact.
bool NeedsCalibration(const Scheme& scheme);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_QUANTIZATION_SCHEME_H_
