// Coordinate descent after GPTQ, over scales and codes.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_COORDINATE_DESCENT_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_COORDINATE_DESCENT_H_

#include <cstdint>

#include "lib/numerics/parallel.h"
#include "lib/quantization/grid.h"
#include "proto/scheme.pb.h"
#include "tools/quantize/matrix.h"

namespace quant_curve {

// The damping of the Hessian in the loss below. Less than GPTQ's: nothing is
// inverted here.
inline constexpr double kDescentDamping = 0.001;

// Lowers the loss of each row, E H E^T with E = T - Q, where Q are the
// weights [out, in] that `coded` means, T is `target` and H the damped Hessian
// (DampedHessian, hessian.h). A round goes through the groups of columns once:
//
// - Scale (the least-squares refit of one scale, the others fixed): with the
//   group's levels l and G = E H, the minimum over s is at
//   s + (l . G) / (l H l^T); it is rounded to float16. So is the minimum, where
//   there is one, with a 1 for each level.
// - Codes (QuantEase, arXiv:2309.01885, eq. 6; CDQuant, arXiv:2406.17542),
//   column after column: the minimum over w_j is at q_j + G_j / H_jj; the
//   nearest code takes it.
//
// Either is kept only if it lowers the loss, so that no step raises it.
// `scheme` is PER_GROUP; zero points stay. Every element of G takes its terms
// in the order of the columns, so that the bits depend neither on the threads
// nor on how many rows share a pass over H.
void DescendCoordinates(const Matrix& target, const Matrix& hessian,
                        const Scheme& scheme, uint32_t rounds, ThreadPool& pool,
                        CodedMatrix& coded);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_COORDINATE_DESCENT_H_
