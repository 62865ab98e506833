// The figure of the sweep: bytes against perplexity, and the frontier.
#ifndef QUANT_CURVE_TOOLS_PLOT_PARETO_FIGURE_H_
#define QUANT_CURVE_TOOLS_PLOT_PARETO_FIGURE_H_

#include "proto/results.pb.h"
#include "tools/plot/gnuplot.h"
#include "tools/plot/pareto_layout.h"

namespace quant_curve {

// x: total bytes, logarithmic; y: perplexity. One labelled dot a scheme, filled
// on the frontier and hollow when dominated; the frontier is the staircase
// below which no scheme lies. Error bars are the 95 % interval of the paired
// gap to the reference: the interval of the perplexity itself is common to all
// schemes and says nothing about their differences. When the perplexities span
// more than 1.5 times, a second panel enlarges the schemes within 10 % of the
// best one; their labels stand there. No label touches another, a dot or a
// line; the canvas grows in height until that is so.
//
// `results` holds at least one scheme, positive bytes and perplexities.
Figure ParetoFigure(const Results& results, YScale y_scale);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_PLOT_PARETO_FIGURE_H_
