#include "lib/calibration/histogram.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace quant_curve {
namespace {

constexpr double kSmallest = 0x1p-20;
constexpr int kSmallestExponent = -20;
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

// Every sixteenth edge is a power of two: the exponent says which octave, and
// counting its edges needs no branch. NaNs are in the last bin.
int64_t MagnitudeCounter::BinOf(float magnitude) const {
  uint32_t bits;
  std::memcpy(&bits, &magnitude, sizeof(bits));
  const int octave = static_cast<int>(bits >> 23) - 127 - kSmallestExponent;
  if (octave < 0) return 0;
  if (octave >= kOctaves) return kOctaves * kBinsPerOctave + 1;
  const float* edges = &edges_[octave * kBinsPerOctave];
  int reached = 0;
  for (int i = 0; i < kBinsPerOctave; ++i) reached += edges[i] <= magnitude;
  return octave * kBinsPerOctave + reached;
}

void MagnitudeCounter::Add(const float* x, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const float magnitude = std::abs(x[i]);
    max_ = std::max(max_, magnitude);
    ++counts_[BinOf(magnitude)];
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
