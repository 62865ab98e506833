// The upper Cholesky factor of an inverse, without forming the inverse.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_CHOLESKY_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_CHOLESKY_H_

#include "lib/numerics/parallel.h"
#include "tools/quantize/matrix.h"

namespace quant_curve {

// Replaces A (symmetric, only the lower triangle is read) by the lower
// triangular L with A = L^T L: the Cholesky factorization from the last column
// to the first. What is above the diagonal has no meaning after. Returns false,
// with A in no defined state, when A is not positive definite, or not beyond
// rounding: when a pivot is below 2^-40 of its diagonal element.
//
// Every element takes its terms in order of falling index, each with one fused
// multiply-add: the bits do not depend on the pool's threads.
bool FactorFromTheEnd(Matrix& a, ThreadPool& pool);

// U = (L^T)^-1, upper triangular, zero below the diagonal. With A = L^T L it is
// the factor of A^-1 = U^T U that GPTQ walks along, since
// A^-1 = L^-1 (L^T)^-1 and L^-1 = U^T. Same order of terms.
Matrix InvertTransposed(const Matrix& lower, ThreadPool& pool);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_CHOLESKY_H_
