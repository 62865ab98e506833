#include "lib/measurement/memory_level.h"

#include <algorithm>

namespace quant_curve {

MemoryLevel LevelThatHolds(const Machine& machine, double bytes,
                           uint32_t threads) {
  // Threads beyond the cores bring no caches of their own.
  const uint32_t caches =
      std::max(1u, std::min(threads, std::max(1u, machine.cores())));
  const double share = bytes / caches;
  if (share <= machine.l1_data_bytes()) return L1;
  if (share <= machine.l2_bytes()) return L2;
  if (bytes <= machine.l3_bytes()) return L3;
  return DRAM;
}

const Bandwidth& LevelFor(const Machine& machine, const Ceilings& ceilings,
                          double bytes) {
  const MemoryLevel wanted = LevelThatHolds(machine, bytes, ceilings.threads());
  const Bandwidth* next = nullptr;
  const Bandwidth* slowest = &ceilings.bandwidths(0);
  for (const Bandwidth& bandwidth : ceilings.bandwidths()) {
    if (bandwidth.level() > slowest->level()) slowest = &bandwidth;
    if (bandwidth.level() < wanted) continue;
    if (next == nullptr || bandwidth.level() < next->level()) {
      next = &bandwidth;
    }
  }
  return next == nullptr ? *slowest : *next;
}

const Ceilings* FindCeilings(const Timing& timing, uint32_t threads) {
  for (const Ceilings& ceilings : timing.ceilings()) {
    if (ceilings.threads() == threads) return &ceilings;
  }
  return nullptr;
}

}  // namespace quant_curve
