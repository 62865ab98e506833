// Decode steps under the ceilings that were measured on the same machine.
#ifndef QUANT_CURVE_LIB_FIGURES_ROOFLINE_FIGURE_H_
#define QUANT_CURVE_LIB_FIGURES_ROOFLINE_FIGURE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/figures/gnuplot.h"
#include "proto/timing.pb.h"

namespace quant_curve {

// x: FLOP per byte moved, y: GFLOP/s, both logarithmic. Two panels: `model`
// (the smallest, when it was not timed) with one thread, the largest with all.
// Each shows the
// bandwidths and peaks measured with as many threads, a dot a scheme (of
// `schemes`, those that were timed), and dots joined to the ceiling that they
// are under, which a list next to the panel names. Names are outside of where
// dots can be.
absl::StatusOr<Figure> RooflineFigure(const Timing& timing,
                                      absl::string_view model,
                                      const std::vector<std::string>& schemes);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FIGURES_ROOFLINE_FIGURE_H_
