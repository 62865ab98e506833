#include "tools/benchmark/decode_timing.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/artifact/status_macros.h"
#include "lib/model/config.h"
#include "lib/model/decoder.h"
#include "lib/model/traffic.h"
#include "lib/numerics/parallel.h"
#include "lib/numerics/random.h"
#include "tools/benchmark/clock.h"
#include "tools/benchmark/shapes.h"

namespace quant_curve {
namespace {

constexpr uint64_t kTokenSeed = 42;
// Beside a repeat: hundreds of microseconds even from L1, so that starting the
// threads does not count.
constexpr double kLeastBytesRead = 64 << 20;

std::vector<uint32_t> MakeSequence(const ModelGroup& group) {
  Random random(kTokenSeed);
  std::vector<uint32_t> tokens(group.sequence_tokens);
  for (uint32_t& token : tokens) {
    token = static_cast<uint32_t>(random.Below(group.config.vocab_size()));
  }
  return tokens;
}

uint32_t PrefilledTokens(size_t sequence) {
  return static_cast<uint32_t>(sequence / 2);
}

// Everything but what a clock says.
DecodeTiming Describe(const ModelGroup& group, const LoadedModel& loaded,
                      const MemoryReader& reader) {
  DecodeTiming timing;
  timing.set_model(group.name);
  *timing.mutable_config() = group.config;
  *timing.mutable_scheme() = loaded.scheme;
  timing.set_num_parameters(NumParameters(group.config));
  timing.set_threads(reader.threads());
  const uint32_t prefilled = PrefilledTokens(group.sequence_tokens);
  const uint32_t decoded = group.sequence_tokens - prefilled;
  timing.set_prefilled_tokens(prefilled);
  timing.set_decoded_tokens(decoded);
  const StepTraffic traffic = MeanTraffic(group.config, loaded.scheme,
                                          loaded.bytes, prefilled, decoded);
  timing.set_bytes_per_token(traffic.TotalBytes());
  timing.set_flops_per_token(traffic.flops);
  timing.set_memory_level(reader.SetFor(traffic.TotalBytes()).level());
  return timing;
}

// Seconds that the tokens after the prefilled ones took.
absl::StatusOr<double> DecodeOnce(const Model& model,
                                  const std::vector<uint32_t>& tokens,
                                  ThreadPool& pool,
                                  absl::FunctionRef<double()> now_seconds) {
  Decoder decoder(model, pool);
  return TimeSteps(
      tokens, PrefilledTokens(tokens.size()),
      [&](uint32_t token) { return decoder.Step(token); }, now_seconds);
}

// Bytes per second.
double TimeReading(const DecodeTiming& timing, MemoryReader& reader,
                   absl::FunctionRef<double()> now_seconds) {
  const double step = timing.bytes_per_token();
  const Bandwidth set = reader.SetFor(step);
  double bytes = 0;
  const double seconds = SecondsAfter(
      // Brings the set into its cache, and wakes the threads.
      [&] { reader.Read(set, 1); },
      [&] {
        bytes = reader.ReadAtLeast(
            set, std::max(kLeastBytesRead, step * timing.decoded_tokens()));
      },
      now_seconds);
  return bytes / seconds;
}

}  // namespace

absl::StatusOr<double> TimeSteps(
    absl::Span<const uint32_t> tokens, size_t first,
    absl::FunctionRef<absl::Span<const float>(uint32_t token)> step,
    absl::FunctionRef<double()> now_seconds) {
  absl::Span<const float> logits;
  const double seconds = SecondsAfter(
      [&] {
        for (size_t i = 0; i < first; ++i) logits = step(tokens[i]);
      },
      [&] {
        for (size_t i = first; i < tokens.size(); ++i) logits = step(tokens[i]);
      },
      now_seconds);
  if (std::all_of(logits.begin(), logits.end(),
                  [](float logit) { return std::isfinite(logit); })) {
    return seconds;
  }
  return absl::InternalError("logits that are not finite");
}

absl::StatusOr<std::vector<DecodeTiming>> TimeDecoding(
    const ModelGroup& group,
    const std::vector<std::unique_ptr<MemoryReader>>& readers,
    const TurnLimits& limits, absl::FunctionRef<double()> now_seconds,
    absl::FunctionRef<void(int64_t percent)> progress) {
  const std::vector<uint32_t> tokens = MakeSequence(group);
  const size_t count = UsesThreads(group.config) ? readers.size() : 1;
  std::vector<DecodeTiming> timings(group.loaders.size() * count);
  const auto turn = [&](int64_t scheme, Round round) -> absl::Status {
    ASSIGN_OR_RETURN(const std::shared_ptr<const LoadedModel> loaded,
                     group.loaders[scheme]());
    for (size_t i = 0; i < count; ++i) {
      DecodeTiming& timing = timings[scheme * count + i];
      if (round == Round::kWarmUp) {
        timing = Describe(group, *loaded, *readers[i]);
      }
      const absl::StatusOr<double> seconds =
          DecodeOnce(loaded->model, tokens, readers[i]->pool(), now_seconds);
      if (!seconds.ok()) {
        return absl::InternalError(absl::StrCat(group.name, " ",
                                                loaded->scheme.name(), ": ",
                                                seconds.status().message()));
      }
      const double read = TimeReading(timing, *readers[i], now_seconds);
      if (round == Round::kWarmUp) continue;
      timing.add_seconds(*seconds);
      timing.add_memory_bytes_per_second(read);
    }
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(TakeTurns(static_cast<int64_t>(group.loaders.size()), limits,
                            now_seconds, progress, turn));
  return timings;
}

}  // namespace quant_curve
