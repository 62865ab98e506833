#include "lib/statistics/estimate.h"

#include <cmath>
#include <cstddef>

namespace quant_curve {

Estimate MeanOf(absl::Span<const double> samples) {
  if (samples.empty()) return {0, 0};
  const double n = static_cast<double>(samples.size());
  double sum = 0;
  for (const double sample : samples) sum += sample;
  const double mean = sum / n;
  if (samples.size() == 1) return {mean, 0};
  double squares = 0;
  for (const double sample : samples) {
    squares += (sample - mean) * (sample - mean);
  }
  return {mean, std::sqrt(squares / (n - 1) / n)};
}

Estimate RatioOf(absl::Span<const double> values,
                 absl::Span<const double> weights) {
  const double n = static_cast<double>(values.size());
  double value_sum = 0;
  for (const double value : values) value_sum += value;
  double weight_sum = 0;
  for (const double weight : weights) weight_sum += weight;
  const double ratio = value_sum / weight_sum;
  double squares = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double residual = values[i] - ratio * weights[i];
    squares += residual * residual;
  }
  return {ratio, std::sqrt(squares / (n - 1) / n) / (weight_sum / n)};
}

bool IsIndistinguishableFromZero(const Estimate& estimate) {
  return std::abs(estimate.value) <= kNormal95 * estimate.standard_error;
}

}  // namespace quant_curve
