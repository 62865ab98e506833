#include "tools/benchmark/throughput.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/model/forward.h"
#include "lib/model/traffic.h"
#include "lib/numerics/parallel.h"
#include "lib/numerics/random.h"
#include "tools/benchmark/shapes.h"

namespace quant_curve {
namespace {

constexpr int64_t kWindowsPerBatch = 8;
constexpr int64_t kBatchesPerThread = 4;
constexpr uint64_t kTokenSeed = 42;

std::vector<uint32_t> MakeBatch(uint32_t vocab_size, uint32_t window_tokens) {
  Random random(kTokenSeed);
  std::vector<uint32_t> tokens(kWindowsPerBatch * window_tokens);
  for (uint32_t& token : tokens) {
    token = static_cast<uint32_t>(random.Below(vocab_size));
  }
  return tokens;
}

// `buffers` has one element a thread.
void RunBatches(const Model& model, const std::vector<uint32_t>& tokens,
                ThreadPool& pool, std::vector<Activations>& buffers) {
  pool.ParallelFor(pool.num_threads(), [&](int64_t thread) {
    for (int64_t batch = 0; batch < kBatchesPerThread; ++batch) {
      Forward(model, tokens, kWindowsPerBatch, buffers[thread]);
    }
  });
}

}  // namespace

absl::StatusOr<std::vector<ThroughputTiming>> TimeEvaluation(
    const std::string& name, const LoadedModel& loaded,
    const std::vector<ThreadPool*>& pools, const TurnLimits& limits,
    absl::FunctionRef<double()> now_seconds,
    absl::FunctionRef<void(int64_t percent)> progress) {
  const ModelConfig& config = loaded.model.config;
  const uint32_t window_tokens =
      std::min(kSequenceTokens, config.context_length());
  const std::vector<uint32_t> tokens =
      MakeBatch(config.vocab_size(), window_tokens);
  std::vector<ThroughputTiming> timings(pools.size());
  std::vector<std::vector<Activations>> buffers(pools.size());
  for (size_t i = 0; i < pools.size(); ++i) {
    const int threads = pools[i]->num_threads();
    buffers[i].resize(threads);
    timings[i].set_what(
        absl::StrCat("evaluate ", loaded.scheme.name(), " ", name));
    timings[i].set_threads(threads);
    timings[i].set_flops(threads * kBatchesPerThread * kWindowsPerBatch *
                         SequenceFlops(config, window_tokens));
  }
  const auto turn = [&](int64_t i, Round round) {
    const double start = now_seconds();
    RunBatches(loaded.model, tokens, *pools[i], buffers[i]);
    const double seconds = now_seconds() - start;
    if (round == Round::kTimed) timings[i].add_seconds(seconds);
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(TakeTurns(static_cast<int64_t>(pools.size()), limits,
                            now_seconds, progress, turn));
  return timings;
}

}  // namespace quant_curve
