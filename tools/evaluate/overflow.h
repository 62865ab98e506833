// Why a score is not a number: where a forward pass first overflows.
#ifndef QUANT_CURVE_TOOLS_EVALUATE_OVERFLOW_H_
#define QUANT_CURVE_TOOLS_EVALUATE_OVERFLOW_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/model/model_reader.h"

namespace quant_curve {

// Runs the model over `tokens` once more and names the first result that holds
// an infinity or a NaN, such as "the output of h.0.mlp.up_proj".
absl::StatusOr<std::string> FirstNotFinite(const ModelReader& model,
                                           absl::Span<const uint32_t> tokens);

// The error for `what` ("window 3"), whose score over the inputs `tokens` is
// not finite: the place, the bound of the format that overflows, and the
// remedy.
absl::Status OverflowError(const ModelReader& model, absl::string_view what,
                           absl::Span<const uint32_t> tokens);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EVALUATE_OVERFLOW_H_
