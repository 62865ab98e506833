#include "lib/measurement/speed.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/measurement.h"
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

// The seconds of each repeat, as `what` per second.
Spread RateOf(double what, const google::protobuf::RepeatedField<double>& all) {
  std::vector<double> rates;
  for (const double seconds : all) rates.push_back(what / seconds);
  return {Quantile(rates, 0.1), Quantile(rates, 0.5), Quantile(rates, 0.9)};
}

absl::Status CheckSeconds(
    const google::protobuf::RepeatedField<double>& seconds) {
  if (seconds.empty()) return absl::InvalidArgumentError("no repeats");
  for (const double value : seconds) {
    RETURN_IF_ERROR(CheckPositive("seconds", value));
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
          "memory level ", bandwidth.level(), ": unknown, or there twice"));
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
  return CheckSeconds(decode.seconds());
}

std::string NameOf(const DecodeTiming& decode) {
  return absl::StrCat("decode of ", decode.model(), ", scheme ",
                      decode.scheme().name(), ", ", decode.threads(),
                      " threads");
}

absl::Status CheckDecodes(const Timing& timing) {
  std::set<std::tuple<std::string, std::string, uint32_t>> seen;
  std::map<std::string, uint64_t> sizes;
  for (const DecodeTiming& decode : timing.decodes()) {
    absl::Status valid = CheckDecode(decode);
    const auto size = sizes.emplace(decode.model(), decode.num_parameters());
    if (valid.ok() &&
        !seen.insert({decode.model(), decode.scheme().name(), decode.threads()})
             .second) {
      valid = absl::InvalidArgumentError("is there twice");
    } else if (valid.ok() && size.first->second != decode.num_parameters()) {
      valid = absl::InvalidArgumentError(
          absl::StrCat("has ", decode.num_parameters(), " parameters, before ",
                       size.first->second));
    }
    if (!valid.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(NameOf(decode), ": ", valid.message()));
    }
  }
  return absl::OkStatus();
}

SchemeSpeed MakeSchemeSpeed(const DecodeTiming& decode,
                            double reference_tokens_per_second) {
  const Spread spread = TokensPerSecond(decode);
  SchemeSpeed scheme;
  scheme.set_name(decode.scheme().name());
  scheme.set_tokens_per_second(spread.median);
  scheme.set_tokens_per_second_low(spread.low);
  scheme.set_tokens_per_second_high(spread.high);
  scheme.set_milliseconds_per_token(1000 / spread.median);
  scheme.set_bytes_per_token(decode.bytes_per_token());
  scheme.set_speedup(spread.median / reference_tokens_per_second);
  scheme.set_gigabytes_per_second(decode.bytes_per_token() * spread.median /
                                  1e9);
  scheme.set_gigaflops_per_second(decode.flops_per_token() * spread.median /
                                  1e9);
  scheme.set_threads(decode.threads());
  scheme.set_repeats(decode.seconds_size());
  return scheme;
}

}  // namespace

double Quantile(std::vector<double> samples, double share) {
  std::sort(samples.begin(), samples.end());
  const double place = share * (samples.size() - 1);
  const size_t below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, samples.size() - 1);
  return samples[below] + (place - below) * (samples[above] - samples[below]);
}

Spread TokensPerSecond(const DecodeTiming& decode) {
  return RateOf(decode.decoded_tokens(), decode.seconds());
}

Spread FlopsPerSecond(const ThroughputTiming& throughput) {
  return RateOf(throughput.flops(), throughput.seconds());
}

absl::Status CheckTiming(const Timing& timing) {
  RETURN_IF_ERROR(CheckText("cpu_model", timing.machine().cpu_model()));
  RETURN_IF_ERROR(CheckText("isa", timing.machine().isa()));
  std::set<uint32_t> threads;
  for (const Ceilings& ceilings : timing.ceilings()) {
    const absl::Status valid =
        threads.insert(ceilings.threads()).second
            ? CheckCeilings(ceilings)
            : absl::InvalidArgumentError("are there twice");
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

std::vector<std::string> ModelNames(const Timing& timing) {
  std::set<std::pair<uint64_t, std::string>> models;
  for (const DecodeTiming& decode : timing.decodes()) {
    models.insert({decode.num_parameters(), decode.model()});
  }
  std::vector<std::string> names;
  for (const auto& model : models) names.push_back(model.second);
  return names;
}

std::vector<uint32_t> ThreadCounts(const Timing& timing,
                                   absl::string_view model) {
  std::set<uint32_t> counts;
  for (const DecodeTiming& decode : timing.decodes()) {
    if (decode.model() == model) counts.insert(decode.threads());
  }
  return {counts.begin(), counts.end()};
}

std::vector<const DecodeTiming*> DecodesOf(const Timing& timing,
                                           absl::string_view model,
                                           uint32_t threads) {
  std::vector<const DecodeTiming*> found;
  for (const DecodeTiming& decode : timing.decodes()) {
    if (decode.model() == model && decode.threads() == threads) {
      found.push_back(&decode);
    }
  }
  return found;
}

const DecodeTiming* FindDecode(const Timing& timing, absl::string_view model,
                               absl::string_view scheme, uint32_t threads) {
  for (const DecodeTiming* decode : DecodesOf(timing, model, threads)) {
    if (decode->scheme().name() == scheme) return decode;
  }
  return nullptr;
}

absl::StatusOr<Speed> MakeSpeed(const Timing& timing, absl::string_view model,
                                uint32_t threads, absl::string_view reference,
                                absl::string_view experiment) {
  const DecodeTiming* base = FindDecode(timing, model, reference, threads);
  if (base == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the timing has no ", model, " in scheme ", reference, " with ",
        threads,
        " threads; its models are: ", absl::StrJoin(ModelNames(timing), ", ")));
  }
  Speed speed;
  speed.set_experiment(std::string(experiment));
  speed.set_reference_scheme(std::string(reference));
  speed.mutable_machine()->set_cpu_model(timing.machine().cpu_model());
  speed.mutable_machine()->set_isa(timing.machine().isa());
  speed.mutable_machine()->set_cores(timing.machine().cores());
  const double tokens_per_second = TokensPerSecond(*base).median;
  for (const DecodeTiming* decode : DecodesOf(timing, model, threads)) {
    *speed.add_schemes() = MakeSchemeSpeed(*decode, tokens_per_second);
  }
  return speed;
}

const SchemeSpeed* FindSpeed(const Speed& speed, absl::string_view scheme) {
  for (const SchemeSpeed& candidate : speed.schemes()) {
    if (candidate.name() == scheme) return &candidate;
  }
  return nullptr;
}

}  // namespace quant_curve
