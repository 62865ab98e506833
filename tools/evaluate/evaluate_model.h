// A measurement of one quantized model on one corpus.
#ifndef QUANT_CURVE_TOOLS_EVALUATE_EVALUATE_MODEL_H_
#define QUANT_CURVE_TOOLS_EVALUATE_EVALUATE_MODEL_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "lib/numerics/parallel.h"
#include "proto/corpus.pb.h"
#include "proto/measurement.pb.h"
#include "proto/quantized_model.pb.h"

namespace quant_curve {

// Everything of a Measurement but the digests and the paired comparison. The
// evaluation split is cut into windows of `window_tokens`, 1 to the model's
// context. Both messages are validated ones. `progress` is told percents.
absl::StatusOr<Measurement> EvaluateModel(
    const QuantizedModel& quantized, const Corpus& corpus,
    uint64_t window_tokens, ThreadPool& threads,
    absl::FunctionRef<void(int64_t)> progress);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EVALUATE_EVALUATE_MODEL_H_
