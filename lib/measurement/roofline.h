// The roofline model (Williams, Waterman and Patterson 2009,
// doi:10.1145/1498765.1498785) of a decode step on the machine that was timed.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_ROOFLINE_H_
#define QUANT_CURVE_LIB_MEASUREMENT_ROOFLINE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "proto/timing.pb.h"

namespace quant_curve {

struct RooflineDot {
  double intensity;         // FLOP/byte, over all bytes moved
  double flops_per_second;  // median over the repeats
  // The fastest measured level that holds what a step reads: its bytes, shared
  // evenly by the threads, against each core's L1 and L2; all of them against
  // L3. What fits nowhere comes from the slowest level that was measured.
  MemoryLevel level;
  double memory_roof_flops;   // a second: intensity * the level's bandwidth
  double compute_roof_flops;  // a second: FMA, or int8 dot products
  bool memory_bound;          // the memory roof is the lower one
  double share;               // of the lower roof, that was reached
};

// The ceilings with that many threads, or null.
const Ceilings* FindCeilings(const Timing& timing, uint32_t threads);

// Fails when the ceilings with the decode's threads were not measured.
absl::StatusOr<RooflineDot> MakeRooflineDot(const Timing& timing,
                                            const DecodeTiming& decode);

// Whether the scheme multiplies int8 by int8: its compute roof.
bool UsesInt8Products(const Scheme& scheme);

// The roof that the dot is under: "L2", "FMA" or "int8 dot".
std::string RoofName(const RooflineDot& dot, const Scheme& scheme);

// The fastest level that alone holds `bytes`; DRAM when no cache does.
MemoryLevel LevelThatHolds(const Machine& machine, double bytes,
                           uint32_t threads);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_ROOFLINE_H_
