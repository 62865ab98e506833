// Log-likelihoods of evaluation windows and of candidate sentences.
#ifndef QUANT_CURVE_TOOLS_EVALUATE_SCORE_H_
#define QUANT_CURVE_TOOLS_EVALUATE_SCORE_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "lib/model/model.h"
#include "lib/numerics/parallel.h"
#include "proto/corpus.pb.h"

namespace quant_curve {

// Told how many windows or items are done.
using ProgressCallback = absl::FunctionRef<void(int64_t)>;

// Log-likelihood in nats of each token, window after window: token i of a
// window is predicted from the separator and tokens 0 … i-1 of it. All windows
// have one length, at most the model's context; ids are below its vocabulary.
std::vector<float> ScoreWindows(
    const Model& model, const std::vector<std::vector<uint32_t>>& windows,
    uint32_t separator_id, ThreadPool& threads, ProgressCallback progress);

// Total log-probability in nats of each candidate's whole sentence, item after
// item: prefix, candidate, suffix and the closing separator, predicted from a
// separator before them. InvalidArgument when a sentence is longer than the
// model's context.
absl::StatusOr<std::vector<float>> ScoreItems(const Model& model,
                                              const Corpus& corpus,
                                              ThreadPool& threads,
                                              ProgressCallback progress);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EVALUATE_SCORE_H_
