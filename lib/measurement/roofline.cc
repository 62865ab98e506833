#include "lib/measurement/roofline.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/memory_level.h"

namespace quant_curve {
namespace {

double Median(const std::vector<double>& samples) {
  return Quantile(samples, 0.5);
}

absl::StatusOr<const Ceilings*> CeilingsOf(const Timing& timing,
                                           const DecodeTiming& decode) {
  const Ceilings* ceilings = FindCeilings(timing, decode.threads());
  if (ceilings != nullptr) return ceilings;
  return absl::InvalidArgumentError(
      absl::StrCat("the timing has no ceilings with ", decode.threads(),
                   " threads, with which ", decode.model(), " was timed"));
}

// The bytes that decoding moved, as a share of those that memory gave right
// after each repeat.
std::vector<double> SharesOfMemory(const DecodeTiming& decode) {
  const double bytes = decode.bytes_per_token() * decode.decoded_tokens();
  std::vector<double> shares;
  for (int i = 0; i < decode.seconds_size(); ++i) {
    shares.push_back(bytes / decode.seconds(i) /
                     decode.memory_bytes_per_second(i));
  }
  return shares;
}

}  // namespace

bool UsesInt8Products(const Scheme& scheme) {
  return scheme.activation_format() == ACTIVATION_INT8;
}

absl::StatusOr<RooflineDot> MakeRooflineDot(const Timing& timing,
                                            const DecodeTiming& decode) {
  ASSIGN_OR_RETURN(const Ceilings* ceilings, CeilingsOf(timing, decode));
  RooflineDot dot;
  dot.intensity = decode.flops_per_token() / decode.bytes_per_token();
  dot.flops_per_second =
      decode.flops_per_token() * TokensPerSecond(decode).median;
  dot.level = decode.memory_level();
  dot.memory = MemoryBytesPerSecond(decode);
  dot.memory_roof_flops = dot.intensity * dot.memory.median;
  dot.compute_roof_flops = UsesInt8Products(decode.scheme())
                               ? ceilings->int8_ops_per_second()
                               : ceilings->fma_flops_per_second();
  dot.memory_bound = dot.memory_roof_flops <= dot.compute_roof_flops;
  dot.share = dot.memory_bound ? Median(SharesOfMemory(decode))
                               : dot.flops_per_second / dot.compute_roof_flops;
  return dot;
}

absl::StatusOr<Ceilings> CeilingsBeside(
    const Timing& timing, const std::vector<const DecodeTiming*>& decodes) {
  ASSIGN_OR_RETURN(const Ceilings* measured, CeilingsOf(timing, *decodes[0]));
  Ceilings ceilings = *measured;
  for (Bandwidth& bandwidth : *ceilings.mutable_bandwidths()) {
    std::vector<double> beside;
    for (const DecodeTiming* decode : decodes) {
      if (decode->memory_level() != bandwidth.level()) continue;
      beside.insert(beside.end(), decode->memory_bytes_per_second().begin(),
                    decode->memory_bytes_per_second().end());
    }
    if (beside.empty()) continue;
    bandwidth.set_read_bytes_per_second(Median(beside));
  }
  return ceilings;
}

std::string RoofName(const RooflineDot& dot, const Scheme& scheme) {
  if (dot.memory_bound) return MemoryLevel_Name(dot.level);
  return UsesInt8Products(scheme) ? "int8 dot" : "FMA";
}

}  // namespace quant_curve
