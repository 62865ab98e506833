#include "tools/plot/pareto_figure.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/plot/label_placement.h"
#include "tools/plot/pareto_layout.h"

namespace quant_curve {
namespace {

constexpr int kWidth = 1000;
constexpr int kTitleHeight = 50;
constexpr int kPanelHeights[] = {460, 560, 680, 820, 1000};
constexpr char kBlue[] = "#1f5fa8";
constexpr char kGrey[] = "#6b6b6b";
constexpr char kLight[] = "#a9bdd6";
constexpr char kBar[] = "#8c8c8c";
constexpr char kFilled[] = "pointtype 7 pointsize 1.2 linecolor rgb '#1f5fa8'";
constexpr char kHollow[] =
    "pointtype 6 pointsize 1.2 linewidth 1.5 linecolor rgb '#6b6b6b'";

std::string DrawLabels(const Figure& figure, const View& view,
                       const LabelLayout& layout) {
  std::string script = "unset label\nunset arrow\n";
  for (size_t i = 0; i < layout.placements.size(); ++i) {
    const LabelPlacement& placement = layout.placements[i];
    const bool is_dot = i < view.labelled.size();
    const Box& box = placement.box;
    const char* color = is_dot && view.labelled[i].on_frontier ? kBlue : kGrey;
    absl::StrAppend(
        &script,
        LabelAt(figure,
                {(box.left + box.right) / 2, (box.bottom + box.top) / 2},
                is_dot ? view.labelled[i].name : view.band_label,
                absl::StrCat("center font ',10' textcolor rgb '", color, "'")));
    if (!placement.has_leader) continue;
    const Segment& leader = placement.leader;
    absl::StrAppendFormat(
        &script,
        "set arrow from screen %.5f,%.5f to screen %.5f,%.5f nohead back "
        "linecolor rgb '#999999' linewidth 0.9\n",
        leader.from.x / figure.width, leader.from.y / figure.height,
        leader.to.x / figure.width, leader.to.y / figure.height);
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
std::string DataBlocks(const std::vector<Dot>& dots,
                       const std::vector<Point>& staircase) {
  std::string script = "$staircase << EOD\n";
  for (const Point& corner : staircase) {
    absl::StrAppendFormat(&script, "%.10g %.10g\n", corner.x, corner.y);
  }
  absl::StrAppend(&script, "EOD\n$dots << EOD\n");
  for (const Dot& dot : dots) {
    absl::StrAppendFormat(&script, "%.10g %.10g %.10g %d\n", dot.bytes,
                          dot.perplexity, dot.half_interval, dot.on_frontier);
  }
  absl::StrAppend(&script, "EOD\n");
  return script;
}

std::string PlotCommand() {
  // 1/0 is how gnuplot leaves a point out; white discs keep the frontier's line
  // out of the hollow dots.
  return absl::StrFormat(
      "unset key\nplot $staircase using 1:2 with lines linewidth 1.6 linecolor "
      "rgb '%s', \\\n"
      "  $dots using 1:($3 > 0 ? $2 : 1/0):3 with yerrorbars pointtype 0 "
      "linewidth 1.3 linecolor rgb '%s', \\\n"
      "  $dots using 1:($4 == 0 ? $2 : 1/0) with points pointtype 7 pointsize "
      "1.2 linecolor rgb '#ffffff', \\\n"
      "  $dots using 1:($4 == 0 ? $2 : 1/0) with points %s, \\\n"
      "  $dots using 1:($4 == 1 ? $2 : 1/0) with points %s\n",
      kLight, kBar, kHollow, kFilled);
}

// A line of symbols and what they mean, below the lowest panel.
std::string Key(const Figure& figure, absl::string_view reference) {
  const double y = 28;
  std::string script;
  const auto add_text = [&](double x, absl::string_view text) {
    absl::StrAppend(&script, LabelAt(figure, {x, y}, text, "left font ',10'"));
  };
  const auto add_dot = [&](double x, absl::string_view style) {
    absl::StrAppend(&script,
                    LabelAt(figure, {x, y}, "", absl::StrCat("point ", style)));
  };
  const auto add_line = [&](const Point& from, const Point& to,
                            absl::string_view style) {
    absl::StrAppendFormat(&script,
                          "set arrow from screen %.5f,%.5f to screen "
                          "%.5f,%.5f %s\n",
                          from.x / figure.width, from.y / figure.height,
                          to.x / figure.width, to.y / figure.height, style);
  };
  add_dot(100, kFilled);
  add_text(112, "on the frontier");
  add_line({240, y}, {268, y},
           absl::StrCat("nohead linewidth 1.6 linecolor rgb '", kLight, "'"));
  add_text(278, "frontier");
  add_dot(365, kHollow);
  add_text(377, "dominated");
  add_line({478, y - 9}, {478, y + 9},
           absl::StrCat("heads size screen 0.004,90 linewidth 1.3 linecolor "
                        "rgb '",
                        kBar, "'"));
  add_text(492, absl::StrCat("95 % interval of the gap to ", reference,
                             " (paired over windows)"));
  return script;
}

std::string AxisLabels(const View& view) {
  return absl::StrFormat(
      "set xlabel 'stored size in %s, log scale' offset 0,0.3\n"
      "set ylabel 'perplexity per token%s' offset -0.3,0\n",
      view.panel.x.unit, view.panel.y.log ? ", log scale" : "");
}

}  // namespace

Figure ParetoFigure(const Results& results, YScale y_scale) {
  const std::vector<Dot> dots = DotsOf(results);
  const std::vector<Point> staircase = Staircase(results);
  Figure figure;
  for (const int height : kPanelHeights) {
    const std::vector<View> views = MakeViews(dots, y_scale, height);
    figure.width = kWidth;
    figure.height = static_cast<int>(views.back().panel.box.top) + kTitleHeight;
    figure.script = absl::StrCat(DataBlocks(dots, staircase),
                                 "set multiplot\nset border linecolor rgb "
                                 "'#555555'\nset grid linecolor rgb "
                                 "'#e4e4e4' linetype 1\n");
    int conflicts = 0;
    for (size_t i = 0; i < views.size(); ++i) {
      const View& view = views[i];
      const LabelLayout layout = LayOut(view, dots, staircase);
      conflicts += layout.conflicts;
      absl::StrAppend(&figure.script, UsePanel(figure, view.panel),
                      AxisLabels(view), DrawLabels(figure, view, layout),
                      DrawBand(figure, view));
      if (i + 1 == views.size()) {
        absl::StrAppend(&figure.script,
                        LabelAt(figure, {kWidth / 2.0, figure.height - 24.0},
                                "Size against perplexity: lower left is better",
                                "center font ',14'"));
      }
      if (i == 0) {
        absl::StrAppend(&figure.script,
                        Key(figure, results.reference_scheme()));
      }
      absl::StrAppend(&figure.script, PlotCommand());
    }
    absl::StrAppend(&figure.script, "unset multiplot\n");
    if (conflicts == 0) break;
  }
  return figure;
}

}  // namespace quant_curve
