// The Pareto figures: size or speed against perplexity, and the frontier.
#ifndef QUANT_CURVE_LIB_FIGURES_PARETO_FIGURE_H_
#define QUANT_CURVE_LIB_FIGURES_PARETO_FIGURE_H_

#include "lib/figures/gnuplot.h"
#include "lib/figures/pareto_chart.h"
#include "lib/figures/pareto_layout.h"

namespace quant_curve {

// x: total bytes, logarithmic, or tokens a second; y: perplexity. One labelled
// dot per scheme, filled on the frontier and hollow when dominated, its knee
// ringed; the frontier is drawn as a staircase. Vertical
// bars are the 95 % interval of the paired gap to the reference: the interval
// of the perplexity itself is common to all schemes and says nothing about
// their differences. Horizontal bars are the spread of the repeats. When the
// perplexities span more than a factor of 1.5, a second panel enlarges and
// labels the schemes within 10 % of the best one. No label touches another, a
// dot or a line: the panels grow in height until that is so, and where that is
// not enough, the 1 % and the 0.1 % above the best are enlarged as well.
//
// The chart holds at least one dot, positive x and perplexities.
Figure ParetoFigure(const Chart& chart, YScale y_scale);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FIGURES_PARETO_FIGURE_H_
