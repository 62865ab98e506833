// The roofline model (Williams, Waterman and Patterson 2009,
// doi:10.1145/1498765.1498785) of a decode step on the machine that was timed.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_ROOFLINE_H_
#define QUANT_CURVE_LIB_MEASUREMENT_ROOFLINE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/measurement/speed.h"
#include "proto/timing.pb.h"

namespace quant_curve {

// All functions here take a timing that CheckTiming accepts (timing.h).

struct RooflineDot {
  double intensity;         // FLOP/byte, over all bytes moved
  double flops_per_second;  // median over the repeats
  MemoryLevel level;        // that holds the step's bytes
  Spread memory;  // bytes/s, read right after the repeats (timing.proto)
  double memory_roof_flops;   // a second: intensity * memory.median
  double compute_roof_flops;  // a second: FMA, or int8 dot products
  bool memory_bound;          // the memory roof is the lower one
  // Of the lower roof, that was reached. Under a memory roof the median over
  // the repeats, each against what memory gave right after it.
  double share;
};

// Fails when the ceilings with the decode's threads were not measured.
absl::StatusOr<RooflineDot> MakeRooflineDot(const Timing& timing,
                                            const DecodeTiming& decode);

// The ceilings to draw with some decodes: as measured with their threads, but
// each level that their steps come from at the median of what was read after
// their repeats. `decodes` is not empty; all are of one number of threads.
// Fails when the ceilings with that many threads were not measured.
absl::StatusOr<Ceilings> CeilingsBeside(
    const Timing& timing, const std::vector<const DecodeTiming*>& decodes);

// Whether the scheme multiplies int8 by int8: its compute roof.
bool UsesInt8Products(const Scheme& scheme);

// The roof that the dot is under: "L2", "FMA" or "int8 dot".
std::string RoofName(const RooflineDot& dot, const Scheme& scheme);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_ROOFLINE_H_
