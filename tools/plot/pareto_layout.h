// What goes where in the Pareto figure: panels, dots, staircase and labels.
#ifndef QUANT_CURVE_TOOLS_PLOT_PARETO_LAYOUT_H_
#define QUANT_CURVE_TOOLS_PLOT_PARETO_LAYOUT_H_

#include <string>
#include <vector>

#include "proto/results.pb.h"
#include "tools/plot/axis.h"
#include "tools/plot/geometry.h"
#include "tools/plot/label_placement.h"

namespace quant_curve {

enum class YScale {
  kAuto,  // logarithmic when the perplexities span more than a factor of 3
  kLinear,
  kLog,
};

struct Dot {
  std::string name;
  double bytes;
  double perplexity;
  double half_interval;  // of perplexity, 95 %
  bool on_frontier;
};

// A panel, the dots labelled in it, and what stands for those that are not.
struct View {
  Panel panel;
  std::vector<Dot> labelled;
  std::string band_label;  // names the enlarged band; empty: there is none
  Box band;                // pixels
};

std::vector<Dot> DotsOf(const Results& results);

// The frontier's dots by rising bytes, joined by horizontal, then vertical
// lines: between two dots the smaller scheme is still the best there is.
std::vector<Point> Staircase(const Results& results);

// The panels, bottom one first, each `height` pixels high.
std::vector<View> MakeViews(const std::vector<Dot>& dots, YScale y_scale,
                            double height);

// Places the view's labels, clear of all dots, their bars and the staircase;
// the band's label comes last.
LabelLayout LayOut(const View& view, const std::vector<Dot>& dots,
                   const std::vector<Point>& staircase);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_PLOT_PARETO_LAYOUT_H_
