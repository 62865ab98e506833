#include "tools/quantize/activation_clip.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace quant_curve {

absl::StatusOr<float> ActivationClip(const MagnitudeHistogram& histogram,
                                     double percentile) {
  double total = 0;
  for (const uint64_t count : histogram.counts()) {
    total += static_cast<double>(count);
  }
  const double largest = histogram.max_magnitude();
  if (!(total > 0) || !(histogram.smallest() > 0) ||
      histogram.bins_per_octave() == 0 || !(largest >= 0) ||
      largest > std::numeric_limits<float>::max()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "histogram of ", total, " magnitudes, smallest ", histogram.smallest(),
        ", ", histogram.bins_per_octave(), " bins an octave, largest ", largest,
        ": all must be positive and fit in a float (the largest may be 0)"));
  }
  double counted = 0;
  for (int bin = 0; bin + 1 < histogram.counts_size(); ++bin) {
    counted += static_cast<double>(histogram.counts(bin));
    if (counted < percentile / 100 * total) continue;
    const double octaves =
        static_cast<double>(bin) / histogram.bins_per_octave();
    // exp2 gives the same bits on every machine, pow does not.
    const double edge = histogram.smallest() * std::exp2(octaves);
    return static_cast<float>(std::min(edge, largest));
  }
  return static_cast<float>(largest);
}

}  // namespace quant_curve
