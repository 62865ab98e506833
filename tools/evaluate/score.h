// Log-likelihoods of evaluation windows and of candidate sentences.
#ifndef QUANT_CURVE_TOOLS_EVALUATE_SCORE_H_
#define QUANT_CURVE_TOOLS_EVALUATE_SCORE_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/model/model.h"
#include "lib/numerics/parallel.h"
#include "lib/sharding/shard.h"
#include "proto/corpus.pb.h"

namespace quant_curve {

// Told how many windows or items are done.
using ProgressCallback = absl::FunctionRef<void(int64_t)>;

// Negative log-likelihood in nats of each window, summed in double over its
// tokens in their order: token i is predicted from `start_id` and tokens
// 0 … i-1. No window is empty or longer than the model's context; ids are below
// its vocabulary.
std::vector<double> ScoreWindows(
    const Model& model, absl::Span<const std::vector<uint32_t>> windows,
    uint32_t start_id, ThreadPool& threads, ProgressCallback progress);

// Total log-probability in nats of each candidate's whole sentence, for the
// items in `range`, one after another: prefix, candidate, suffix and what
// closes a sentence, predicted from what starts one (EndsOf). InvalidArgument
// when a sentence of any item is longer than the model's context or has a token
// beyond its vocabulary; FailedPrecondition when a score is not finite.
absl::StatusOr<std::vector<float>> ScoreItems(const Model& model,
                                              const Corpus& corpus,
                                              const ShardRange& range,
                                              ThreadPool& threads,
                                              ProgressCallback progress);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EVALUATE_SCORE_H_
