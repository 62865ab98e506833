// Log-likelihoods of evaluation windows and of candidate sentences.
#ifndef QUANT_CURVE_TOOLS_EVALUATE_SCORE_H_
#define QUANT_CURVE_TOOLS_EVALUATE_SCORE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/artifact/progress_sink.h"
#include "lib/measurement/divergence.h"
#include "lib/model/model_reader.h"
#include "lib/numerics/parallel.h"
#include "lib/sharding/shard.h"
#include "proto/corpus.pb.h"

namespace quant_curve {

// The parts of a corpus to score.
struct ScoreRequest {
  // None is empty or longer than the model's context; ids are below its
  // vocabulary.
  absl::Span<const std::vector<uint32_t>> windows;
  // The token before each window, which it is predicted from.
  absl::Span<const uint32_t> starts;
  const Corpus& corpus;  // of the items
  ShardRange items = {0, 0};
  // Runs next to the model over the windows; null: no divergence. Of the same
  // vocabulary.
  const ModelReader* reference = nullptr;
};

// How one window's predictions differ from the reference's; sums over its
// tokens in their order (proto/measurement.proto, Divergence).
struct WindowDivergence {
  double kl_nats = 0;
  double max_kl_nats = 0;
  uint32_t top1_agreements = 0;
  double probability_changes = 0;
  double squared_probability_changes = 0;
};

struct Scores {
  // Negative log-likelihood in nats of each window, summed in double over its
  // tokens in their order: token i is predicted from the window's start and
  // tokens 0 … i-1. It may be infinite or a NaN.
  std::vector<double> window_nll;
  // Total log-probability in nats of each candidate's whole sentence, item
  // after item: prefix, candidate, suffix and what closes a sentence, predicted
  // from what starts one (EndsOf). Where nothing does, the first token of a
  // sentence is not scored.
  std::vector<float> candidates;
  // Of each window; empty without a reference. A value is not finite where a
  // logit of either model is not.
  std::vector<WindowDivergence> window_divergence;
  DivergenceHistogram divergence_histogram;
};

// Runs the model block by block over everything: memory holds one block, or the
// embedding, or the LM head, and the residual stream of all tokens
// (ActivationStore). With a reference, which runs after the model, both LM
// heads and two streams per window. `progress` is called after each
// batch of each block, by one thread at a time. InvalidArgument when a sentence
// of any item is longer than the model's context, has a token beyond its
// vocabulary, or nothing that can be scored.
absl::StatusOr<Scores> Score(const ModelReader& model,
                             const ScoreRequest& request, ThreadPool& threads,
                             ProgressSink progress);

// FailedPrecondition, naming candidate and place, when a score is not finite.
absl::Status CheckCandidates(const ModelReader& model,
                             const ScoreRequest& request,
                             const std::vector<float>& scores);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EVALUATE_SCORE_H_
