#include "lib/statistics/block_bootstrap.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "lib/numerics/random.h"
#include "lib/numerics/scalar_math.h"

namespace quant_curve {
namespace {

// Autocovariances of lags 0 … `lags`, over n as the spectral estimate wants.
std::vector<double> Autocovariances(absl::Span<const double> series,
                                    int64_t lags) {
  const int64_t n = static_cast<int64_t>(series.size());
  const double mean = MeanOf(series).value;
  std::vector<double> result;
  for (int64_t lag = 0; lag <= lags; ++lag) {
    double sum = 0;
    for (int64_t i = 0; i + lag < n; ++i) {
      sum += (series[i] - mean) * (series[i + lag] - mean);
    }
    result.push_back(sum / static_cast<double>(n));
  }
  return result;
}

// The last lag before the first `run` successive lags that are not significant.
// If significant lags never pause for so long, the last of them.
int64_t LastSignificantLag(const std::vector<double>& covariances, int64_t run,
                           double threshold) {
  const int64_t lags = static_cast<int64_t>(covariances.size()) - 1;
  int64_t last = 0;
  for (int64_t lag = 1; lag <= lags && lag - last <= run; ++lag) {
    if (std::abs(covariances[lag]) >= threshold * covariances[0]) last = lag;
  }
  return last;
}

// 1 up to 1/2, then falling to 0 at 1: Politis and White's flat-top window.
double FlatTop(double t) { return std::min(1.0, 2 * (1 - t)); }

}  // namespace

int64_t BlockLength(absl::Span<const double> series) {
  const double n = static_cast<double>(series.size());
  if (series.size() < 9) return 1;
  const double log10 = Log(n) / Log(10);
  const int64_t run = std::max<int64_t>(5, std::ceil(std::sqrt(log10)));
  const int64_t lags = std::min<int64_t>(
      static_cast<int64_t>(series.size()) - 1, std::ceil(std::sqrt(n)) + run);
  const std::vector<double> covariances = Autocovariances(series, lags);
  if (covariances[0] == 0) return 1;
  const int64_t last =
      LastSignificantLag(covariances, run, 2 * std::sqrt(log10 / n));
  if (last == 0) return 1;
  const int64_t bandwidth = std::min(2 * last, lags);
  double spectrum = covariances[0];  // g(0) of the paper
  double slope = 0;                  // G of the paper
  for (int64_t lag = 1; lag <= bandwidth; ++lag) {
    const double share =
        static_cast<double>(lag) / static_cast<double>(bandwidth);
    const double weighted = 2 * FlatTop(share) * covariances[lag];
    spectrum += weighted;
    slope += static_cast<double>(lag) * weighted;
  }
  const double longest = std::ceil(std::min(3 * std::sqrt(n), n / 3));
  // Strong negative correlation can leave a spectrum of 0 or less.
  if (spectrum <= 0) return static_cast<int64_t>(longest);
  const double ratio = 1.5 * (slope / spectrum) * (slope / spectrum);
  if (ratio == 0) return 1;
  const double best = std::ceil(Exp(Log(ratio * n) / 3));
  return static_cast<int64_t>(std::clamp(best, 1.0, longest));
}

BlockEstimate BlockRatioOf(absl::Span<const double> values,
                           absl::Span<const double> weights,
                           const BootstrapOptions& options) {
  const double ratio = RatioOf(values, weights).value;
  const int64_t n = static_cast<int64_t>(values.size());
  double weight_sum = 0;
  std::vector<double> residuals;
  for (int64_t i = 0; i < n; ++i) {
    weight_sum += weights[i];
    residuals.push_back(values[i] - ratio * weights[i]);
  }
  const int64_t block = BlockLength(residuals);
  Random random(options.seed);
  std::vector<double> deviations;
  for (int64_t b = 0; b < options.replicates; ++b) {
    double sum = 0;
    for (int64_t filled = 0; filled < n; filled += block) {
      const int64_t start = random.Below(n - block + 1);
      const int64_t count = std::min(block, n - filled);
      for (int64_t i = 0; i < count; ++i) sum += residuals[start + i];
    }
    deviations.push_back(sum / weight_sum);
  }
  // MeanOf's error is that of a mean; the spread of a replicate is sqrt(B) of
  // it.
  const double spread = MeanOf(deviations).standard_error *
                        std::sqrt(static_cast<double>(options.replicates));
  return {{ratio, spread}, block};
}

}  // namespace quant_curve
