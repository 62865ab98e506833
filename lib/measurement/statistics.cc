#include "lib/measurement/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/numerics/scalar_math.h"
#include "lib/statistics/flips.h"

namespace quant_curve {
namespace {

absl::Status CheckWindows(absl::Span<const double> nll_nats,
                          absl::Span<const uint32_t> tokens) {
  if (nll_nats.size() != tokens.size() || tokens.size() < 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        nll_nats.size(), " window sums and ", tokens.size(),
        " token counts: at least two windows are needed, as many of each"));
  }
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] > 0 && std::isfinite(nll_nats[i])) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("window ", i, ": ", nll_nats[i], " nats over ", tokens[i],
                     " tokens: must be finite, over at least one token"));
  }
  return absl::OkStatus();
}

std::vector<double> Weights(absl::Span<const uint32_t> window_tokens) {
  return {window_tokens.begin(), window_tokens.end()};
}

}  // namespace

Accuracy MakeAccuracy(uint64_t correct, uint64_t items) {
  Accuracy result;
  result.set_correct(correct);
  result.set_items(items);
  const Interval wilson = WilsonInterval(correct, items);
  result.set_wilson_low(wilson.low);
  result.set_wilson_high(wilson.high);
  if (items > 0) {
    result.set_accuracy(static_cast<double>(correct) /
                        static_cast<double>(items));
  }
  return result;
}

absl::StatusOr<Perplexity> ComputePerplexity(
    absl::Span<const double> window_nll_nats,
    absl::Span<const uint32_t> window_tokens) {
  RETURN_IF_ERROR(CheckWindows(window_nll_nats, window_tokens));
  const Estimate nll = RatioOf(window_nll_nats, Weights(window_tokens));
  Perplexity result;
  result.set_perplexity(Exp(nll.value));
  result.set_perplexity_stderr(result.perplexity() * nll.standard_error);
  result.set_mean_nll_nats(nll.value);
  result.set_mean_nll_stderr_nats(nll.standard_error);
  uint64_t tokens = 0;
  for (const uint32_t count : window_tokens) tokens += count;
  result.set_num_tokens(tokens);
  result.set_num_windows(window_tokens.size());
  if (!std::isfinite(result.perplexity_stderr())) {
    return absl::OutOfRangeError(
        absl::StrCat("a mean cross-entropy of ", nll.value,
                     " nats a token: its perplexity exceeds double precision"));
  }
  return result;
}

absl::StatusOr<TextPerplexity> MakeTextPerplexity(const Perplexity& perplexity,
                                                  uint64_t bytes,
                                                  uint64_t words) {
  const double total_nats =
      perplexity.mean_nll_nats() * static_cast<double>(perplexity.num_tokens());
  TextPerplexity result;
  result.set_per_byte(Exp(total_nats / static_cast<double>(bytes)));
  result.set_per_word(Exp(total_nats / static_cast<double>(words)));
  result.set_bits_per_byte(total_nats / static_cast<double>(bytes) / Log(2));
  if (std::isfinite(result.per_byte()) && std::isfinite(result.per_word())) {
    return result;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the perplexity of ", words, " words is beyond double"));
}

absl::StatusOr<Estimate> GapPercent(const Estimate& difference_nats) {
  const double ratio = Exp(difference_nats.value);
  const Estimate gap = {100 * (ratio - 1),
                        100 * ratio * difference_nats.standard_error};
  if (!std::isfinite(gap.value) || !std::isfinite(gap.standard_error)) {
    return absl::OutOfRangeError(
        absl::StrCat("cross-entropies ", difference_nats.value,
                     " nats a token apart: the gap exceeds double precision"));
  }
  return gap;
}

absl::StatusOr<Estimate> PerplexityGapPercent(
    absl::Span<const double> window_nll_nats,
    absl::Span<const double> reference_window_nll_nats,
    absl::Span<const uint32_t> window_tokens) {
  RETURN_IF_ERROR(CheckWindows(window_nll_nats, window_tokens));
  RETURN_IF_ERROR(CheckWindows(reference_window_nll_nats, window_tokens));
  std::vector<double> differences;
  for (size_t i = 0; i < window_nll_nats.size(); ++i) {
    differences.push_back(window_nll_nats[i] - reference_window_nll_nats[i]);
  }
  return GapPercent(RatioOf(differences, Weights(window_tokens)));
}

Estimate PairedShareGap(uint64_t items, uint64_t gained, uint64_t lost) {
  if (items == 0) return {0, 0};
  const double n = static_cast<double>(items);
  const double change = static_cast<double>(gained) - static_cast<double>(lost);
  const double discordant = static_cast<double>(gained + lost);
  return {change / n, std::sqrt(discordant - change * change / n) / n};
}

int ChosenCandidate(absl::Span<const float> scores) {
  return static_cast<int>(std::max_element(scores.begin(), scores.end()) -
                          scores.begin());
}

double AnswerMargin(absl::Span<const float> scores, uint32_t answer) {
  double best_wrong = -std::numeric_limits<double>::infinity();
  for (uint32_t i = 0; i < scores.size(); ++i) {
    if (i != answer) best_wrong = std::max<double>(best_wrong, scores[i]);
  }
  return static_cast<double>(scores[answer]) - best_wrong;
}

}  // namespace quant_curve
