// Whether a text changes along the way, so that its windows are not a sample of
// one population.
#ifndef QUANT_CURVE_LIB_STATISTICS_DRIFT_H_
#define QUANT_CURVE_LIB_STATISTICS_DRIFT_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/statistics/estimate.h"

namespace quant_curve {

inline constexpr int64_t kDriftParts = 8;

struct Heterogeneity {
  double q;  // Cochran's Q
  int64_t degrees;
  double p_value;
};

// Cochran's Q (doi:10.2307/3001666) of independent estimates of one value: with
// w = 1 / error^2, sum w (x - weighted mean)^2, chi-square distributed with one
// degree less than there are estimates. At least two, errors positive.
Heterogeneity CochranQ(absl::Span<const Estimate> estimates);

// CochranQ over kDriftParts runs of samples, as equal as possible, each with
// its RatioOf. Samples are in the order of the text: documents, or windows of
// one document. Refuses fewer than 8 samples per part and parts without any
// spread; as many values as weights, weights positive.
absl::StatusOr<Heterogeneity> DriftOf(absl::Span<const double> values,
                                      absl::Span<const double> weights);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_STATISTICS_DRIFT_H_
