#include "lib/measurement/quiet.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "lib/measurement/memory_level.h"
#include "lib/measurement/speed.h"

namespace quant_curve {
namespace {

void AddShare(const absl::FormatSpec<double>& format, double share, double most,
              std::vector<std::string>& signs) {
  if (share <= most) return;
  signs.push_back(absl::StrFormat(format, 100 * share));
}

void AddLoad(const Timing& timing, std::vector<std::string>& signs) {
  const MachineLoad& load = timing.load();
  const double all =
      load.wall_seconds() * std::max<uint32_t>(timing.machine().cores(), 1);
  AddShare(
      "The benchmark's threads waited for a core for %.1f %% of the time that "
      "they had one.",
      load.wait_seconds() / load.cpu_seconds(), kMaxWaitShare, signs);
  AddShare("Other processes had %.1f %% of the cores.",
           load.other_cpu_seconds() / all, kMaxOtherShare, signs);
  AddShare("The hypervisor gave %.1f %% of the cores to other machines.",
           load.steal_seconds() / all, kMaxStealShare, signs);
}

// Levels in their order: L1, L2, L3, DRAM.
void AddLevels(const Ceilings& ceilings, std::vector<std::string>& signs) {
  std::vector<const Bandwidth*> levels;
  for (const Bandwidth& bandwidth : ceilings.bandwidths()) {
    levels.push_back(&bandwidth);
  }
  std::sort(levels.begin(), levels.end(),
            [](const Bandwidth* a, const Bandwidth* b) {
              return a->level() < b->level();
            });
  for (size_t i = 1; i < levels.size(); ++i) {
    const double ratio = levels[i]->read_bytes_per_second() /
                         levels[i - 1]->read_bytes_per_second();
    if (ratio <= kMaxCeilingRatio) continue;
    signs.push_back(absl::StrFormat(
        "%s was measured %.2f times as fast as %s, with %d thread%s.",
        MemoryLevel_Name(levels[i]->level()), ratio,
        MemoryLevel_Name(levels[i - 1]->level()), ceilings.threads(),
        ceilings.threads() == 1 ? "" : "s"));
  }
}

// The share that a step reached of what memory gave, by medians.
void AddDecode(const DecodeTiming& decode, const Ceilings& ceilings,
               std::vector<std::string>& signs) {
  const double speed = TokensPerSecond(decode).median;
  const double memory =
      decode.bytes_per_token() * speed / MemoryBytesPerSecond(decode).median;
  const double compute =
      decode.flops_per_token() * speed /
      std::max(ceilings.fma_flops_per_second(), ceilings.int8_ops_per_second());
  const double share = std::max(memory, compute);
  if (share <= kMaxCeilingRatio) return;
  signs.push_back(absl::StrFormat(
      "%s of %s decoded at %.0f %% of its %s ceiling.", decode.scheme().name(),
      decode.model(), 100 * share, memory > compute ? "memory" : "compute"));
}

}  // namespace

std::vector<std::string> BusySigns(const Timing& timing) {
  std::vector<std::string> signs;
  AddLoad(timing, signs);
  for (const Ceilings& ceilings : timing.ceilings()) AddLevels(ceilings, signs);
  for (const DecodeTiming& decode : timing.decodes()) {
    const Ceilings* ceilings = FindCeilings(timing, decode.threads());
    if (ceilings != nullptr) AddDecode(decode, *ceilings, signs);
  }
  return signs;
}

}  // namespace quant_curve
