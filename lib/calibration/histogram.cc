#include "lib/calibration/histogram.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace quant_curve {
namespace {

constexpr double kSmallest = 0x1p-20;
constexpr int kOctaves = 32;
constexpr int kBinsPerOctave = 16;

// Values whose bits are the same above this one share a cell: 64 cells an
// octave, narrower than the 16 bins.
constexpr int kCellShift = 23 - 6;

uint32_t BitsOf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

}  // namespace

MagnitudeCounter::MagnitudeCounter() {
  std::vector<uint32_t> edges;
  for (int i = 0; i <= kOctaves * kBinsPerOctave; ++i) {
    edges.push_back(BitsOf(static_cast<float>(
        kSmallest * std::exp2(static_cast<double>(i) / kBinsPerOctave))));
  }
  counts_.resize(edges.size() + 1);
  first_ = edges.front();
  last_ = edges.back();
  size_t reached = 0;
  for (uint32_t bits = first_; bits < last_; bits += 1 << kCellShift) {
    while (edges[reached] <= bits) ++reached;
    cells_.push_back({static_cast<uint32_t>(reached), edges[reached]});
  }
}

// Bits of positive floats are ordered as the floats are. A cell holds at most
// one edge, so one comparison finds the bin. NaNs are in the last bin.
inline int64_t MagnitudeCounter::BinOf(uint32_t bits) const {
  if (bits < first_) return 0;
  if (bits >= last_) return kOctaves * kBinsPerOctave + 1;
  const Cell& cell = cells_[(bits - first_) >> kCellShift];
  return cell.bin + (bits >= cell.next_edge);
}

void MagnitudeCounter::Add(const float* x, int64_t n) {
  float max = max_;  // not in memory, where each comparison would wait for it
  for (int64_t i = 0; i < n; ++i) {
    const float magnitude = std::abs(x[i]);
    max = std::max(max, magnitude);
    ++counts_[BinOf(BitsOf(magnitude))];
  }
  max_ = max;
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
