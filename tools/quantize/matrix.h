// Dense double matrices.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_MATRIX_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_MATRIX_H_

#include <cstdint>
#include <vector>

#include "lib/numerics/gemm.h"

namespace quant_curve {

// Row-major.
struct Matrix {
  Matrix() = default;
  Matrix(uint64_t rows, uint64_t columns)
      : rows(rows), columns(columns), values(rows * columns, 0.0) {}

  double* Row(uint64_t row) { return values.data() + row * columns; }
  const double* Row(uint64_t row) const {
    return values.data() + row * columns;
  }

  uint64_t rows = 0;
  uint64_t columns = 0;
  std::vector<double> values;
};

// Columns of a right factor that stay in the second-level cache.
inline constexpr uint64_t kTileColumns = 256;

// c[i, j] -= sum_k a[i, k] b[k, j] for i < rows, k < terms and j from `first`
// to `columns` - 1, tile by tile; b and c are dense with `columns` columns.
// Order: SubtractProduct's (gemm.h).
void SubtractProductFrom(uint64_t first, uint64_t columns, uint64_t rows,
                         uint64_t terms, StridedMatrix<double> a,
                         const double* b, double* c);

// c[j] = fma(-a, b[j], c[j]).
void SubtractScaled(double a, const double* b, double* c, uint64_t columns);

// The columns in a new order: column j of the result is columns[j] of `matrix`.
Matrix PermuteColumns(const Matrix& matrix,
                      const std::vector<uint32_t>& columns);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_MATRIX_H_
