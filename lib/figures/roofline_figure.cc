#include "lib/figures/roofline_figure.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/status_macros.h"
#include "lib/figures/parts.h"
#include "lib/figures/roofline_layout.h"

namespace quant_curve {
namespace {

constexpr int kMinWidth = 1000;
constexpr double kLeft = 85;
constexpr double kRight = 745;  // names of peaks and dots are to the right
constexpr double kListLeft = 765;
constexpr double kNamesLeft = kListLeft + 14;
constexpr double kMargin = 12;    // to the right of the longest name
constexpr double kListStep = 40;  // of two lines a dot
constexpr double kPanelHeight = 380;
constexpr double kBetween = 95;  // axis label below, title of the next above
constexpr double kBottom = 95;
constexpr double kTop = 85;

// Wide enough for the longest name.
int WidthFor(const std::vector<std::string>& schemes) {
  size_t longest = 0;
  for (const std::string& name : schemes) {
    longest = std::max(longest, name.size());
  }
  return std::max(kMinWidth, static_cast<int>(kNamesLeft + kMargin +
                                              kCharacterWidth * longest));
}

std::string DrawRoofs(const Figure& figure, const RooflinePanel& panel) {
  std::string script;
  for (const RoofLine& roof : panel.roofs) {
    const bool slanted = roof.label_at.x < roof.label_anchor.x;
    absl::StrAppend(
        &script,
        Line(figure, roof.line,
             "nohead back linewidth 1.5 linecolor rgb '#7d8ca3'"),
        LabelAt(figure, roof.label_at, roof.label,
                absl::StrCat(slanted ? "right" : "left",
                             " font ',10' textcolor rgb '#4a5a72'")),
        // From the text to the line that it names.
        Line(figure,
             {{roof.label_at.x + (slanted ? 3 : -3), roof.label_at.y},
              roof.label_anchor},
             "nohead back linewidth 0.9 linecolor rgb '#7d8ca3'"));
  }
  return script;
}

std::string DrawMarks(const Figure& figure, const RooflinePanel& panel) {
  std::string script;
  double y = panel.panel.box.bottom + kListStep * panel.marks.size() - 14;
  for (const RooflineMark& mark : panel.marks) {
    const std::string color = SeriesColor(mark.series);
    const std::string point = absl::StrCat("point ", SeriesPoint(mark.series));
    const std::string text =
        absl::StrCat("left font ',10' textcolor rgb '", color, "'");
    absl::StrAppend(
        &script,
        Line(figure, {mark.pixel, mark.roof},
             absl::StrCat("nohead back dashtype 3 linewidth 1.6 linecolor "
                          "rgb '",
                          color, "'")),
        LabelAt(figure, mark.pixel, "", point),
        LabelAt(figure, {kListLeft, y}, "", point),
        LabelAt(figure, {kNamesLeft, y}, mark.scheme, text),
        LabelAt(figure, {kNamesLeft, y - 16}, mark.detail,
                "left font ',9' textcolor rgb '#333333'"));
    y -= kListStep;
  }
  return script;
}

std::string DrawPanel(const Figure& figure, const RooflinePanel& panel) {
  const Box& box = panel.panel.box;
  return absl::StrCat(
      "unset label\nunset arrow\n", UsePanel(figure, panel.panel),
      "set xlabel 'FLOP per byte moved, log scale' offset 0,0.3\n"
      "set ylabel 'GFLOP/s, log scale' offset -0.3,0\n",
      LabelAt(figure, {box.left, box.top + 16}, panel.title, "left font ',12'"),
      DrawRoofs(figure, panel), DrawMarks(figure, panel));
}

}  // namespace

absl::StatusOr<Figure> RooflineFigure(const Timing& timing,
                                      absl::string_view model,
                                      const std::vector<std::string>& schemes) {
  ASSIGN_OR_RETURN(const std::vector<RooflineChoice> choices,
                   ChooseRooflines(timing, model));
  Figure figure;
  figure.width = WidthFor(schemes);
  figure.height = static_cast<int>(kBottom + kTop - kBetween +
                                   (kPanelHeight + kBetween) * choices.size());
  figure.script = StartPanels();
  double top = figure.height - kTop;
  for (size_t i = 0; i < choices.size(); ++i) {
    ASSIGN_OR_RETURN(const RooflinePanel panel,
                     LayOutRoofline(timing, choices[i], schemes,
                                    {kLeft, top - kPanelHeight, kRight, top}));
    absl::StrAppend(&figure.script, DrawPanel(figure, panel));
    for (const RooflineMark& mark : panel.marks) {
      figure.points.push_back({absl::StrCat(choices[i].model, " ", mark.scheme),
                               mark.intensity, mark.gflops});
    }
    if (i == 0) {
      absl::StrAppend(
          &figure.script,
          LabelAt(figure, {figure.width / 2.0, figure.height - 24.0},
                  SpeedTitle("Decoding one token under this machine's ceilings",
                             timing),
                  "center font ',14'"),
          LabelAt(figure, {kLeft, 30},
                  "Dotted: from the measured speed to the ceiling that the "
                  "dot is under; % = share of it that is reached.",
                  "left font ',10'"),
          LabelAt(figure, {kLeft, 13},
                  "The ceiling of a memory is its speed for as many bytes as "
                  "the dot reads, measured right after each repeat.",
                  "left font ',10'"));
    }
    // Every mark is a label; gnuplot needs something to plot for the axes.
    absl::StrAppend(&figure.script, "plot 1/0 notitle\n");
    top -= kPanelHeight + kBetween;
  }
  absl::StrAppend(&figure.script, "unset multiplot\n");
  return figure;
}

}  // namespace quant_curve
