// The matrix that GPTQ approximates instead of the weights when the Linears
// before are quantized already.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_LEAST_SQUARES_TARGET_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_LEAST_SQUARES_TARGET_H_

#include "lib/numerics/parallel.h"
#include "tools/quantize/hessian.h"
#include "tools/quantize/matrix.h"

namespace quant_curve {

// T [out, in], which minimizes
//   |W X - T X'|^2 / n + lambda |W - T|^2,
// where the columns of X are n inputs of the float model, those of X' the same
// inputs behind the quantized Linears, and lambda the damping that `factor` has
// (GPTAQ, arXiv:2504.02692, Qronos, arXiv:2505.11695; this is the closed form
// of their objective). With H = X' X'^T / n and C = X X'^T / n,
//   T = (W C + lambda W) (H + lambda I)^-1 = W - W D (H + lambda I)^-1,
// where D = (X' - X) X'^T / n is `drift` and (H + lambda I)^-1 = U^T U. So T is
// W, to the bit, when X' is X. GPTQ then minimizes tr((T - Q) H (T - Q)^T),
// which differs from |W X - Q X'|^2 / n by what no Q can change, up to the
// damping.
//
// A dead column of X' has D_ij = 0 and keeps its weights; what the float model
// had there goes to the columns that are correlated with it. Order of terms:
// fixed for every element, whatever the pool's threads.
Matrix LeastSquaresTarget(const Matrix& weights, const Matrix& drift,
                          const HessianFactor& factor, ThreadPool& pool);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_LEAST_SQUARES_TARGET_H_
