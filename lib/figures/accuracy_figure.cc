#include "lib/figures/accuracy_figure.h"

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/measurement/results.h"
#include "lib/measurement/task.h"

namespace quant_curve {
namespace {

constexpr int kWidth = 1000;
constexpr double kRowHeight = 36;
constexpr double kBottom = 62;
constexpr double kTop = 88;  // title and the lines' labels
constexpr double kCharacterWidth = 8.4;
constexpr double kRight = 975;
constexpr double kBetween = 46;
constexpr double kValueWidth = 16;  // percent points that a printed value takes
constexpr double kPadding = 0.06;
constexpr double kZoomShare = 0.8;  // of the best accuracy

double Percent(double share) { return 100 * share; }

// Row i from the top; gnuplot counts upwards.
double RowOf(const Results& results, int i) {
  return results.schemes_size() - i;
}

Axis RowAxis(const Results& results, bool names) {
  Axis axis = {0.4, results.schemes_size() + 0.6, false, {}, ""};
  for (int i = 0; names && i < results.schemes_size(); ++i) {
    axis.ticks.push_back({RowOf(results, i), results.schemes(i).name()});
  }
  return axis;
}

// The range of the better schemes' intervals, inside 0 to 100.
Axis ZoomAxis(const Results& results) {
  double best = 0;
  for (const SchemeResult& scheme : results.schemes()) {
    best = std::max(best, AccuracyOf(scheme).accuracy);
  }
  double low = 100, high = 0;
  for (const SchemeResult& scheme : results.schemes()) {
    if (AccuracyOf(scheme).accuracy < kZoomShare * best) continue;
    low = std::min(low, Percent(AccuracyOf(scheme).low));
    high = std::max(high, Percent(AccuracyOf(scheme).high));
  }
  const double margin = kPadding * (high - low);
  return LinearAxis(std::max(low - margin, 0.0),
                    std::min(high + margin, 100.0));
}

std::string Data(const Results& results) {
  std::string script = "$rows << EOD\n";
  for (int i = 0; i < results.schemes_size(); ++i) {
    const SchemeResult& scheme = results.schemes(i);
    absl::StrAppendFormat(&script, "%g %.10g %.10g %.10g\n", RowOf(results, i),
                          Percent(AccuracyOf(scheme).accuracy),
                          Percent(AccuracyOf(scheme).low),
                          Percent(AccuracyOf(scheme).high));
  }
  return absl::StrCat(script, "EOD\n");
}

// The values: inside the bar before its whisker, or behind it when the bar is
// too short or the chance line would run through the number.
std::string Values(const Figure& figure, const Results& results,
                   const Panel& panel) {
  std::string script;
  const double chance = Percent(results.chance_accuracy());
  for (int i = 0; i < results.schemes_size(); ++i) {
    const SchemeResult& scheme = results.schemes(i);
    const double low = Percent(AccuracyOf(scheme).low);
    const bool inside =
        low - kValueWidth > 0 && (chance < low - kValueWidth || chance > low);
    const double x =
        inside ? low - 1.5 : Percent(AccuracyOf(scheme).high) + 1.5;
    absl::StrAppend(
        &script, LabelAt(figure, ToPixel(panel, x, RowOf(results, i)),
                         absl::StrFormat("%.1f %%",
                                         Percent(AccuracyOf(scheme).accuracy)),
                         inside ? "right font ',10' textcolor rgb '#ffffff'"
                                : "left font ',10' textcolor rgb '#333333'"));
  }
  return script;
}

// A dashed vertical line through the panel, named above it.
std::string NamedLine(const Figure& figure, const Panel& panel, double x,
                      absl::string_view name) {
  const Point top = ToPixel(panel, x, panel.y.high);
  const Point bottom = ToPixel(panel, x, panel.y.low);
  return absl::StrCat(
      absl::StrFormat("set arrow from screen %.5f,%.5f to screen %.5f,%.5f "
                      "nohead front dashtype 2 linewidth 1.5 linecolor rgb "
                      "'#c0392b'\n",
                      top.x / figure.width, top.y / figure.height,
                      bottom.x / figure.width, bottom.y / figure.height),
      LabelAt(figure, {top.x, top.y + 11}, name,
              "center font ',10' textcolor rgb '#c0392b'"));
}

std::string Bars(const Figure& figure, const Results& results,
                 const Panel& panel) {
  return absl::StrCat(
      UsePanel(figure, panel), Values(figure, results, panel),
      NamedLine(figure, panel, Percent(results.chance_accuracy()),
                absl::StrFormat("chance %.1f %%",
                                Percent(results.chance_accuracy()))),
      absl::StrCat("set xlabel '", TaskOf(results).name, " in percent'\n"),
      "plot $rows using ($2/2):1:(0):2:($1-0.33):($1+0.33) with boxxyerror "
      "fillstyle solid noborder linecolor rgb '#3b78bd' notitle, \\\n"
      "  $rows using 2:1:3:4 with xerrorbars pointtype 0 linewidth 1.5 "
      "linecolor rgb '#1b1b1b' notitle\n");
}

std::string Zoom(const Figure& figure, const Results& results,
                 const Panel& panel) {
  const SchemeResult& reference = ReferenceOf(results);
  const double x = Percent(AccuracyOf(reference).accuracy);
  const std::string line =
      x < panel.x.low ? "" : NamedLine(figure, panel, x, reference.name());
  return absl::StrCat(
      "unset label\nunset arrow\n", UsePanel(figure, panel), line,
      "set xlabel 'the same, enlarged around the best'\n"
      "plot $rows using 2:1:3:4 with xerrorbars pointtype 7 pointsize 1 "
      "linewidth 1.5 linecolor rgb '#1f5fa8' notitle\n");
}

}  // namespace

absl::StatusOr<Figure> AccuracyFigure(const Results& results) {
  if (results.num_headline_items() < 1) {
    return absl::InvalidArgumentError(
        "the measurements hold no items of a task: there is no accuracy to "
        "draw");
  }
  size_t longest = 0;
  for (const SchemeResult& scheme : results.schemes()) {
    longest = std::max(longest, scheme.name().size());
  }
  const double left = 30 + kCharacterWidth * longest;
  const double middle = (left + kRight) / 2 + 20;
  Figure figure;
  figure.width = kWidth;
  for (int i = 0; i < results.schemes_size(); ++i) {
    const SchemeResult& scheme = results.schemes(i);
    figure.points.push_back({scheme.name(),
                             Percent(AccuracyOf(scheme).accuracy),
                             RowOf(results, i)});
  }
  figure.height =
      static_cast<int>(kBottom + kTop + kRowHeight * results.schemes_size());
  const double top = figure.height - kTop;
  const Panel bars = {{left, kBottom, middle - kBetween / 2, top},
                      LinearAxis(0, 100),
                      RowAxis(results, true)};
  const Panel zoom = {{middle + kBetween / 2, kBottom, kRight, top},
                      ZoomAxis(results),
                      RowAxis(results, false)};
  figure.script = absl::StrCat(
      Data(results),
      "set multiplot\nset border linecolor rgb '#555555'\nunset key\n"
      "set grid xtics linecolor rgb '#e4e4e4' linetype 1\n",
      LabelAt(
          figure, {kWidth / 2.0, figure.height - 24.0},
          absl::StrCat(TaskOf(results).title, ", with 95 % Wilson intervals"),
          "center font ',14'"),
      Bars(figure, results, bars), Zoom(figure, results, zoom),
      "unset multiplot\n");
  return figure;
}

}  // namespace quant_curve
