// Second moments of a Linear's inputs: GPTQ's Hessian (arXiv:2210.17323, eq. 3,
// up to the factor 2, which GPTQ cancels).
//
// Sums are kept as the upper triangle, row after row: n (n + 1) / 2 doubles.
#ifndef QUANT_CURVE_LIB_CALIBRATION_HESSIAN_H_
#define QUANT_CURVE_LIB_CALIBRATION_HESSIAN_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace quant_curve {

inline int64_t TriangleSize(int64_t n) { return n * (n + 1) / 2; }

// Where row i of the triangle starts, with the diagonal.
inline int64_t TriangleRow(int64_t i, int64_t n) {
  return i * n - i * (i - 1) / 2;
}

// Adds x x^T of each row to the triangle; x is [rows, n]. Each sum takes its
// terms row after row and is rounded once a term: neither the instruction set
// nor the cut into calls changes a bit.
void AddOuterProducts(const float* x, int64_t rows, int64_t n, double* sums);

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
