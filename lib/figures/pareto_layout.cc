#include "lib/figures/pareto_layout.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/figures/parts.h"

namespace quant_curve {
namespace {

constexpr double kKeyHeight = 50 + kKeyLine;  // two lines below the label
constexpr int kAxisHeight = 55;
constexpr double kLeft = 85;
constexpr double kRight = 968;
constexpr double kPadding = 0.1;
constexpr double kLogRatio = 3;
constexpr double kZoomRatio = 1.5;
constexpr double kLeastShare = 1e-6;

// The dots of a panel: those up to a perplexity, or all.
struct Range {
  std::vector<Dot> dots;
  double limit;
};

std::vector<Dot> DotsUpTo(double limit, const Chart& chart) {
  std::vector<Dot> dots;
  for (const Dot& dot : chart.dots) {
    if (dot.perplexity <= limit) dots.push_back(dot);
  }
  return dots;
}

std::vector<Dot> DotsAbove(double limit, const std::vector<Dot>& all) {
  std::vector<Dot> dots;
  for (const Dot& dot : all) {
    if (dot.perplexity > limit) dots.push_back(dot);
  }
  return dots;
}

// The lowest and the highest.
std::pair<double, double> PerplexityRange(const Chart& chart) {
  double low = chart.dots[0].perplexity, high = low;
  for (const Dot& dot : chart.dots) {
    low = std::min(low, dot.perplexity);
    high = std::max(high, dot.perplexity);
  }
  return {low, high};
}

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
  if (chart.margin_perplexity > panel.y.low &&
      chart.margin_perplexity < panel.y.high) {
    const double y = ToPixel(panel, chart.dots[0].x, chart.margin_perplexity).y;
    obstacles.segments.push_back({{panel.box.left, y}, {panel.box.right, y}});
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
  return absl::StrCat(dot.name, dot.is_knee ? " (knee)" : "",
                      dot.is_shipped ? " (ship)" : "");
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

int LeastEnlargements(const Chart& chart) {
  const auto [low, high] = PerplexityRange(chart);
  return high / low > kZoomRatio ? 1 : 0;
}

std::vector<View> MakeViews(const Chart& chart, YScale y_scale, double height,
                            int enlargements) {
  const auto [low, high] = PerplexityRange(chart);
  const bool log = y_scale == YScale::kLog ||
                   (y_scale == YScale::kAuto && high / low > kLogRatio);
  std::vector<Range> ranges = {{chart.dots, 0}};
  for (double share = 0.1; share > kLeastShare; share /= 10) {
    if (static_cast<int>(ranges.size()) > enlargements) break;
    const Range next = {DotsUpTo(low * (1 + share), chart), low * (1 + share)};
    if (next.dots.size() < 2) break;
    if (next.dots.size() < ranges.back().dots.size()) ranges.push_back(next);
  }
  std::vector<View> views;
  double bottom = kKeyHeight + kAxisHeight;
  for (size_t i = ranges.size(); i-- > 0;) {
    const Box box = {kLeft, bottom, kRight, bottom + height};
    View view = {MakePanel(box, chart, ranges[i].dots, log && i == 0),
                 ranges[i].dots,
                 "",
                 {}};
    if (i + 1 < ranges.size()) {
      const Range& enlarged = ranges[i + 1];
      view.labelled = DotsAbove(enlarged.limit, ranges[i].dots);
      view.band_label =
          absl::StrCat(enlarged.dots.size(), " schemes: enlarged below");
      // Never below the enlarged dots' lowest bar nor above the highest dot.
      view.band = {box.left, box.bottom, box.right,
                   ToPixel(view.panel, chart.dots[0].x, enlarged.limit).y};
    }
    views.push_back(std::move(view));
    bottom += height + kAxisHeight + 10;
  }
  return views;
}

}  // namespace quant_curve
