#include "tools/quantize/matrix.h"

#include <algorithm>
#include <cmath>

namespace quant_curve {

void SubtractScaled(double a, const double* __restrict b, double* __restrict c,
                    uint64_t columns) {
  for (uint64_t j = 0; j < columns; ++j) c[j] = std::fma(-a, b[j], c[j]);
}

namespace {

// Rows of B that all rows of C take before the next ones are looked at: a tile
// of them stays in the cache.
constexpr uint64_t kDepthBlock = 64;

// Four terms at a time load and store c once instead of four times.
void SubtractFourScaled(const double* a, const double* __restrict b0,
                        const double* __restrict b1,
                        const double* __restrict b2,
                        const double* __restrict b3, double* __restrict c,
                        uint64_t columns) {
  const double a0 = -a[0], a1 = -a[1], a2 = -a[2], a3 = -a[3];
  for (uint64_t j = 0; j < columns; ++j) {
    double sum = std::fma(a0, b0[j], c[j]);
    sum = std::fma(a1, b1[j], sum);
    sum = std::fma(a2, b2[j], sum);
    c[j] = std::fma(a3, b3[j], sum);
  }
}

// c -= sum_k a_k b_k, the terms one after another.
void SubtractTerms(const double* a, ptrdiff_t a_stride, const double* b,
                   ptrdiff_t b_stride, double* c, uint64_t depth,
                   uint64_t columns) {
  for (; depth >= 4; depth -= 4) {
    const double four[4] = {a[0], a[a_stride], a[2 * a_stride],
                            a[3 * a_stride]};
    SubtractFourScaled(four, b, b + b_stride, b + 2 * b_stride,
                       b + 3 * b_stride, c, columns);
    a += 4 * a_stride;
    b += 4 * b_stride;
  }
  for (; depth > 0; --depth) {
    SubtractScaled(*a, b, c, columns);
    a += a_stride;
    b += b_stride;
  }
}

}  // namespace

void SubtractProduct(const Coefficients& a, const double* b, ptrdiff_t b_stride,
                     double* c, ptrdiff_t c_stride, uint64_t rows,
                     uint64_t depth, uint64_t columns) {
  for (uint64_t k = 0; k < depth; k += kDepthBlock) {
    const auto offset = static_cast<ptrdiff_t>(k);
    const uint64_t terms = std::min(kDepthBlock, depth - k);
    for (uint64_t i = 0; i < rows; ++i) {
      const auto row = static_cast<ptrdiff_t>(i);
      SubtractTerms(a.data + row * a.row_stride + offset * a.depth_stride,
                    a.depth_stride, b + offset * b_stride, b_stride,
                    c + row * c_stride, terms, columns);
    }
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
