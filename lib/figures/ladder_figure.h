// Speed-up against model size: where fewer bytes become more speed.
#ifndef QUANT_CURVE_LIB_FIGURES_LADDER_FIGURE_H_
#define QUANT_CURVE_LIB_FIGURES_LADDER_FIGURE_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/figures/gnuplot.h"
#include "proto/timing.pb.h"

namespace quant_curve {

// x: parameters, logarithmic; y: tokens a second over those of `reference`, of
// the same model with as many threads (SpeedupOver: median; bars are its
// 10th to 90th percentile). One line per scheme, one panel per number of
// threads; a vertical line marks where four bytes a parameter fill the
// last-level cache. Schemes of only one model are left out when there are
// several models. Fails when no model was timed in `reference`.
absl::StatusOr<Figure> LadderFigure(const Timing& timing,
                                    absl::string_view reference);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FIGURES_LADDER_FIGURE_H_
