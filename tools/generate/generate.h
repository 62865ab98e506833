// Text that a model writes on its own.
#ifndef QUANT_CURVE_TOOLS_GENERATE_GENERATE_H_
#define QUANT_CURVE_TOOLS_GENERATE_GENERATE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/model/model.h"
#include "lib/numerics/parallel.h"

namespace quant_curve {

// Greedy decoding: after a separator and the prompt, each next token is the
// most likely one (the lowest id of equals), until `sentences` separators came
// or the context is full. Returns prompt and continuation, without the leading
// separator. InvalidArgument when the prompt leaves no room in the context.
absl::StatusOr<std::vector<uint32_t>> GenerateGreedily(
    const Model& model, absl::Span<const uint32_t> prompt,
    uint32_t separator_id, int64_t sentences, ThreadPool& threads);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_GENERATE_GENERATE_H_
