// Compares our forward pass with the logits that llama_logits.c wrote, for
// llama_families.sh:
//
//   compare_logits MODEL.qca LOGITS
//
// Prints both perplexities of the tokens, how far logits differ, and how many
// greedy tokens agree. Exit code 1 when perplexities differ by more than 0.1 %,
// logits by more than 0.1 % of the largest, or greedy tokens. Perplexity
// averages so much that without the logits a forgotten rope scaling would pass;
// 0.1 % of them is five times what llama.cpp's table of GELU in F16 does to
// GPT-2.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_macros.h"
#include "lib/model/decoder.h"
#include "lib/model/forward.h"
#include "lib/model/model_reader.h"
#include "lib/numerics/parallel.h"
#include "lib/quantization/quantized_model.h"

namespace quant_curve {
namespace {

constexpr double kMaxPerplexityRatio = 1.001;
constexpr double kMaxLogitDifference = 1e-3;  // of the largest logit
constexpr int64_t kMaxFileBytes = int64_t{1} << 30;

struct TheirRun {
  int64_t vocab = 0;
  std::vector<uint32_t> ids;
  std::vector<float> logits;     // [ids, vocab]
  std::vector<uint32_t> greedy;  // behind the first ids.size() - greedy.size()
};

// Takes `count` numbers of four bytes from the front of `bytes`.
template <typename Number>
std::vector<Number> Take(absl::string_view& bytes, uint64_t count) {
  std::vector<Number> numbers(count);
  std::memcpy(numbers.data(), bytes.data(), count * sizeof(Number));
  bytes.remove_prefix(count * sizeof(Number));
  return numbers;
}

absl::StatusOr<TheirRun> ReadRun(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string file, ReadFile(path, kMaxFileBytes));
  absl::string_view bytes = file;
  const absl::Status torn =
      absl::InvalidArgumentError(absl::StrCat(path, ": not of llama_logits"));
  if (bytes.size() < 3 * sizeof(int32_t)) return torn;
  const std::vector<uint32_t> header = Take<uint32_t>(bytes, 3);
  const uint64_t n = header[0], vocab = header[1], greedy = header[2];
  if (n > 4096 || greedy >= n || vocab > (1u << 20)) return torn;
  if (bytes.size() != 4 * (n + n * vocab + greedy)) return torn;
  TheirRun run;
  run.vocab = static_cast<int64_t>(vocab);
  run.ids = Take<uint32_t>(bytes, n);
  run.logits = Take<float>(bytes, n * vocab);
  run.greedy = Take<uint32_t>(bytes, greedy);
  return run;
}

// Of the tokens after the first.
double Perplexity(const TheirRun& run, absl::Span<const float> logits) {
  double nats = 0;
  for (size_t i = 1; i < run.ids.size(); ++i) {
    const auto row = logits.subspan((i - 1) * run.vocab, run.vocab);
    const double most = *std::max_element(row.begin(), row.end());
    double sum = 0;
    for (const float logit : row) sum += std::exp(logit - most);
    nats += most + std::log(sum) - row[run.ids[i]];
  }
  return std::exp(nats / static_cast<double>(run.ids.size() - 1));
}

std::vector<uint32_t> Greedy(const Model& model, const TheirRun& run,
                             ThreadPool& threads) {
  Decoder decoder(model, threads);
  absl::Span<const float> logits;
  for (size_t i = 0; i < run.ids.size() - run.greedy.size(); ++i) {
    logits = decoder.Step(run.ids[i]);
  }
  std::vector<uint32_t> tokens;
  while (true) {
    tokens.push_back(static_cast<uint32_t>(
        std::max_element(logits.begin(), logits.end()) - logits.begin()));
    if (tokens.size() == run.greedy.size()) return tokens;
    logits = decoder.Step(tokens.back());
  }
}

absl::StatusOr<bool> Compare(const std::string& model_path,
                             const std::string& run_path) {
  ASSIGN_OR_RETURN(const Artifact<QuantizedModel> artifact,
                   ReadQuantizedModel(model_path));
  ASSIGN_OR_RETURN(const TheirRun run, ReadRun(run_path));
  ThreadPool threads(1);
  ASSIGN_OR_RETURN(
      const Model model,
      ModelFromQuantized(artifact.message, artifact.payload, &threads));
  if (run.vocab != model.config.vocab_size() ||
      run.ids.size() > model.config.context_length()) {
    return absl::InvalidArgumentError(
        absl::StrCat(run_path, ": not of this model: ", run.ids.size(),
                     " tokens of a vocabulary of ", run.vocab));
  }
  Activations activations;
  Forward(model, run.ids, 1, activations);
  const double ours = Perplexity(run, activations.logits);
  const double theirs = Perplexity(run, run.logits);
  double farthest = 0, largest = 0;
  for (size_t i = 0; i < run.logits.size(); ++i) {
    const double ours_here = activations.logits[i];
    farthest = std::max(farthest, std::fabs(ours_here - run.logits[i]));
    largest = std::max(largest, std::fabs(ours_here));
  }
  const std::vector<uint32_t> greedy = Greedy(model, run, threads);
  size_t equal = 0;
  for (size_t i = 0; i < greedy.size(); ++i)
    equal += greedy[i] == run.greedy[i];
  std::printf(
      "perplexity %.4f, llama.cpp %.4f (%+.1e); logits of up to %.2f differ by "
      "at most %.1e; greedy tokens %zu of %zu\n",
      ours, theirs, theirs / ours - 1, largest, farthest, equal, greedy.size());
  const double ratio = std::max(ours / theirs, theirs / ours);
  // Also false for a NaN.
  return ratio <= kMaxPerplexityRatio &&
         farthest <= kMaxLogitDifference * largest && equal == greedy.size();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "compare_logits MODEL.qca LOGITS\n");
    return 2;
  }
  const absl::StatusOr<bool> same = quant_curve::Compare(argv[1], argv[2]);
  if (same.ok()) return *same ? 0 : 1;
  std::fprintf(stderr, "compare_logits: %s\n",
               same.status().ToString().c_str());
  return 1;
}
