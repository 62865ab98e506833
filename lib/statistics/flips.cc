#include "lib/statistics/flips.h"

#include <algorithm>
#include <cmath>

#include "lib/statistics/distributions.h"
#include "lib/statistics/estimate.h"

namespace quant_curve {

Interval WilsonInterval(uint64_t successes, uint64_t trials) {
  if (trials == 0) return {0, 1};
  const double n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n;
  const double z2 = kNormal95 * kNormal95;
  const double center = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half_width =
      kNormal95 / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  // At 0 and 1 rounding would leave the bounds a hair outside or inside.
  return {successes == 0 ? 0 : center - half_width,
          successes == trials ? 1 : center + half_width};
}

double FlipVolume(const Flips& flips) {
  if (flips.items == 0) return 0;
  return static_cast<double>(flips.gained + flips.lost) /
         static_cast<double>(flips.items);
}

double GainShare(const Flips& flips) {
  const uint64_t all = flips.gained + flips.lost;
  if (all == 0) return 0.5;
  return static_cast<double>(flips.gained) / static_cast<double>(all);
}

double McNemarPValue(const Flips& flips) {
  // The distribution is symmetric. An even split counts its middle twice.
  return std::min(1.0,
                  2 * FairBinomialLowerTail(std::min(flips.gained, flips.lost),
                                            flips.gained + flips.lost));
}

}  // namespace quant_curve
