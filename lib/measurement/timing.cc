#include "lib/measurement/timing.h"

#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/memory_level.h"
#include "lib/measurement/name.h"

namespace quant_curve {
namespace {

absl::Status CheckPositive(absl::string_view what, double value) {
  if (std::isfinite(value) && value > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, "=", value, ": must be positive and finite"));
}

// Free text that tables and figures show as it is.
absl::Status CheckText(absl::string_view what, absl::string_view text) {
  bool plain = !text.empty() && text.size() <= 200;
  for (const char c : text) {
    plain = plain && absl::ascii_isprint(c) && c != '|' && c != '`' && c != '<';
  }
  if (plain) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      what, " must be 1 to 200 printable characters without |, ` and <"));
}

absl::Status CheckSeconds(
    const google::protobuf::RepeatedField<double>& seconds) {
  if (seconds.empty()) return absl::InvalidArgumentError("no repeats");
  for (const double value : seconds) {
    RETURN_IF_ERROR(CheckPositive("seconds", value));
  }
  return absl::OkStatus();
}

absl::Status CheckLoad(const MachineLoad& load) {
  RETURN_IF_ERROR(CheckPositive("load.wall_seconds", load.wall_seconds()));
  RETURN_IF_ERROR(CheckPositive("load.cpu_seconds", load.cpu_seconds()));
  for (const double seconds :
       {load.wait_seconds(), load.other_cpu_seconds(), load.steal_seconds()}) {
    if (std::isfinite(seconds) && seconds >= 0) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "load: ", seconds, " seconds: must not be negative, and finite"));
  }
  return absl::OkStatus();
}

absl::Status CheckCeilings(const Ceilings& ceilings) {
  RETURN_IF_ERROR(CheckPositive("threads", ceilings.threads()));
  RETURN_IF_ERROR(
      CheckPositive("fma_flops_per_second", ceilings.fma_flops_per_second()));
  RETURN_IF_ERROR(
      CheckPositive("int8_ops_per_second", ceilings.int8_ops_per_second()));
  if (ceilings.bandwidths().empty()) {
    return absl::InvalidArgumentError("no bandwidth was measured");
  }
  std::set<int> levels;
  for (const Bandwidth& bandwidth : ceilings.bandwidths()) {
    if (!MemoryLevel_IsValid(bandwidth.level()) ||
        bandwidth.level() == MEMORY_LEVEL_UNSPECIFIED ||
        !levels.insert(bandwidth.level()).second) {
      return absl::InvalidArgumentError(absl::StrCat(
          "memory level ", bandwidth.level(), ": unknown, or repeated"));
    }
    RETURN_IF_ERROR(CheckPositive("read_bytes_per_second",
                                  bandwidth.read_bytes_per_second()));
  }
  return absl::OkStatus();
}

absl::Status CheckDecode(const DecodeTiming& decode) {
  RETURN_IF_ERROR(CheckName("model", decode.model()));
  RETURN_IF_ERROR(CheckName("scheme name", decode.scheme().name()));
  RETURN_IF_ERROR(CheckPositive("num_parameters", decode.num_parameters()));
  RETURN_IF_ERROR(CheckPositive("threads", decode.threads()));
  RETURN_IF_ERROR(CheckPositive("decoded_tokens", decode.decoded_tokens()));
  RETURN_IF_ERROR(CheckPositive("bytes_per_token", decode.bytes_per_token()));
  RETURN_IF_ERROR(CheckPositive("flops_per_token", decode.flops_per_token()));
  RETURN_IF_ERROR(CheckSeconds(decode.seconds()));
  if (decode.memory_bytes_per_second_size() != decode.seconds_size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        decode.seconds_size(), " repeats, but ",
        decode.memory_bytes_per_second_size(), " times memory was read"));
  }
  for (const double value : decode.memory_bytes_per_second()) {
    RETURN_IF_ERROR(CheckPositive("memory_bytes_per_second", value));
  }
  return absl::OkStatus();
}

absl::Status CheckMemoryLevel(const Timing& timing,
                              const DecodeTiming& decode) {
  const Ceilings* ceilings = FindCeilings(timing, decode.threads());
  if (ceilings == nullptr) return absl::OkStatus();
  const MemoryLevel expected =
      LevelFor(timing.machine(), *ceilings, decode.bytes_per_token()).level();
  if (decode.memory_level() == expected) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "memory level ", decode.memory_level(), ": ", decode.bytes_per_token(),
      " bytes per token come from ", MemoryLevel_Name(expected)));
}

std::string NameOf(const DecodeTiming& decode) {
  return absl::StrCat("decode of ", decode.model(), ", scheme ",
                      decode.scheme().name(), ", ", decode.threads(),
                      " threads");
}

// What the timings of one model share.
absl::Status CheckAlike(const DecodeTiming& first, const DecodeTiming& decode) {
  if (decode.num_parameters() != first.num_parameters()) {
    return absl::InvalidArgumentError(
        absl::StrCat("has ", decode.num_parameters(), " parameters, before ",
                     first.num_parameters()));
  }
  if (decode.seconds_size() != first.seconds_size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("has ", decode.seconds_size(), " repeats, before ",
                     first.seconds_size()));
  }
  return absl::OkStatus();
}

absl::Status CheckDecodes(const Timing& timing) {
  std::set<std::tuple<std::string, std::string, uint32_t>> seen;
  std::map<std::string, const DecodeTiming*> first_of;
  for (const DecodeTiming& decode : timing.decodes()) {
    const bool is_new =
        seen.insert({decode.model(), decode.scheme().name(), decode.threads()})
            .second;
    const DecodeTiming& first =
        *first_of.emplace(decode.model(), &decode).first->second;
    absl::Status valid = CheckDecode(decode);
    if (!is_new) valid.Update(absl::InvalidArgumentError("occurs twice"));
    valid.Update(CheckAlike(first, decode));
    valid.Update(CheckMemoryLevel(timing, decode));
    if (!valid.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(NameOf(decode), ": ", valid.message()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckTiming(const Timing& timing) {
  RETURN_IF_ERROR(CheckText("cpu_model", timing.machine().cpu_model()));
  RETURN_IF_ERROR(CheckText("isa", timing.machine().isa()));
  RETURN_IF_ERROR(CheckLoad(timing.load()));
  std::set<uint32_t> threads;
  for (const Ceilings& ceilings : timing.ceilings()) {
    const absl::Status valid = threads.insert(ceilings.threads()).second
                                   ? CheckCeilings(ceilings)
                                   : absl::InvalidArgumentError("occur twice");
    if (!valid.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "ceilings with ", ceilings.threads(), " threads: ", valid.message()));
    }
  }
  for (const ThroughputTiming& throughput : timing.throughputs()) {
    RETURN_IF_ERROR(CheckText("throughput's what", throughput.what()));
    RETURN_IF_ERROR(
        CheckPositive("throughput's threads", throughput.threads()));
    RETURN_IF_ERROR(CheckPositive("throughput's flops", throughput.flops()));
    RETURN_IF_ERROR(CheckSeconds(throughput.seconds()));
  }
  return CheckDecodes(timing);
}

absl::StatusOr<Artifact<Timing>> ReadTiming(const std::string& path) {
  ASSIGN_OR_RETURN(Artifact<Timing> artifact, ReadArtifact<Timing>(path));
  const absl::Status valid = CheckTiming(artifact.message);
  if (!valid.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", valid.message()));
  }
  return artifact;
}

}  // namespace quant_curve
