#include "tools/plot/pareto_layout.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "lib/measurement/statistics.h"
#include "lib/measurement/sweep.h"

namespace quant_curve {
namespace {

constexpr int kKeyHeight = 50;  // below the last panel's axis label
constexpr int kAxisHeight = 55;
constexpr double kLeft = 85;
constexpr double kRight = 980;
constexpr double kCharacterWidth = 7.2;  // DejaVu Sans 10: at most, on average
constexpr double kLabelHeight = 14;
constexpr double kPadding = 0.1;
constexpr double kLogRatio = 3;
constexpr double kZoomRatio = 1.5;
constexpr double kZoomWithin = 1.1;

Panel MakePanel(const Box& box, const std::vector<Dot>& dots, bool log) {
  double low_bytes = dots[0].bytes, high_bytes = dots[0].bytes;
  double low = dots[0].perplexity, high = dots[0].perplexity;
  for (const Dot& dot : dots) {
    low_bytes = std::min(low_bytes, dot.bytes);
    high_bytes = std::max(high_bytes, dot.bytes);
    // A logarithmic axis has no place for a bar that reaches zero.
    const double bottom = dot.perplexity - dot.half_interval;
    low = std::min(low, log && bottom <= 0 ? dot.perplexity : bottom);
    high = std::max(high, dot.perplexity + dot.half_interval);
  }
  return {box, BytesAxis(low_bytes, high_bytes, kPadding),
          PaddedAxis(low, high, log, kPadding)};
}

Obstacles ObstaclesOf(const View& view, const std::vector<Dot>& dots,
                      const std::vector<Point>& staircase) {
  Obstacles obstacles;
  obstacles.frame = view.panel.box;
  if (!view.band_label.empty()) obstacles.boxes.push_back(view.band);
  for (size_t i = 1; i < staircase.size(); ++i) {
    obstacles.segments.push_back(
        {ToPixel(view.panel, staircase[i - 1].x, staircase[i - 1].y),
         ToPixel(view.panel, staircase[i].x, staircase[i].y)});
  }
  for (const Dot& dot : dots) {
    const double low =
        std::max(dot.perplexity - dot.half_interval, view.panel.y.low);
    const double high =
        std::min(dot.perplexity + dot.half_interval, view.panel.y.high);
    if (low >= high) continue;
    obstacles.segments.push_back({ToPixel(view.panel, dot.bytes, low),
                                  ToPixel(view.panel, dot.bytes, high)});
  }
  return obstacles;
}

}  // namespace

std::vector<Dot> DotsOf(const Results& results) {
  const double reference_perplexity = ReferenceOf(results).perplexity();
  std::vector<Dot> dots;
  for (const SchemeResult& scheme : results.schemes()) {
    const double half = kNormal95 * scheme.perplexity_gap_stderr_percent() /
                        100 * reference_perplexity;
    dots.push_back({scheme.name(), scheme.bytes().total(), scheme.perplexity(),
                    half, scheme.on_frontier()});
  }
  return dots;
}

std::vector<Point> Staircase(const Results& results) {
  std::vector<Point> corners;
  for (const int i : FrontierOrder(results)) {
    const SchemeResult& scheme = results.schemes(i);
    if (!corners.empty()) {
      corners.push_back({scheme.bytes().total(), corners.back().y});
    }
    corners.push_back({scheme.bytes().total(), scheme.perplexity()});
  }
  return corners;
}

LabelLayout LayOut(const View& view, const std::vector<Dot>& dots,
                   const std::vector<Point>& staircase) {
  std::vector<LabelRequest> requests;
  for (const Dot& dot : view.labelled) {
    requests.push_back({ToPixel(view.panel, dot.bytes, dot.perplexity),
                        kCharacterWidth * dot.name.size(), kLabelHeight});
  }
  Obstacles obstacles = ObstaclesOf(view, dots, staircase);
  if (!view.band_label.empty()) {
    const Box& band = view.band;
    requests.push_back({{(band.left + band.right) / 2, band.top},
                        kCharacterWidth * view.band_label.size(),
                        kLabelHeight});
  }
  return PlaceLabels(requests, obstacles);
}

std::vector<View> MakeViews(const std::vector<Dot>& dots, YScale y_scale,
                            double height) {
  double low = dots[0].perplexity, high = dots[0].perplexity;
  for (const Dot& dot : dots) {
    low = std::min(low, dot.perplexity);
    high = std::max(high, dot.perplexity);
  }
  const bool log = y_scale == YScale::kLog ||
                   (y_scale == YScale::kAuto && high / low > kLogRatio);
  std::vector<Dot> near, far;
  for (const Dot& dot : dots) {
    (dot.perplexity <= kZoomWithin * low ? near : far).push_back(dot);
  }
  const double bottom = kKeyHeight + kAxisHeight;
  const Box lower = {kLeft, bottom, kRight, bottom + height};
  if (high / low <= kZoomRatio || near.size() < 2) {
    return {{MakePanel(lower, dots, log), dots, "", {}}};
  }
  View zoom = {MakePanel(lower, near, false), near, "", {}};
  const double upper_bottom = lower.top + kAxisHeight + 10;
  const Box upper = {kLeft, upper_bottom, kRight, upper_bottom + height};
  View whole = {MakePanel(upper, dots, log), far, "", {}};
  whole.band_label = absl::StrCat(near.size(), " schemes: enlarged below");
  // Never below the zoom's lowest bar nor above its highest dot.
  whole.band = {upper.left, upper.bottom, upper.right,
                ToPixel(whole.panel, 1024, kZoomWithin * low).y};
  return {zoom, whole};
}

}  // namespace quant_curve
