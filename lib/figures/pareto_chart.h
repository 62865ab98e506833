// The contents of a Pareto figure: dots and frontier, of size or of speed.
#ifndef QUANT_CURVE_LIB_FIGURES_PARETO_CHART_H_
#define QUANT_CURVE_LIB_FIGURES_PARETO_CHART_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/figures/axis.h"
#include "lib/figures/geometry.h"
#include "proto/results.pb.h"
#include "proto/speed.pb.h"

namespace quant_curve {

struct Dot {
  std::string name;
  double x;  // stored bytes, or tokens per second
  double x_low;
  double x_high;
  double perplexity;
  double half_interval;  // of perplexity, 95 %
  bool on_frontier;
  bool is_knee;
  bool is_shipped;  // the decision's scheme
};

struct Chart {
  std::vector<Dot> dots;
  // The frontier from the cheapest dot on, joined by horizontal, then vertical
  // lines: between two dots the cheaper scheme is still the best one.
  std::vector<Point> staircase;
  std::string title;
  std::string subtitle;  // the text behind it
  // Perplexity at which the decision's margin ends, and what the key calls it;
  // 0 where the margin is not one of perplexity.
  double margin_perplexity;
  std::string margin_label;
  std::string reference;
  bool is_speed;  // x is tokens a second: more is better
};

// x: total bytes. The decision's scheme and its margin are marked.
Chart SizeChart(const Results& results);

// x: tokens a second, median and 10th to 90th percentile; the frontier's knee
// (lib/measurement/frontier.h) is marked. Schemes that were not timed are left
// out; fails when none was.
absl::StatusOr<Chart> SpeedChart(const Results& results, const Speed& speed);

// The x axis over [low, high] of the chart's unit, padded.
Axis XAxis(const Chart& chart, double low, double high, double padding);

std::string XLabel(const Chart& chart, const Axis& x);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FIGURES_PARETO_CHART_H_
