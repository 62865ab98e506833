#include "lib/figures/pareto_figure.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/figures/label_placement.h"
#include "lib/figures/parts.h"

namespace quant_curve {
namespace {

constexpr int kWidth = 1000;
constexpr int kTitleHeight = 70;
constexpr int kPanelHeights[] = {460, 560, 680, 820};
constexpr int kMoreEnlargements = 2;  // where labels do not fit otherwise
constexpr char kBlue[] = "#1f5fa8";
constexpr char kGrey[] = "#6b6b6b";
constexpr char kFilled[] = "pointtype 7 pointsize 1.2 linecolor rgb '#1f5fa8'";
constexpr char kHollow[] =
    "pointtype 6 pointsize 1.2 linewidth 1.5 linecolor rgb '#6b6b6b'";
constexpr char kRing[] =
    "pointtype 6 pointsize 2.3 linewidth 1.8 linecolor rgb '#d55e00'";
constexpr char kMargin[] = "dashtype 2 linewidth 1.4 linecolor rgb '#d55e00'";
constexpr char kBar[] = "linewidth 1.3 linecolor rgb '#8c8c8c'";
constexpr char kFrontier[] = "linewidth 1.6 linecolor rgb '#a9bdd6'";

std::string DrawLabels(const Figure& figure, const View& view,
                       const LabelLayout& layout) {
  std::string script = "unset label\nunset arrow\n";
  for (size_t i = 0; i < layout.placements.size(); ++i) {
    const bool is_dot = i < view.labelled.size();
    absl::StrAppend(
        &script,
        DrawLabel(figure, layout.placements[i],
                  is_dot ? LabelOf(view.labelled[i]) : view.band_label,
                  is_dot && view.labelled[i].on_frontier ? kBlue : kGrey));
  }
  return script;
}

std::string DrawBand(const Figure& figure, const View& view) {
  if (view.band_label.empty()) return "unset object\n";
  return absl::StrFormat(
      "set object 1 rectangle from screen %.5f,%.5f to screen %.5f,%.5f back "
      "fillstyle solid noborder fillcolor rgb '#eef2f7'\n",
      view.band.left / figure.width, view.band.bottom / figure.height,
      view.band.right / figure.width, view.band.top / figure.height);
}

// The data as gnuplot's inline blocks.
std::string DataBlocks(const Chart& chart) {
  std::string script = "$staircase << EOD\n";
  for (const Point& corner : chart.staircase) {
    absl::StrAppendFormat(&script, "%.10g %.10g\n", corner.x, corner.y);
  }
  absl::StrAppend(&script, "EOD\n$dots << EOD\n");
  for (const Dot& dot : chart.dots) {
    absl::StrAppendFormat(&script, "%.10g %.10g %.10g %d %.10g %.10g %d\n",
                          dot.x, dot.perplexity, dot.half_interval,
                          dot.on_frontier, dot.x_low, dot.x_high,
                          dot.is_knee || dot.is_shipped);
  }
  absl::StrAppend(&script, "EOD\n");
  return script;
}

std::string PlotCommand(const Chart& chart) {
  const std::string margin =
      chart.margin_perplexity == 0
          ? ""
          : absl::StrFormat("%.10g with lines %s, \\\n  ",
                            chart.margin_perplexity, kMargin);
  // 1/0 is how gnuplot leaves a point out; white discs keep the frontier's line
  // out of the hollow dots.
  return absl::StrFormat(
      "plot %s$staircase using 1:2 with lines %s, \\\n"
      "  $dots using 1:($3 > 0 ? $2 : 1/0):3 with yerrorbars pointtype 0 %s, "
      "\\\n"
      "  $dots using 1:($6 > $5 ? $2 : 1/0):5:6 with xerrorbars pointtype 0 "
      "%s, \\\n"
      "  $dots using 1:($4 == 0 ? $2 : 1/0) with points pointtype 7 pointsize "
      "1.2 linecolor rgb '#ffffff', \\\n"
      "  $dots using 1:($4 == 0 ? $2 : 1/0) with points %s, \\\n"
      "  $dots using 1:($4 == 1 ? $2 : 1/0) with points %s, \\\n"
      "  $dots using 1:($7 == 1 ? $2 : 1/0) with points %s\n",
      margin, kFrontier, kBar, kBar, kHollow, kFilled, kRing);
}

// Lines of symbols and what they mean, below the lowest panel.
std::string Key(const Figure& figure, const Chart& chart) {
  double y = 28 + kKeyLine;
  std::string script;
  const auto add_text = [&](double x, absl::string_view text) {
    absl::StrAppend(&script, LabelAt(figure, {x, y}, text, "left font ',10'"));
  };
  const auto add_dot = [&](double x, absl::string_view style) {
    absl::StrAppend(&script,
                    LabelAt(figure, {x, y}, "", absl::StrCat("point ", style)));
  };
  const auto add_bar = [&](const Point& from, const Point& to) {
    absl::StrAppend(&script,
                    Line(figure, {from, to},
                         absl::StrCat("heads size screen 0.004,90 ", kBar)));
  };
  add_dot(100, kFilled);
  add_text(112, "on the frontier");
  absl::StrAppend(&script, Line(figure, {{240, y}, {268, y}},
                                absl::StrCat("nohead ", kFrontier)));
  add_text(278, "frontier");
  add_dot(365, kHollow);
  add_text(377, "dominated");
  add_bar({478, y - 9}, {478, y + 9});
  add_text(492, absl::StrCat("95 % interval of the gap to ", chart.reference,
                             " (paired)"));
  y -= kKeyLine;
  if (chart.is_speed) {
    add_bar({470, y}, {486, y});
    add_text(492, "10th to 90th percentile of the repeats");
  } else if (chart.margin_perplexity > 0) {
    absl::StrAppend(&script, Line(figure, {{240, y}, {268, y}},
                                  absl::StrCat("nohead ", kMargin)));
    add_text(278, chart.margin_label);
  }
  for (const Dot& dot : chart.dots) {
    if (!dot.is_knee && !dot.is_shipped) continue;
    add_dot(100, kRing);
    add_text(112, dot.is_knee
                      ? "knee: farthest below the chord between the ends"
                      : "to ship");
  }
  return script;
}

std::string AxisLabels(const Chart& chart, const View& view) {
  return absl::StrFormat(
      "set xlabel '%s' offset 0,0.3\n"
      "set ylabel 'perplexity per token%s' offset -0.3,0\n",
      XLabel(chart, view.panel.x), view.panel.y.log ? ", log scale" : "");
}

// `conflicts`: how many labels touch something.
Figure DrawViews(const Chart& chart, const std::vector<View>& views,
                 int& conflicts) {
  Figure figure;
  for (const Dot& dot : chart.dots) {
    figure.points.push_back({dot.name, dot.x, dot.perplexity});
  }
  figure.width = kWidth;
  figure.height = static_cast<int>(views.back().panel.box.top) + kTitleHeight;
  figure.script = absl::StrCat(DataBlocks(chart), StartPanels());
  conflicts = 0;
  for (size_t i = 0; i < views.size(); ++i) {
    const View& view = views[i];
    const LabelLayout layout = LayOut(view, chart);
    conflicts += layout.conflicts;
    absl::StrAppend(&figure.script, UsePanel(figure, view.panel),
                    AxisLabels(chart, view), DrawLabels(figure, view, layout),
                    DrawBand(figure, view));
    if (i + 1 == views.size()) {
      absl::StrAppend(&figure.script,
                      LabelAt(figure, {kWidth / 2.0, figure.height - 24.0},
                              chart.title, "center font ',14'"),
                      LabelAt(figure, {kWidth / 2.0, figure.height - 46.0},
                              chart.subtitle, "center font ',10'"));
    }
    if (i == 0) absl::StrAppend(&figure.script, Key(figure, chart));
    absl::StrAppend(&figure.script, PlotCommand(chart));
  }
  absl::StrAppend(&figure.script, "unset multiplot\n");
  return figure;
}

}  // namespace

Figure ParetoFigure(const Chart& chart, YScale y_scale) {
  const int least = LeastEnlargements(chart);
  Figure figure;
  for (int extra = 0; extra <= kMoreEnlargements; ++extra) {
    for (const int height : kPanelHeights) {
      int conflicts = 0;
      figure = DrawViews(
          chart, MakeViews(chart, y_scale, height, least + extra), conflicts);
      if (conflicts == 0) return figure;
    }
  }
  return figure;
}

}  // namespace quant_curve
