// Second moments of a Linear's inputs: GPTQ's Hessian (arXiv:2210.17323, eq. 3,
// up to the factor 2, which GPTQ cancels).
//
// Sums are the upper triangle of lib/numerics/outer_products.h, to which
// AddOuterProducts adds one sequence per call. A sequence is never cut: a cut
// inside one of its blocks of rows, whose products are summed in float32, would
// change bits.
#ifndef QUANT_CURVE_LIB_CALIBRATION_HESSIAN_H_
#define QUANT_CURVE_LIB_CALIBRATION_HESSIAN_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/numerics/outer_products.h"

namespace quant_curve {

// Refuses sums that are not finite, naming the Linear whose input they are of.
absl::Status CheckFinite(const std::vector<double>& sums,
                         absl::string_view linear);

// Divides each element of the triangle by `tokens`.
void DivideByTokens(double tokens, std::vector<double>& sums);

// The whole symmetric matrix [n, n] of a triangle.
std::vector<double> MatrixOfTriangle(const std::vector<double>& triangle,
                                     int64_t n);

// sum_{i != j} |H_ij| / sum_ij |H_ij| of the matrix with this triangle, in [0,
// 1]; 0 for a matrix of zeros.
double OffDiagonalShare(const std::vector<double>& triangle, int64_t n);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CALIBRATION_HESSIAN_H_
