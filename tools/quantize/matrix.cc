#include "tools/quantize/matrix.h"

#include <cmath>

namespace quant_curve {

void SubtractScaled(double a, const double* __restrict b, double* __restrict c,
                    uint64_t columns) {
  for (uint64_t j = 0; j < columns; ++j) c[j] = std::fma(-a, b[j], c[j]);
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
