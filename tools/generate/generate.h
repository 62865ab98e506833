// Text that a model writes on its own.
#ifndef QUANT_CURVE_TOOLS_GENERATE_GENERATE_H_
#define QUANT_CURVE_TOOLS_GENERATE_GENERATE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "lib/model/model.h"
#include "lib/numerics/parallel.h"

namespace quant_curve {

// The token before the text, and the one that ends it when it has come
// `count` times, if there are such.
struct GenerationEnds {
  absl::optional<uint32_t> start_id;
  absl::optional<uint32_t> end_id;
  int64_t count = 1;
  // Tokens of the tokenizer, whose ids are 0, 1, …: only these are chosen. A
  // model may have more rows, which pad its vocabulary and mean nothing. 0: all
  // rows.
  uint32_t num_tokens = 0;
};

// Greedy decoding: after the start and the prompt, each next token is the most
// likely one of the tokenizer's (the lowest id of equals), until the end came
// or the context is full. Returns prompt and continuation, the end tokens with
// it but not the start. InvalidArgument when the prompt leaves no room in the
// context, or there is neither start nor prompt, FailedPrecondition when the
// model overflows.
absl::StatusOr<std::vector<uint32_t>> GenerateGreedily(
    const Model& model, absl::Span<const uint32_t> prompt,
    const GenerationEnds& ends, ThreadPool& threads);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_GENERATE_GENERATE_H_
