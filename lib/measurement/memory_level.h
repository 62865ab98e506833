// Which level of memory the data of a decode step comes from.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_MEMORY_LEVEL_H_
#define QUANT_CURVE_LIB_MEASUREMENT_MEMORY_LEVEL_H_

#include <cstdint>

#include "proto/timing.pb.h"

namespace quant_curve {

// The fastest single level that holds `bytes`, shared evenly by the threads, at
// most as many as there are cores: against each core's L1 and L2, all of them
// against L3. DRAM when no cache does.
MemoryLevel LevelThatHolds(const Machine& machine, double bytes,
                           uint32_t threads);

// The measured level that `bytes` come from: the one that holds them, or the
// next slower one that was measured, or the slowest there is. `ceilings` has at
// least one bandwidth.
const Bandwidth& LevelFor(const Machine& machine, const Ceilings& ceilings,
                          double bytes);

// The ceilings with that many threads, or null.
const Ceilings* FindCeilings(const Timing& timing, uint32_t threads);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_MEMORY_LEVEL_H_
