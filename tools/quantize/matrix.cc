#include "tools/quantize/matrix.h"

#include <algorithm>
#include <cmath>

namespace quant_curve {

void SubtractScaled(double a, const double* __restrict b, double* __restrict c,
                    uint64_t columns) {
  for (uint64_t j = 0; j < columns; ++j) c[j] = std::fma(-a, b[j], c[j]);
}

void SubtractProductFrom(uint64_t first, uint64_t columns, uint64_t rows,
                         uint64_t terms, StridedMatrix<double> a,
                         const double* b, double* c) {
  const auto stride = static_cast<int64_t>(columns);
  for (uint64_t tile = first; tile < columns; tile += kTileColumns) {
    SubtractProduct(rows, std::min(kTileColumns, columns - tile), terms, a,
                    b + tile, stride, c + tile, stride);
  }
}

Matrix PermuteColumns(const Matrix& matrix,
                      const std::vector<uint32_t>& columns) {
  Matrix permuted(matrix.rows, columns.size());
  for (uint64_t row = 0; row < matrix.rows; ++row) {
    for (uint64_t j = 0; j < columns.size(); ++j) {
      permuted.Row(row)[j] = matrix.Row(row)[columns[j]];
    }
  }
  return permuted;
}

}  // namespace quant_curve
