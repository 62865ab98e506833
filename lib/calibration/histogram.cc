#include "lib/calibration/histogram.h"

#include <algorithm>
#include <cmath>

namespace quant_curve {
namespace {

constexpr double kSmallest = 0x1p-20;
constexpr int kOctaves = 32;
constexpr int kBinsPerOctave = 16;

}  // namespace

MagnitudeCounter::MagnitudeCounter() {
  for (int i = 0; i <= kOctaves * kBinsPerOctave; ++i) {
    edges_.push_back(static_cast<float>(
        kSmallest * std::exp2(static_cast<double>(i) / kBinsPerOctave)));
  }
  counts_.resize(edges_.size() + 1);
}

void MagnitudeCounter::Add(const float* x, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const float magnitude = std::abs(x[i]);
    max_ = std::max(max_, magnitude);
    const auto above =
        std::upper_bound(edges_.begin(), edges_.end(), magnitude);
    ++counts_[above - edges_.begin()];
  }
}

MagnitudeHistogram MagnitudeCounter::ToProto() const {
  MagnitudeHistogram histogram;
  histogram.mutable_counts()->Add(counts_.begin(), counts_.end());
  histogram.set_smallest(kSmallest);
  histogram.set_bins_per_octave(kBinsPerOctave);
  histogram.set_max_magnitude(max_);
  return histogram;
}

}  // namespace quant_curve
