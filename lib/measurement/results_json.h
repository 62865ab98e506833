// results.json and speed.json: their messages in protobuf's JSON mapping.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_RESULTS_JSON_H_
#define QUANT_CURVE_LIB_MEASUREMENT_RESULTS_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/results.pb.h"
#include "proto/speed.pb.h"

namespace quant_curve {

// Indented, field names as in the proto, every number printed (zeros too) with
// the digits that read back exactly, a newline at the end. Equal messages give
// equal bytes.
absl::StatusOr<std::string> ResultsToJson(const Results& results);

// speed.json: the Speed message, likewise.
absl::StatusOr<std::string> SpeedToJson(const Speed& speed);

absl::StatusOr<Results> ResultsFromJson(absl::string_view json);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_RESULTS_JSON_H_
