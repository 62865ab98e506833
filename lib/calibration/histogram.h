// Counts of |x| in bins of equal ratio, for choosing where to clip.
#ifndef QUANT_CURVE_LIB_CALIBRATION_HISTOGRAM_H_
#define QUANT_CURVE_LIB_CALIBRATION_HISTOGRAM_H_

#include <cstdint>
#include <vector>

#include "proto/calibration.pb.h"

namespace quant_curve {

// Bins from 2^-20 to 2^12, sixteen an octave: an edge is within 4.4 % of any
// value between. AddHistogram (merge_calibrations.h) adds counts.
class MagnitudeCounter {
 public:
  MagnitudeCounter();

  void Add(const float* x, int64_t n);
  MagnitudeHistogram ToProto() const;

 private:
  // A short stretch of magnitudes.
  struct Cell {
    uint32_t bin;        // of its first value
    uint32_t next_edge;  // bits of the edge where the next bin begins
  };

  // `bits` are those of a magnitude.
  int64_t BinOf(uint32_t bits) const;

  uint32_t first_ = 0, last_ = 0;  // bits of the outermost edges
  std::vector<Cell> cells_;        // from first_ to last_
  std::vector<uint64_t> counts_;
  float max_ = 0;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CALIBRATION_HISTOGRAM_H_
