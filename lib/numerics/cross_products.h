// Sums of products of two vectors whose bits do not depend on the machine.
#ifndef QUANT_CURVE_LIB_NUMERICS_CROSS_PRODUCTS_H_
#define QUANT_CURVE_LIB_NUMERICS_CROSS_PRODUCTS_H_

#include <cstdint>

namespace quant_curve {

// sums[i, j] += sum_t x[t, i] y[t, j]: x and y are [rows, n], sums [n, n].
//
// Order: that of AddOuterProducts (outer_products.h), and with its error. The
// rows of a call are taken in blocks of kOuterProductBlock; each element sums a
// block's products in float32, row after row, each by one fused multiply-add,
// starting from 0; then this sum is added to the element in double.
void AddCrossProducts(const float* x, const float* y, int64_t rows, int64_t n,
                      double* sums);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_NUMERICS_CROSS_PRODUCTS_H_
