#include "lib/measurement/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/numerics/scalar_math.h"

namespace quant_curve {

Estimate MeanOf(absl::Span<const double> samples) {
  if (samples.empty()) return {0, 0};
  const double n = static_cast<double>(samples.size());
  double sum = 0;
  for (const double sample : samples) sum += sample;
  const double mean = sum / n;
  if (samples.size() == 1) return {mean, 0};
  double squares = 0;
  for (const double sample : samples) {
    squares += (sample - mean) * (sample - mean);
  }
  return {mean, std::sqrt(squares / (n - 1) / n)};
}

Accuracy MakeAccuracy(uint64_t correct, uint64_t items) {
  Accuracy result;
  result.set_correct(correct);
  result.set_items(items);
  if (items == 0) {
    result.set_wilson_high(1);
    return result;
  }
  const double n = static_cast<double>(items);
  const double p = static_cast<double>(correct) / n;
  const double z2 = kNormal95 * kNormal95;
  const double center = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half_width =
      kNormal95 / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  result.set_accuracy(p);
  // At 0 and 1 rounding would leave the bounds a hair outside or inside.
  result.set_wilson_low(correct == 0 ? 0 : center - half_width);
  result.set_wilson_high(correct == items ? 1 : center + half_width);
  return result;
}

absl::StatusOr<std::vector<double>> WindowMeanNllNats(
    absl::Span<const float> log_likelihoods_nats, uint64_t tokens_per_window) {
  const uint64_t tokens = log_likelihoods_nats.size();
  if (tokens_per_window == 0 || tokens % tokens_per_window != 0 ||
      tokens / tokens_per_window < 2) {
    return absl::InvalidArgumentError(
        absl::StrCat(tokens, " scored tokens in windows of ", tokens_per_window,
                     ": at least two whole windows are needed"));
  }
  std::vector<double> windows;
  for (uint64_t start = 0; start < tokens; start += tokens_per_window) {
    double sum = 0;
    for (uint64_t i = start; i < start + tokens_per_window; ++i) {
      const double log_likelihood = log_likelihoods_nats[i];
      if (!std::isfinite(log_likelihood)) {
        return absl::InvalidArgumentError(
            absl::StrCat("log-likelihood of token ", i, " is ", log_likelihood,
                         ": must be finite"));
      }
      sum -= log_likelihood;
    }
    windows.push_back(sum / static_cast<double>(tokens_per_window));
  }
  return windows;
}

absl::StatusOr<Perplexity> ComputePerplexity(
    absl::Span<const float> log_likelihoods_nats, uint64_t tokens_per_window) {
  ASSIGN_OR_RETURN(const std::vector<double> windows,
                   WindowMeanNllNats(log_likelihoods_nats, tokens_per_window));
  const Estimate nll = MeanOf(windows);
  Perplexity result;
  result.set_perplexity(Exp(nll.value));
  result.set_perplexity_stderr(result.perplexity() * nll.standard_error);
  result.set_mean_nll_nats(nll.value);
  result.set_mean_nll_stderr_nats(nll.standard_error);
  result.set_num_tokens(log_likelihoods_nats.size());
  result.set_num_windows(windows.size());
  if (!std::isfinite(result.perplexity_stderr())) {
    return absl::OutOfRangeError(
        absl::StrCat("a mean cross-entropy of ", nll.value,
                     " nats a token: its perplexity exceeds double precision"));
  }
  return result;
}

absl::StatusOr<Estimate> PerplexityGapPercent(
    absl::Span<const double> window_nll_nats,
    absl::Span<const double> reference_window_nll_nats) {
  if (window_nll_nats.size() != reference_window_nll_nats.size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        window_nll_nats.size(), " evaluation windows against ",
        reference_window_nll_nats.size(), ": paired windows are needed"));
  }
  std::vector<double> differences;
  for (size_t i = 0; i < window_nll_nats.size(); ++i) {
    differences.push_back(window_nll_nats[i] - reference_window_nll_nats[i]);
  }
  const Estimate difference = MeanOf(differences);
  const double ratio = Exp(difference.value);
  const Estimate gap = {100 * (ratio - 1),
                        100 * ratio * difference.standard_error};
  if (!std::isfinite(gap.value) || !std::isfinite(gap.standard_error)) {
    return absl::OutOfRangeError(
        absl::StrCat("cross-entropies ", difference.value,
                     " nats a token apart: the gap exceeds double precision"));
  }
  return gap;
}

bool IsIndistinguishableFromZero(const Estimate& estimate) {
  return std::abs(estimate.value) <= kNormal95 * estimate.standard_error;
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
