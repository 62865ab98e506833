// The figure of the task metric: verb-tense accuracy of each scheme.
#ifndef QUANT_CURVE_LIB_FIGURES_ACCURACY_FIGURE_H_
#define QUANT_CURVE_LIB_FIGURES_ACCURACY_FIGURE_H_

#include "absl/status/statusor.h"
#include "lib/figures/gnuplot.h"
#include "proto/results.pb.h"

namespace quant_curve {

// Two panels that share one row per scheme, in the order of the results. Left:
// a bar from 0 to 100 % with its value, its 95 % Wilson interval and the chance
// level. Right: the same intervals, enlarged to the range of the schemes that
// reach 80 % of the best accuracy, and the reference's. The bars lie down so
// that names of any length and any number of schemes can be read. Refuses
// results without cloze items.
absl::StatusOr<Figure> AccuracyFigure(const Results& results);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FIGURES_ACCURACY_FIGURE_H_
