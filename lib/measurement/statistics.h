// The statistics of a measurement: intervals, standard errors, choices.
//
// Sums run in index order, in double, so results do not depend on the machine.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_STATISTICS_H_
#define QUANT_CURVE_LIB_MEASUREMENT_STATISTICS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/statistics/estimate.h"
#include "proto/measurement.pb.h"

namespace quant_curve {

// correct / items with its 95 % Wilson score interval (E. B. Wilson 1927,
// doi:10.1080/01621459.1927.10502953). `correct` is at most `items`; no items
// give the interval that says nothing, [0, 1].
Accuracy MakeAccuracy(uint64_t correct, uint64_t items);

// exp of the negative log-likelihood in nats a token, from each window's sum
// over its scored tokens and their number. Windows are the independent unit and
// the delta method gives stderr(exp(r)) = exp(r) * stderr(r). Refuses fewer
// than two windows (no standard error without a second one), windows without
// tokens, sums that are not finite, and perplexities beyond double.
absl::StatusOr<Perplexity> ComputePerplexity(
    absl::Span<const double> window_nll_nats,
    absl::Span<const uint32_t> window_tokens);

// The total negative log-likelihood behind `perplexity`, over bytes and words
// of the same text: exp(total / bytes), exp(total / words), and total / bytes /
// log 2. Both are positive. Refuses perplexities beyond double.
absl::StatusOr<TextPerplexity> MakeTextPerplexity(const Perplexity& perplexity,
                                                  uint64_t bytes,
                                                  uint64_t words);

// 100 * (perplexity / reference perplexity - 1) from the difference d of the
// cross-entropies in nats per token, with the delta method's standard error:
// 100 * (exp(d) - 1) +- 100 * exp(d) * stderr(d). Refuses gaps beyond double.
absl::StatusOr<Estimate> GapPercent(const Estimate& difference_nats);

// GapPercent with windows, which are the same text in both, as independent
// units: d is the RatioOf their differences to their tokens. Refuses what
// ComputePerplexity and GapPercent refuse.
absl::StatusOr<Estimate> PerplexityGapPercent(
    absl::Span<const double> window_nll_nats,
    absl::Span<const double> reference_window_nll_nats,
    absl::Span<const uint32_t> window_tokens);

// The difference of two shares of the same `items`, when `gained` of them are
// only in the first share and `lost` only in the second: (b - c) / n with the
// standard error sqrt(b + c - (b - c)^2 / n) / n (Agresti, Categorical Data
// Analysis, 3rd ed., eq. 11.2 with the estimate as it is; McNemar's items).
// Without items it is zero.
Estimate PairedShareGap(uint64_t items, uint64_t gained, uint64_t lost);

// Index of the largest score, the first of equals. `scores` is not empty.
int ChosenCandidate(absl::Span<const float> scores);

// The right candidate's score minus the best of the others. At least two
// scores, answer < scores.size().
double AnswerMargin(absl::Span<const float> scores, uint32_t answer);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_STATISTICS_H_
