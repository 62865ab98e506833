#include "lib/figures/pareto_chart.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/measurement/frontier.h"
#include "lib/measurement/results.h"
#include "lib/measurement/speed.h"
#include "lib/measurement/statistics.h"

namespace quant_curve {
namespace {

Dot DotOf(const Results& results, const SchemeResult& scheme) {
  Dot dot = {};
  dot.name = scheme.name();
  dot.perplexity = scheme.perplexity();
  const Metric* gap = FindMetric(scheme, kPerplexityGap);
  dot.half_interval = gap == nullptr ? 0
                                     : kNormal95 * gap->standard_error() / 100 *
                                           ReferenceOf(results).perplexity();
  return dot;
}

// `order`: the frontier's dots from the cheapest on.
void AddFrontier(const std::vector<int>& order, Chart& chart) {
  for (const int i : order) {
    Dot& dot = chart.dots[i];
    dot.on_frontier = true;
    if (!chart.staircase.empty()) {
      chart.staircase.push_back({dot.x, chart.staircase.back().y});
    }
    chart.staircase.push_back({dot.x, dot.perplexity});
  }
}

void AddDecision(const Results& results, Chart& chart) {
  if (!results.has_decision()) return;
  const Decision& decision = results.decision();
  for (Dot& dot : chart.dots) {
    dot.is_shipped = dot.name == decision.scheme();
  }
  if (decision.metric() != kPerplexityGap) return;
  chart.margin_perplexity =
      ReferenceOf(results).perplexity() * (1 + decision.margin() / 100);
  chart.margin_label = absl::StrFormat(
      "margin: %+g %% of %s", decision.margin(), results.reference_scheme());
}

std::string SubtitleOf(const Results& results) {
  return absl::StrFormat("%s; evaluation text of %.0f tokens in %.0f %ss",
                         results.experiment(), results.num_evaluation_tokens(),
                         results.sampling().units(), results.sampling().unit());
}

}  // namespace

Chart SizeChart(const Results& results) {
  Chart chart = {};
  for (const SchemeResult& scheme : results.schemes()) {
    Dot dot = DotOf(results, scheme);
    dot.x = dot.x_low = dot.x_high = scheme.bytes().total();
    chart.dots.push_back(dot);
  }
  AddFrontier(FrontierOrder(results), chart);
  AddDecision(results, chart);
  chart.subtitle = SubtitleOf(results);
  chart.title = "Size against perplexity: lower left is better";
  chart.reference = results.reference_scheme();
  chart.is_speed = false;
  return chart;
}

absl::StatusOr<Chart> SpeedChart(const Results& results, const Speed& speed) {
  Chart chart = {};
  std::vector<CostPoint> points;
  for (const SchemeResult& scheme : results.schemes()) {
    const SchemeSpeed* timed = FindSpeed(speed, scheme.name());
    if (timed == nullptr) continue;
    Dot dot = DotOf(results, scheme);
    dot.x = timed->tokens_per_second();
    dot.x_low = timed->tokens_per_second_low();
    dot.x_high = timed->tokens_per_second_high();
    points.push_back({-dot.x, dot.perplexity});
    chart.dots.push_back(dot);
  }
  if (chart.dots.empty()) {
    return absl::InvalidArgumentError(
        "the timing holds none of the measured schemes");
  }
  AddFrontier(FrontierOrder(points), chart);
  const int knee = Knee(points);
  if (knee >= 0) chart.dots[knee].is_knee = true;
  const int threads = speed.schemes(0).threads();
  chart.title = absl::StrFormat(
      "Speed against perplexity, %d thread%s: lower right is better", threads,
      threads == 1 ? "" : "s");
  chart.subtitle = SubtitleOf(results);
  chart.reference = results.reference_scheme();
  chart.is_speed = true;
  return chart;
}

Axis XAxis(const Chart& chart, double low, double high, double padding) {
  return chart.is_speed ? PaddedAxis(low, high, false, padding)
                        : BytesAxis(low, high, padding);
}

std::string XLabel(const Chart& chart, const Axis& x) {
  return chart.is_speed
             ? "decoded tokens per second"
             : absl::StrCat("stored size in ", x.unit, ", log scale");
}

}  // namespace quant_curve
