#include "lib/measurement/roofline.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/measurement/speed.h"

namespace quant_curve {
namespace {

// The measured level that data of `wanted` comes from: itself, or the next
// slower one, or the slowest there is.
const Bandwidth& BandwidthFor(const Ceilings& ceilings, MemoryLevel wanted) {
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

}  // namespace

const Ceilings* FindCeilings(const Timing& timing, uint32_t threads) {
  for (const Ceilings& ceilings : timing.ceilings()) {
    if (ceilings.threads() == threads) return &ceilings;
  }
  return nullptr;
}

MemoryLevel LevelThatHolds(const Machine& machine, double bytes,
                           uint32_t threads) {
  const double share = bytes / threads;
  if (share <= machine.l1_data_bytes()) return L1;
  if (share <= machine.l2_bytes()) return L2;
  if (bytes <= machine.l3_bytes()) return L3;
  return DRAM;
}

bool UsesInt8Products(const Scheme& scheme) {
  return scheme.activation_format() == ACTIVATION_INT8;
}

absl::StatusOr<RooflineDot> MakeRooflineDot(const Timing& timing,
                                            const DecodeTiming& decode) {
  const Ceilings* ceilings = FindCeilings(timing, decode.threads());
  if (ceilings == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("the timing has no ceilings with ", decode.threads(),
                     " threads, with which ", decode.model(), " was timed"));
  }
  const Bandwidth& bandwidth = BandwidthFor(
      *ceilings, LevelThatHolds(timing.machine(), decode.bytes_per_token(),
                                decode.threads()));
  RooflineDot dot;
  dot.intensity = decode.flops_per_token() / decode.bytes_per_token();
  dot.flops_per_second =
      decode.flops_per_token() * TokensPerSecond(decode).median;
  dot.level = bandwidth.level();
  dot.memory_roof_flops = dot.intensity * bandwidth.read_bytes_per_second();
  dot.compute_roof_flops = UsesInt8Products(decode.scheme())
                               ? ceilings->int8_ops_per_second()
                               : ceilings->fma_flops_per_second();
  dot.memory_bound = dot.memory_roof_flops <= dot.compute_roof_flops;
  dot.share = dot.flops_per_second /
              std::min(dot.memory_roof_flops, dot.compute_roof_flops);
  return dot;
}

std::string RoofName(const RooflineDot& dot, const Scheme& scheme) {
  if (dot.memory_bound) return MemoryLevel_Name(dot.level);
  return UsesInt8Products(scheme) ? "int8 dot" : "FMA";
}

}  // namespace quant_curve
