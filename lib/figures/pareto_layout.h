// The layout of a Pareto figure: panels, labels and the key's height.
#ifndef QUANT_CURVE_LIB_FIGURES_PARETO_LAYOUT_H_
#define QUANT_CURVE_LIB_FIGURES_PARETO_LAYOUT_H_

#include <string>
#include <vector>

#include "lib/figures/axis.h"
#include "lib/figures/geometry.h"
#include "lib/figures/label_placement.h"
#include "lib/figures/pareto_chart.h"

namespace quant_curve {

enum class YScale {
  kAuto,  // logarithmic when the perplexities span more than a factor of 3
  kLinear,
  kLog,
};

// A panel, the dots labelled in it, and a band over those that are not.
struct View {
  Panel panel;
  std::vector<Dot> labelled;
  std::string band_label;  // names the enlarged band; empty: there is none
  Box band;                // pixels
};

// A dot's label.
std::string LabelOf(const Dot& dot);

// The key's two lines are this far apart.
inline constexpr double kKeyLine = 24;

// The panels, bottom one first, each `height` pixels high: all dots, and below
// them, `enlargements` times, those within a tenth of the range before: 10 %
// above the lowest perplexity, then 1 %, and so on. Ranges that leave out no
// dot are skipped; fewer panels where less than two dots would be left.
std::vector<View> MakeViews(const Chart& chart, YScale y_scale, double height,
                            int enlargements);

// One for a chart whose perplexities span more than a factor of 1.5.
int LeastEnlargements(const Chart& chart);

// Places the view's labels, clear of all dots, their bars and the staircase;
// the band's label comes last.
LabelLayout LayOut(const View& view, const Chart& chart);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FIGURES_PARETO_LAYOUT_H_
