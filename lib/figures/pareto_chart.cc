#include "lib/figures/pareto_chart.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/measurement/frontier.h"
#include "lib/measurement/speed.h"
#include "lib/measurement/statistics.h"
#include "lib/measurement/sweep.h"

namespace quant_curve {
namespace {

Dot DotOf(const Results& results, const SchemeResult& scheme) {
  Dot dot = {};
  dot.name = scheme.name();
  dot.perplexity = scheme.perplexity();
  dot.half_interval = kNormal95 * scheme.perplexity_gap_stderr_percent() / 100 *
                      ReferenceOf(results).perplexity();
  return dot;
}

// Fills in the frontier by `costs`, one per dot.
void AddFrontier(const std::vector<CostPoint>& points, Chart& chart) {
  for (const int i : FrontierOrder(points)) {
    Dot& dot = chart.dots[i];
    dot.on_frontier = true;
    if (!chart.staircase.empty()) {
      chart.staircase.push_back({dot.x, chart.staircase.back().y});
    }
    chart.staircase.push_back({dot.x, dot.perplexity});
  }
}

}  // namespace

Chart SizeChart(const Results& results) {
  Chart chart;
  std::vector<CostPoint> points;
  for (const SchemeResult& scheme : results.schemes()) {
    Dot dot = DotOf(results, scheme);
    dot.x = dot.x_low = dot.x_high = scheme.bytes().total();
    points.push_back({dot.x, dot.perplexity});
    chart.dots.push_back(dot);
  }
  AddFrontier(points, chart);
  chart.title = "Size against perplexity: lower left is better";
  chart.reference = results.reference_scheme();
  chart.is_speed = false;
  return chart;
}

absl::StatusOr<Chart> SpeedChart(const Results& results, const Speed& speed) {
  Chart chart;
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
  AddFrontier(points, chart);
  const int knee = Knee(points);
  if (knee >= 0) chart.dots[knee].is_knee = true;
  const int threads = speed.schemes(0).threads();
  chart.title = absl::StrFormat(
      "Speed against perplexity, %d thread%s: lower right is better", threads,
      threads == 1 ? "" : "s");
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
