#include "lib/measurement/speed.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace quant_curve {
namespace {

Spread SpreadOf(const std::vector<double>& samples) {
  return {Quantile(samples, 0.1), Quantile(samples, 0.5),
          Quantile(samples, 0.9)};
}

// The seconds of each repeat, as `what` per second.
Spread RateOf(double what, const google::protobuf::RepeatedField<double>& all) {
  std::vector<double> rates;
  for (const double seconds : all) rates.push_back(what / seconds);
  return SpreadOf(rates);
}

SchemeSpeed MakeSchemeSpeed(const DecodeTiming& reference,
                            const DecodeTiming& decode) {
  const Spread spread = TokensPerSecond(decode);
  SchemeSpeed scheme;
  scheme.set_name(decode.scheme().name());
  scheme.set_tokens_per_second(spread.median);
  scheme.set_tokens_per_second_low(spread.low);
  scheme.set_tokens_per_second_high(spread.high);
  scheme.set_milliseconds_per_token(1000 / spread.median);
  scheme.set_bytes_per_token(decode.bytes_per_token());
  const Spread speedup = SpeedupOver(reference, decode);
  scheme.set_speedup(speedup.median);
  scheme.set_speedup_low(speedup.low);
  scheme.set_speedup_high(speedup.high);
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

Spread MemoryBytesPerSecond(const DecodeTiming& decode) {
  return SpreadOf({decode.memory_bytes_per_second().begin(),
                   decode.memory_bytes_per_second().end()});
}

Spread SpeedupOver(const DecodeTiming& reference, const DecodeTiming& decode) {
  const double tokens =
      static_cast<double>(decode.decoded_tokens()) / reference.decoded_tokens();
  std::vector<double> ratios;
  for (int i = 0; i < decode.seconds_size(); ++i) {
    ratios.push_back(tokens * reference.seconds(i) / decode.seconds(i));
  }
  return SpreadOf(ratios);
}

Spread FlopsPerSecond(const ThroughputTiming& throughput) {
  return RateOf(throughput.flops(), throughput.seconds());
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
  for (const DecodeTiming* decode : DecodesOf(timing, model, threads)) {
    *speed.add_schemes() = MakeSchemeSpeed(*base, *decode);
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
