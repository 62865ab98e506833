// Dense double matrices, and the one product that GPTQ spends its time in.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_MATRIX_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_MATRIX_H_

#include <cstddef>
#include <cstdint>
#include <vector>

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

// Columns that callers hand to SubtractProduct at a time, so that a tile of the
// right factor stays in the second-level cache.
inline constexpr uint64_t kTileColumns = 256;

// One factor of a product as it lies in memory: element (i, k) stands at
// data[i * row_stride + k * depth_stride]. Negative strides walk backwards.
struct Coefficients {
  const double* data;
  ptrdiff_t row_stride;
  ptrdiff_t depth_stride;
};

// C -= A B with A [rows, depth], B [depth, columns], C [rows, columns]; rows of
// B and C are contiguous, `b_stride` and `c_stride` apart.
//
// Every element of C takes its `depth` terms one after another, k = 0 first,
// each with one fused multiply-add: the bits depend neither on how a caller
// cuts the work into tiles and threads nor on the vector width.
void SubtractProduct(const Coefficients& a, const double* b, ptrdiff_t b_stride,
                     double* c, ptrdiff_t c_stride, uint64_t rows,
                     uint64_t depth, uint64_t columns);

// One row of the above with one term: c[j] -= a * b[j].
void SubtractScaled(double a, const double* b, double* c, uint64_t columns);

// The columns in a new order: column j of the result is columns[j] of `matrix`.
Matrix PermuteColumns(const Matrix& matrix,
                      const std::vector<uint32_t>& columns);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_MATRIX_H_
