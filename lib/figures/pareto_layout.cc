#include "lib/figures/pareto_layout.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "lib/figures/parts.h"

namespace quant_curve {
namespace {

constexpr double kKeyHeight = 50;  // with one line, below the axis label
constexpr int kAxisHeight = 55;
constexpr double kLeft = 85;
constexpr double kRight = 968;
constexpr double kPadding = 0.1;
constexpr double kLogRatio = 3;
constexpr double kZoomRatio = 1.5;
constexpr double kZoomWithin = 1.1;

Panel MakePanel(const Box& box, const Chart& chart,
                const std::vector<Dot>& dots, bool log) {
  double x_low = dots[0].x_low, x_high = dots[0].x_high;
  double low = dots[0].perplexity, high = dots[0].perplexity;
  for (const Dot& dot : dots) {
    x_low = std::min(x_low, dot.x_low);
    x_high = std::max(x_high, dot.x_high);
    // A logarithmic axis has no place for a bar that reaches zero.
    const double bottom = dot.perplexity - dot.half_interval;
    low = std::min(low, log && bottom <= 0 ? dot.perplexity : bottom);
    high = std::max(high, dot.perplexity + dot.half_interval);
  }
  return {box, XAxis(chart, x_low, x_high, kPadding),
          PaddedAxis(low, high, log, kPadding)};
}

Obstacles ObstaclesOf(const View& view, const Chart& chart) {
  Obstacles obstacles;
  const Panel& panel = view.panel;
  obstacles.frame = panel.box;
  if (!view.band_label.empty()) obstacles.boxes.push_back(view.band);
  for (size_t i = 1; i < chart.staircase.size(); ++i) {
    const Point& from = chart.staircase[i - 1];
    const Point& to = chart.staircase[i];
    obstacles.segments.push_back(
        {ToPixel(panel, from.x, from.y), ToPixel(panel, to.x, to.y)});
  }
  for (const Dot& dot : chart.dots) {
    const double low =
        std::max(dot.perplexity - dot.half_interval, panel.y.low);
    const double high =
        std::min(dot.perplexity + dot.half_interval, panel.y.high);
    if (low < high) {
      obstacles.segments.push_back(
          {ToPixel(panel, dot.x, low), ToPixel(panel, dot.x, high)});
    }
    if (dot.x_low < dot.x_high) {
      obstacles.segments.push_back(
          {ToPixel(panel, dot.x_low, dot.perplexity),
           ToPixel(panel, dot.x_high, dot.perplexity)});
    }
  }
  return obstacles;
}

}  // namespace

std::string LabelOf(const Dot& dot) {
  return dot.is_knee ? absl::StrCat(dot.name, " (knee)") : dot.name;
}

LabelLayout LayOut(const View& view, const Chart& chart) {
  std::vector<LabelRequest> requests;
  for (const Dot& dot : view.labelled) {
    requests.push_back({ToPixel(view.panel, dot.x, dot.perplexity),
                        kCharacterWidth * LabelOf(dot).size(), kLabelHeight});
  }
  if (!view.band_label.empty()) {
    const Box& band = view.band;
    requests.push_back({{(band.left + band.right) / 2, band.top},
                        kCharacterWidth * view.band_label.size(),
                        kLabelHeight});
  }
  return PlaceLabels(requests, ObstaclesOf(view, chart));
}

std::vector<View> MakeViews(const Chart& chart, YScale y_scale, double height) {
  double low = chart.dots[0].perplexity, high = low;
  for (const Dot& dot : chart.dots) {
    low = std::min(low, dot.perplexity);
    high = std::max(high, dot.perplexity);
  }
  const bool log = y_scale == YScale::kLog ||
                   (y_scale == YScale::kAuto && high / low > kLogRatio);
  std::vector<Dot> near, far;
  for (const Dot& dot : chart.dots) {
    (dot.perplexity <= kZoomWithin * low ? near : far).push_back(dot);
  }
  const double bottom =
      kKeyHeight + (chart.is_speed ? kKeyLine : 0) + kAxisHeight;
  const Box lower = {kLeft, bottom, kRight, bottom + height};
  if (high / low <= kZoomRatio || near.size() < 2) {
    return {{MakePanel(lower, chart, chart.dots, log), chart.dots, "", {}}};
  }
  View zoom = {MakePanel(lower, chart, near, false), near, "", {}};
  const double upper_bottom = lower.top + kAxisHeight + 10;
  const Box upper = {kLeft, upper_bottom, kRight, upper_bottom + height};
  View whole = {MakePanel(upper, chart, chart.dots, log), far, "", {}};
  whole.band_label = absl::StrCat(near.size(), " schemes: enlarged below");
  // Never below the zoom's lowest bar nor above its highest dot.
  whole.band = {upper.left, upper.bottom, upper.right,
                ToPixel(whole.panel, near[0].x, kZoomWithin * low).y};
  return {zoom, whole};
}

}  // namespace quant_curve
