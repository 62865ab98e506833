// A scale for a group of weights by search, where FitGrid (grid.h) lets the
// largest weight set it.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_SCALE_SEARCH_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_SCALE_SEARCH_H_

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/quantization/grid.h"

namespace quant_curve {

// Looks for the scale s that minimizes sum_j a_j (w_j - s level_j)^2, where
// level_j is the one nearest to w_j / s and a_j >= 0 is the weight's
// importance. In GPTQ that is 1 / U_jj^2: what column j's error costs after the
// columns behind it have made up for it (arXiv:2210.17323, eq. 2).
//
// Candidates are FitGrid's scale, and 0.55 to 1.15 times it in steps of 0.0125,
// with either sign where the format has signed scales, each moved to the least
// squares fit of the levels that it gives. The smallest sum with the scale in
// float16 wins; of equal ones the first. So the sum is never above that of
// FitGrid, up to the rounding of float32. Where the format has minimums, the
// candidates keep the middle of FitGrid's range, and scale and minimum are
// fitted together. `format` has no zero points. Fails as FitGrid does.
absl::StatusOr<Grid> SearchScale(absl::Span<const double> weights,
                                 absl::Span<const double> importance,
                                 const CodeFormat& format);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_SCALE_SEARCH_H_
