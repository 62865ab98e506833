#include "lib/measurement/divergence.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/sampling.h"
#include "lib/numerics/scalar_math.h"
#include "lib/statistics/estimate.h"

namespace quant_curve {
namespace {

constexpr int kDroppedBits = 17;

absl::Status CheckSizes(const Measurement& m) {
  const Divergence& d = m.divergence();
  const int windows = m.window_tokens_size();
  for (const int size :
       {d.window_kl_nats_size(), d.window_max_kl_nats_size(),
        d.window_top1_agreements_size(), d.window_probability_changes_size(),
        d.window_squared_probability_changes_size()}) {
    if (size == windows) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "divergence: ", size, " values for ", windows, " windows"));
  }
  return absl::OkStatus();
}

absl::Status CheckWindows(const Measurement& m) {
  const Divergence& d = m.divergence();
  for (int i = 0; i < m.window_tokens_size(); ++i) {
    const double tokens = m.window_tokens(i);
    const double squares = d.window_squared_probability_changes(i);
    if (std::isfinite(d.window_kl_nats(i)) && d.window_kl_nats(i) >= 0 &&
        std::isfinite(d.window_max_kl_nats(i)) &&
        d.window_max_kl_nats(i) >= 0 && squares >= 0 && squares <= tokens &&
        std::abs(d.window_probability_changes(i)) <= tokens &&
        d.window_top1_agreements(i) <= m.window_tokens(i)) {
      continue;
    }
    return absl::InvalidArgumentError(absl::StrCat(
        "divergence of window ", i, ": ", d.window_kl_nats(i), " nats over ",
        tokens, " tokens, or another value, is impossible"));
  }
  return absl::OkStatus();
}

absl::Status CheckHistogram(const Measurement& m) {
  const Divergence& d = m.divergence();
  uint64_t tokens = 0;
  for (const uint32_t count : m.window_tokens()) tokens += count;
  bool valid = d.kl_bins_size() == d.kl_bin_tokens_size();
  for (int i = 0; valid && i < d.kl_bins_size(); ++i) {
    valid = (i == 0 || d.kl_bins(i - 1) < d.kl_bins(i)) &&
            d.kl_bins(i) < DivergenceBin(3.4e38) && d.kl_bin_tokens(i) > 0 &&
            d.kl_bin_tokens(i) <= tokens;
    if (valid) tokens -= d.kl_bin_tokens(i);
  }
  if (valid && tokens == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "divergence: the histogram's bins must rise and hold each token once");
}

class MetricList {
 public:
  explicit MetricList(Measurement& measurement, double units)
      : measurement_(measurement), units_(units) {}

  Metric& Add(const std::string& name, const std::string& unit, double value) {
    Metric& metric = *measurement_.add_metrics();
    metric.set_name(name);
    metric.set_value(value);
    metric.set_unit(unit);
    metric.set_documents(units_);
    return metric;
  }

  void Add(const std::string& name, const std::string& unit,
           const Estimate& estimate) {
    Add(name, unit, estimate.value).set_standard_error(estimate.standard_error);
  }

 private:
  Measurement& measurement_;
  double units_;
};

// The root of a mean, with the delta method's error.
Estimate RootOf(const Estimate& mean) {
  const double root = std::sqrt(mean.value);
  return {root, root > 0 ? mean.standard_error / (2 * root) : 0};
}

float ValueOfBin(uint32_t bin) {
  const uint32_t bits = bin << kDroppedBits;
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

}  // namespace

TokenDivergence DivergenceOf(const LogitRow& reference, const LogitRow& model,
                             int64_t vocab, uint32_t target) {
  const auto probability = [target](const LogitRow& row) {
    return Exp(row.logits[target] - row.log_sum_exp);
  };
  return {KlDivergence(reference, model, vocab),
          probability(model) - probability(reference),
          FirstMaximaAgree(reference.logits, model.logits, vocab)};
}

uint32_t DivergenceBin(double kl_nats) {
  const float value = static_cast<float>(kl_nats);
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits >> kDroppedBits;
}

double DivergenceQuantile(const DivergenceHistogram& histogram,
                          double probability) {
  double all = 0;
  for (const auto& [bin, tokens] : histogram) all += tokens;
  // The product may be a hair above a whole number that it should be.
  const double rank = std::ceil(probability * all - 1e-9);
  double reached = 0;
  uint32_t last = 0;
  for (const auto& [bin, tokens] : histogram) {
    last = bin;
    reached += tokens;
    if (reached >= rank) break;
  }
  if (last == 0) return 0;
  return (static_cast<double>(ValueOfBin(last)) + ValueOfBin(last + 1)) / 2;
}

void SetHistogram(const DivergenceHistogram& histogram,
                  Divergence& divergence) {
  divergence.clear_kl_bins();
  divergence.clear_kl_bin_tokens();
  for (const auto& [bin, tokens] : histogram) {
    divergence.add_kl_bins(bin);
    divergence.add_kl_bin_tokens(tokens);
  }
}

DivergenceHistogram HistogramOf(const Divergence& divergence) {
  DivergenceHistogram histogram;
  const int bins =
      std::min(divergence.kl_bins_size(), divergence.kl_bin_tokens_size());
  for (int i = 0; i < bins; ++i) {
    histogram[divergence.kl_bins(i)] += divergence.kl_bin_tokens(i);
  }
  return histogram;
}

absl::Status FillMetrics(Measurement& measurement) {
  measurement.clear_metrics();
  RETURN_IF_ERROR(CheckWindowDocuments(measurement));
  const WindowSums sums(measurement);
  MetricList metrics(measurement, sums.units());
  const Estimate nll = sums.PerToken(measurement.window_nll_nats());
  const double perplexity = Exp(nll.value);
  metrics.Add("perplexity", "",
              Estimate{perplexity, perplexity * nll.standard_error});
  if (!measurement.has_divergence()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckSizes(measurement));
  RETURN_IF_ERROR(CheckWindows(measurement));
  RETURN_IF_ERROR(CheckHistogram(measurement));
  const Divergence& d = measurement.divergence();
  metrics.Add("kl_divergence_mean_nats", "nats",
              sums.PerToken(d.window_kl_nats()));
  const DivergenceHistogram histogram = HistogramOf(d);
  metrics.Add("kl_divergence_median_nats", "nats",
              DivergenceQuantile(histogram, 0.5));
  metrics.Add("kl_divergence_p90_nats", "nats",
              DivergenceQuantile(histogram, 0.9));
  metrics.Add("kl_divergence_p99_nats", "nats",
              DivergenceQuantile(histogram, 0.99));
  metrics.Add("kl_divergence_max_nats", "nats",
              *std::max_element(d.window_max_kl_nats().begin(),
                                d.window_max_kl_nats().end()));
  metrics.Add("top1_agreement", "share",
              sums.PerToken(d.window_top1_agreements()));
  metrics.Add("probability_change_rms", "share",
              RootOf(sums.PerToken(d.window_squared_probability_changes())));
  metrics.Add("probability_change_mean", "share",
              sums.PerToken(d.window_probability_changes()));
  return absl::OkStatus();
}

}  // namespace quant_curve
