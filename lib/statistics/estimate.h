// Estimates with standard errors: means and ratios of independent samples.
//
// Sums run in index order, in double, so results do not depend on the machine.
#ifndef QUANT_CURVE_LIB_STATISTICS_ESTIMATE_H_
#define QUANT_CURVE_LIB_STATISTICS_ESTIMATE_H_

#include "absl/types/span.h"

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

// sum values / sum weights over samples that are drawn together, with the
// ratio estimator's standard error (Cochran, Sampling Techniques, 3rd edition
// 1977, section 2.11; the delta method): with e_i = value_i - ratio weight_i,
// sqrt(sum e_i^2 / (n - 1) / n) / mean weight. Equal weights w make it MeanOf
// of value / w. At least two samples, as many values as weights, all weights
// positive.
//
// With the sums and the tokens of whole documents as samples, this is the
// cluster-robust estimator n / (n - 1) sum e_i^2 / (sum weights)^2 (Miller,
// arXiv:2411.00640, eq. 4).
Estimate RatioOf(absl::Span<const double> values,
                 absl::Span<const double> weights);

// Whether an estimate's 95 % interval holds zero.
bool IsIndistinguishableFromZero(const Estimate& estimate);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_STATISTICS_ESTIMATE_H_
