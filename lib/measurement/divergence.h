// How far a model's next-token distributions are from a reference model's.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_DIVERGENCE_H_
#define QUANT_CURVE_LIB_MEASUREMENT_DIVERGENCE_H_

#include <cstdint>
#include <map>

#include "absl/status/status.h"
#include "lib/numerics/kl_divergence.h"
#include "proto/measurement.pb.h"

namespace quant_curve {

// One token's prediction.
struct TokenDivergence {
  double kl_nats;             // KL(reference || model), not negative
  double probability_change;  // of the true token, model minus reference
  bool top1_agrees;           // the first of the largest logits
};

// From the logits of `vocab` >= 1 tokens and their LogSumExp. Equal rows give
// exactly 0 and true. The divergence's accuracy is that of KlDivergence
// (lib/numerics/kl_divergence.h); the probabilities are in double. Where a
// logit is not finite, the divergence is NaN and the other fields are
// unspecified.
TokenDivergence DivergenceOf(const LogitRow& reference, const LogitRow& model,
                             int64_t vocab, uint32_t target);

// The tokens of bins of divergence (proto/measurement.proto, Divergence).
using DivergenceHistogram = std::map<uint32_t, uint64_t>;

// The bin of a divergence, which is finite and not negative.
uint32_t DivergenceBin(double kl_nats);

// The middle of the bin in which a share of `probability` of the tokens is
// reached: within 0.8 % of the quantile. 0 for tokens without divergence. At
// least one token.
double DivergenceQuantile(const DivergenceHistogram& histogram,
                          double probability);

// Writes the histogram's fields, and reads them.
void SetHistogram(const DivergenceHistogram& histogram, Divergence& divergence);
DivergenceHistogram HistogramOf(const Divergence& divergence);

// Fills measurement.metrics from its windows and divergence; only the
// perplexity without a divergence. Standard errors are those of WindowSums.
// Expects a checked window_nll_nats and window_tokens (ComputePerplexity);
// refuses a divergence whose sizes or values are impossible.
absl::Status FillMetrics(Measurement& measurement);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_DIVERGENCE_H_
