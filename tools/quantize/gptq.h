// GPTQ (Frantar et al., arXiv:2210.17323, algorithm 1).
//
// The columns are quantized left to right. With U from FactorHessian, what
// rounding column j costs, e = (w_j - q_j) / U_jj, is made up for by the
// columns k still to come: w_k -= e U_jk. Columns of a lazy block see its
// updates at once, the columns after it when the block ends.
//
// - Groups (PER_GROUP): a group's grid is fitted when its first column is
//   reached, to the weights as updated by *all* columns before it. Where a
//   group would start inside a lazy block and end beyond it, the block ends
//   there, so that nothing the fit sees is stale.
// - PER_CHANNEL and PER_TENSOR: the grids are those of RTN, fitted to the
//   original weights.
// - Dead columns, which U couples to no other, are rounded to nearest: what the
//   calibration text does not excite another text may. A group's grid is fitted
//   to its live columns, so that pruned inputs cost the others no precision;
//   where more than half of its columns are dead, to all of them.
// - gptq.scale_search: a group's grid comes from SearchScale (scale_search.h)
//   with the importance 1 / U_jj^2, instead of FitGrid.
//
// Weights, errors and U are double. Every weight takes its updates column
// after column, each with one fused multiply-add, so the codes depend neither
// on the block size nor on the threads.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_GPTQ_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_GPTQ_H_

#include "absl/status/statusor.h"
#include "lib/numerics/parallel.h"
#include "lib/quantization/grid.h"
#include "proto/scheme.pb.h"
#include "tools/quantize/hessian.h"
#include "tools/quantize/matrix.h"

namespace quant_curve {

inline constexpr uint64_t kDefaultBlockSize = 128;

// Quantizes weights [out, in] on the scheme's grid, whatever its method says.
// For activation_order the caller permutes weights and Hessian. Fails when a
// scale is beyond float16 or a weight overflows, naming the row.
absl::StatusOr<CodedMatrix> QuantizeGptq(const Matrix& weights,
                                         const HessianFactor& factor,
                                         const Scheme& scheme,
                                         ThreadPool& pool);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_GPTQ_H_
