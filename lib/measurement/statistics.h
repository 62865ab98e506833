// The statistics of a measurement: intervals, standard errors, choices.
//
// Sums run in index order, in double, so results do not depend on the machine.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_STATISTICS_H_
#define QUANT_CURVE_LIB_MEASUREMENT_STATISTICS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "proto/measurement.pb.h"

namespace quant_curve {

// The two-sided 95 % point of the normal distribution.
inline constexpr double kNormal95 = 1.959963984540054;

struct Estimate {
  double value;
  double standard_error;
};

// The mean, and sqrt(sum (x - mean)^2 / (n - 1) / n). With one sample the
// error is unknown: 0. No samples: both 0.
Estimate MeanOf(absl::Span<const double> samples);

// correct / items with its 95 % Wilson score interval (E. B. Wilson 1927,
// doi:10.1080/01621459.1927.10502953). `correct` is at most `items`; no items
// give the interval that says nothing, [0, 1].
Accuracy MakeAccuracy(uint64_t correct, uint64_t items);

// Mean negative log-likelihood in nats a token, one value a window.
// Refuses fewer than two windows (no standard error without a second one), an
// incomplete window, infinities and NaNs.
absl::StatusOr<std::vector<double>> WindowMeanNllNats(
    absl::Span<const float> log_likelihoods_nats, uint64_t tokens_per_window);

// exp of the mean negative log-likelihood; the windows are the independent
// unit and the delta method gives stderr(exp(m)) = exp(m) * stderr(m).
// Refuses what WindowMeanNllNats refuses, and perplexities beyond double.
absl::StatusOr<Perplexity> ComputePerplexity(
    absl::Span<const float> log_likelihoods_nats, uint64_t tokens_per_window);

// 100 * (perplexity / reference perplexity - 1) with its standard error, from
// windows that are the same text in both: with d the mean of the windows'
// differences, 100 * (exp(d) - 1) +- 100 * exp(d) * stderr(d).
absl::StatusOr<Estimate> PerplexityGapPercent(
    absl::Span<const double> window_nll_nats,
    absl::Span<const double> reference_window_nll_nats);

// Whether an estimate's 95 % interval holds zero.
bool IsIndistinguishableFromZero(const Estimate& estimate);

// Index of the largest score, the first of equals. `scores` is not empty.
int ChosenCandidate(absl::Span<const float> scores);

// The right candidate's score minus the best of the others. At least two
// scores, answer < scores.size().
double AnswerMargin(absl::Span<const float> scores, uint32_t answer);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_STATISTICS_H_
