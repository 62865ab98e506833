// Sums of outer products whose bits do not depend on the machine.
#ifndef QUANT_CURVE_LIB_NUMERICS_OUTER_PRODUCTS_H_
#define QUANT_CURVE_LIB_NUMERICS_OUTER_PRODUCTS_H_

#include <cstdint>

namespace quant_curve {

// The upper triangle of a symmetric [n, n] matrix, row after row, each from the
// diagonal on.
inline int64_t TriangleSize(int64_t n) { return n * (n + 1) / 2; }

// Where row i of the triangle starts.
inline int64_t TriangleRow(int64_t i, int64_t n) {
  return i * n - i * (i - 1) / 2;
}

// Rows of x whose products are summed in float32.
inline constexpr int64_t kOuterProductBlock = 64;

// Adds x x^T of each row of x, [rows, n], to the triangle `sums`.
//
// Order: the rows of a call are taken in blocks of kOuterProductBlock, the
// first block begins with the first row. Each element of the triangle sums a
// block's products in float32, row after row, each by one fused multiply-add,
// starting from 0; then this sum is added to the element in double. Instruction
// set, tiles and threads change no bit. The cut into calls does, unless it is
// between two blocks.
//
// Error: a block of t rows rounds t times to 24 bits, so the float32 sums of
// element (i, j) are off by at most t 2^-24 / (1 - t 2^-24) times the sum of
// |x_i x_j|: by 3.8e-6 of it for t = 64. A product below 2^-126 in magnitude
// adds an error of up to 2^-150. A block's sum above 3.4e38 becomes infinite.
void AddOuterProducts(const float* x, int64_t rows, int64_t n, double* sums);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_NUMERICS_OUTER_PRODUCTS_H_
