// Runs a model, and next to it a reference, over batches of sequences.
#ifndef QUANT_CURVE_TOOLS_EVALUATE_SCORE_BATCHES_H_
#define QUANT_CURVE_TOOLS_EVALUATE_SCORE_BATCHES_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/artifact/progress_sink.h"
#include "lib/measurement/divergence.h"
#include "lib/model/model_reader.h"
#include "lib/numerics/parallel.h"

namespace quant_curve {

// A batch has this many tokens, or is one window where that is longer: one
// thread holds the activations of a block for a batch. Enough rows for the
// products to run at full speed.
inline constexpr int64_t kTokensPerBatch = 1024;

// Sequences of one length that run together; `targets` row by row.
struct Batch {
  std::vector<uint32_t> tokens;
  std::vector<uint32_t> targets;
  int64_t sequences = 0;
};

struct BatchScores {
  // log softmax(logits)[target] of each row.
  std::vector<float> likelihoods;
  std::vector<TokenDivergence> divergences;  // empty without a reference
};

// The scores of each batch; the first `num_windows` batches are compared with
// the reference, which may be null. Memory and progress are as Score says
// (score.h). At least one batch.
absl::StatusOr<std::vector<BatchScores>> ScoreBatches(
    const ModelReader& model, const ModelReader* reference,
    absl::Span<const Batch> batches, int64_t num_windows, ThreadPool& threads,
    ProgressSink progress);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EVALUATE_SCORE_BATCHES_H_
