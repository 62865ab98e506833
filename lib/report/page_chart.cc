#include "lib/report/page_chart.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/figures/axis.h"
#include "lib/figures/geometry.h"
#include "lib/figures/label_placement.h"
#include "lib/measurement/frontier.h"
#include "lib/measurement/verdict.h"
#include "lib/report/decision.h"
#include "lib/report/html.h"
#include "lib/report/page_scale.h"

namespace quant_curve {
namespace {

// Pixels; the origin is at lower left, as in lib/figures. Svg() turns it.
constexpr double kWidth = 760;
constexpr double kHeight = 480;
constexpr Box kFrame = {84, 72, 744, 438};
constexpr double kPadding = 0.1;
// Of labels at page.css's size.
constexpr double kCharacterWidth = 6.9;
constexpr double kLabelHeight = 15;
constexpr double kMarginLabelWidth = 110;

struct Dot {
  int scheme;
  Interval x;
  Interval y;  // plotted values
  Point at;    // pixels
  bool on_frontier = false;
};

double SvgY(double y) { return kHeight - y; }

// x1, y1, x2, y2 of a <line>.
std::string Ends(const Point& from, const Point& to) {
  return absl::StrFormat("x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"",
                         from.x, SvgY(from.y), to.x, SvgY(to.y));
}

std::string Circle(const Point& at, absl::string_view class_name,
                   double radius) {
  return absl::StrFormat(
      "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%g\"/>", class_name,
      at.x, SvgY(at.y), radius);
}

class ChartDrawer {
 public:
  ChartDrawer(const Results& results, const Quantity& cost,
              const Quantity& quality)
      : results_(results),
        cost_(cost),
        quality_(quality),
        margin_(results.has_decision() &&
                        results.decision().metric() == quality.id
                    ? results.decision().margin()
                    : 0),
        scale_(MakeQualityScale(quality, margin_)) {
    panel_ = {kFrame, CostAxis(), scale_.axis};
    AddDots();
    AddFrontier();
  }

  std::string Draw(const std::vector<std::string>& descriptions) const {
    return absl::StrCat(Begin(), Grid(), Margin(), Staircase(), Bars(),
                        Labels(), Dots(descriptions),
                        "<circle class=\"trial\" r=\"13\"/>\n</svg>\n",
                        Caption(), "</figure>\n");
  }

 private:
  Axis CostAxis() const {
    double low = 0, high = 0;
    for (const std::optional<Interval>& x : cost_.of_scheme) {
      if (!x.has_value()) continue;
      low = high == 0 ? x->low : std::min(low, x->low);
      high = std::max(high, x->high);
    }
    return cost_.id == kBytesId ? BytesAxis(low, high, kPadding)
                                : PaddedAxis(low, high, false, kPadding);
  }

  // By rising x, as the staircase needs them.
  void AddDots() {
    for (int s = 0; s < results_.schemes_size(); ++s) {
      const std::optional<Interval>& x = cost_.of_scheme[s];
      const std::optional<Interval>& y = quality_.of_scheme[s];
      if (!x.has_value() || !y.has_value()) continue;
      const Interval plotted = {Plotted(scale_, y->low),
                                Plotted(scale_, y->value),
                                Plotted(scale_, y->high)};
      dots_.push_back(
          {s, *x, plotted, ToPixel(panel_, x->value, plotted.value)});
    }
    std::stable_sort(
        dots_.begin(), dots_.end(),
        [](const Dot& a, const Dot& b) { return a.x.value < b.x.value; });
  }

  bool IsShownFrontier() const {
    return cost_.id == kBytesId && quality_.id == kPerplexityGap;
  }

  void AddFrontier() {
    std::vector<CostPoint> points;
    for (const Dot& dot : dots_) {
      points.push_back({cost_.less_is_better ? dot.x.value : -dot.x.value,
                        quality_.less_is_better ? dot.y.value : -dot.y.value});
    }
    for (const int i : FrontierOrder(points)) {
      if (!IsShownFrontier()) AddToFrontier(i);
    }
    if (!IsShownFrontier()) return;
    for (size_t i = 0; i < dots_.size(); ++i) {
      if (results_.schemes(dots_[i].scheme).on_frontier()) AddToFrontier(i);
    }
  }

  void AddToFrontier(int i) {
    dots_[i].on_frontier = true;
    if (!staircase_.empty()) {
      staircase_.push_back({dots_[i].at.x, staircase_.back().y});
    }
    staircase_.push_back(dots_[i].at);
  }

  std::string XName() const {
    if (cost_.id != kBytesId) return cost_.axis;
    return absl::StrCat(cost_.axis, " in ", panel_.x.unit, ", log scale");
  }

  std::string YName() const {
    if (scale_.threshold == 0) return quality_.axis;
    return absl::StrFormat("%s (logarithmic beyond %g)", quality_.axis,
                           scale_.threshold);
  }

  std::string Begin() const {
    return absl::StrFormat(
        "<figure class=\"view\" data-x=\"%s\" data-y=\"%s\">\n"
        "<svg viewBox=\"0 0 %g %g\" role=\"group\" aria-label=\"%s against %s, "
        "one dot per scheme\" data-threshold=\"%g\" data-low=\"%.9g\" "
        "data-high=\"%.9g\" data-top=\"%g\" data-bottom=\"%g\">\n",
        cost_.id, quality_.id, kWidth, kHeight, EscapeHtml(quality_.axis),
        EscapeHtml(cost_.axis), scale_.threshold, scale_.axis.low,
        scale_.axis.high, SvgY(kFrame.top), SvgY(kFrame.bottom));
  }

  std::string Grid() const {
    std::string svg = absl::StrFormat(
        "<text class=\"axis\" x=\"8\" y=\"24\">%s</text>\n"
        "<text class=\"axis\" x=\"%g\" y=\"%g\" "
        "text-anchor=\"end\">%s</text>\n",
        EscapeHtml(YName()), kFrame.right, kHeight - 12, EscapeHtml(XName()));
    for (const Tick& tick : panel_.x.ticks) {
      const double x = ToPixel(panel_, tick.value, panel_.y.low).x;
      absl::StrAppendFormat(
          &svg,
          "<line class=\"grid\" %s/><text class=\"tick\" x=\"%.1f\" "
          "y=\"%g\" text-anchor=\"middle\">%s</text>\n",
          Ends({x, kFrame.bottom}, {x, kFrame.top}), x,
          SvgY(kFrame.bottom) + 24, tick.label);
    }
    for (const Tick& tick : panel_.y.ticks) {
      const double y = ToPixel(panel_, panel_.x.low, tick.value).y;
      absl::StrAppendFormat(
          &svg,
          "<line class=\"grid\" %s/><text class=\"tick\" x=\"%g\" "
          "y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
          Ends({kFrame.left, y}, {kFrame.right, y}), kFrame.left - 8,
          SvgY(y) + 4, tick.label);
    }
    return svg;
  }

  // Away from the cheap schemes, which lose most: their dots are near the line.
  bool IsMarginLabelRight() const { return cost_.less_is_better; }

  // At the height of its translation, which page.js changes.
  std::string Margin() const {
    if (margin_ <= 0) return "";
    const bool right = IsMarginLabelRight();
    return absl::StrFormat(
        "<g class=\"margin\" transform=\"translate(0,%.1f)\"><line x1=\"%g\" "
        "y1=\"0\" x2=\"%g\" y2=\"0\"/><text x=\"%g\" y=\"-6\" "
        "text-anchor=\"%s\">margin %s</text></g>\n",
        SvgY(MarginHeight()), kFrame.left, kFrame.right,
        right ? kFrame.right - 8 : kFrame.left + 8, right ? "end" : "start",
        LossText(results_.decision(), margin_));
  }

  double MarginHeight() const {
    return ToPixel(panel_, panel_.x.low, Plotted(scale_, margin_)).y;
  }

  std::string Staircase() const {
    std::string svg = "<polyline class=\"frontier\" points=\"";
    for (const Point& corner : staircase_) {
      absl::StrAppendFormat(&svg, "%.1f,%.1f ", corner.x, SvgY(corner.y));
    }
    return absl::StrCat(svg, "\"/>\n");
  }

  // The bars of a dot that have a length.
  std::vector<Segment> BarsOf(const Dot& dot) const {
    std::vector<Segment> bars;
    if (dot.x.low < dot.x.high) {
      bars.push_back({ToPixel(panel_, dot.x.low, dot.y.value),
                      ToPixel(panel_, dot.x.high, dot.y.value)});
    }
    if (dot.y.low < dot.y.high) {
      bars.push_back({ToPixel(panel_, dot.x.value, dot.y.low),
                      ToPixel(panel_, dot.x.value, dot.y.high)});
    }
    return bars;
  }

  std::string Bars() const {
    std::string svg;
    for (const Dot& dot : dots_) {
      for (const Segment& bar : BarsOf(dot)) {
        absl::StrAppend(&svg, "<line class=\"bar\" ", Ends(bar.from, bar.to),
                        "/>\n");
      }
    }
    return svg;
  }

  bool IsShipped(const Dot& dot) const {
    return results_.schemes(dot.scheme).name() == results_.decision().scheme();
  }

  std::string LabelOf(const Dot& dot) const {
    return absl::StrCat(results_.schemes(dot.scheme).name(),
                        IsShipped(dot) ? " (ship)" : "");
  }

  Obstacles ObstaclesOfLabels() const {
    Obstacles obstacles;
    obstacles.frame = kFrame;
    for (size_t i = 1; i < staircase_.size(); ++i) {
      obstacles.segments.push_back({staircase_[i - 1], staircase_[i]});
    }
    for (const Dot& dot : dots_) {
      for (const Segment& bar : BarsOf(dot)) obstacles.segments.push_back(bar);
    }
    if (margin_ <= 0) return obstacles;
    const double y = MarginHeight();
    const double left =
        IsMarginLabelRight() ? kFrame.right - kMarginLabelWidth : kFrame.left;
    obstacles.segments.push_back({{kFrame.left, y}, {kFrame.right, y}});
    obstacles.boxes.push_back({left, y, left + kMarginLabelWidth, y + 20});
    return obstacles;
  }

  // Labels of all dots or, where these would overlap, of the frontier's.
  std::string Labels() const {
    std::string svg;
    if (DrawLabels(false, svg) > 0) DrawLabels(true, svg);
    return svg;
  }

  // Returns how many labels touch something. A dot without a label asks for one
  // without a size, so that the others keep away from the dot.
  int DrawLabels(bool frontier_only, std::string& svg) const {
    const auto is_labelled = [&](const Dot& dot) {
      return !frontier_only || dot.on_frontier || IsShipped(dot);
    };
    std::vector<LabelRequest> requests;
    for (const Dot& dot : dots_) {
      const double width =
          is_labelled(dot) ? kCharacterWidth * LabelOf(dot).size() : 0;
      requests.push_back({dot.at, width, width > 0 ? kLabelHeight : 0});
    }
    const LabelLayout layout = PlaceLabels(requests, ObstaclesOfLabels());
    svg.clear();
    for (size_t i = 0; i < dots_.size(); ++i) {
      if (!is_labelled(dots_[i])) continue;
      absl::StrAppend(&svg, DrawLabel(dots_[i], layout.placements[i]));
    }
    return layout.conflicts;
  }

  std::string DrawLabel(const Dot& dot, const LabelPlacement& placement) const {
    const Box& box = placement.box;
    return absl::StrFormat(
        "%s<text class=\"name%s%s\" x=\"%.1f\" y=\"%.1f\" "
        "text-anchor=\"middle\">%s</text>\n",
        placement.has_leader
            ? absl::StrCat("<line class=\"leader\" ",
                           Ends(placement.leader.from, placement.leader.to),
                           "/>")
            : "",
        dot.on_frontier ? " on" : "", IsShipped(dot) ? " ship" : "",
        (box.left + box.right) / 2, SvgY(box.bottom) - 3,
        EscapeHtml(LabelOf(dot)));
  }

  // Those that matter most are painted last, above the others.
  std::string Dots(const std::vector<std::string>& descriptions) const {
    std::string dominated, frontier, shipped;
    for (const Dot& dot : dots_) {
      std::string& layer = IsShipped(dot)    ? shipped
                           : dot.on_frontier ? frontier
                                             : dominated;
      absl::StrAppend(&layer, DrawDot(dot, descriptions[dot.scheme]));
    }
    return absl::StrCat(dominated, frontier, shipped);
  }

  std::string DrawDot(const Dot& dot, const std::string& description) const {
    return absl::StrFormat(
        "<g class=\"dot%s\" role=\"img\" data-scheme=\"%d\"><title>%s</title>"
        "%s%s</g>\n",
        dot.on_frontier ? " on" : "", dot.scheme, EscapeHtml(description),
        IsShipped(dot) ? Circle(dot.at, "ring", 10.5) : "",
        Circle(dot.at, "mark", 5.5));
  }

  std::string Caption() const {
    return absl::StrFormat(
        "<figcaption>%s %s is better. The frontier is %s.%s</figcaption>\n",
        quality_.less_is_better ? "Lower" : "Upper",
        cost_.less_is_better ? "left" : "right",
        IsShownFrontier() ? "what the evaluation text shows"
                          : "that of the values as they were measured",
        cost_.id == kBytesId
            ? ""
            : " Horizontal bars: 10th to 90th percentile of the repeats.");
  }

  const Results& results_;
  const Quantity& cost_;
  const Quantity& quality_;
  const double margin_;  // 0: no line
  const QualityScale scale_;
  Panel panel_;
  std::vector<Dot> dots_;
  std::vector<Point> staircase_;  // pixels
};

}  // namespace

std::string ChartFigure(const Results& results, const Quantity& cost,
                        const Quantity& quality,
                        const std::vector<std::string>& descriptions) {
  return ChartDrawer(results, cost, quality).Draw(descriptions);
}

}  // namespace quant_curve
