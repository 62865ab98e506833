// Matrix products whose bits do not depend on the machine.
#ifndef QUANT_CURVE_LIB_NUMERICS_GEMM_H_
#define QUANT_CURVE_LIB_NUMERICS_GEMM_H_

#include <cstdint>

namespace quant_curve {

// The left factor: element (i, k) is data[i * row_stride + k * column_stride],
// so that a transpose costs nothing.
template <class T>
struct StridedMatrix {
  const T* data;
  int64_t row_stride;
  int64_t column_stride;
};
using LeftMatrix = StridedMatrix<float>;

// C[m, n] = A[m, k] B[k, n], or C += A B with `accumulate`; B and C are
// row-major with the given row strides (at least n). C overlaps neither.
//
// Order: each element of C takes its k terms one after another, k = 0, 1, …,
// each by one fused multiply-add, starting from 0 (or from C). Vectors run over
// n only, so vector width, tiling and threads change no bit.
void Gemm(int64_t m, int64_t n, int64_t k, LeftMatrix a, const float* b,
          int64_t b_stride, float* c, int64_t c_stride, bool accumulate);

// C[m, n] -= A[m, k] B[k, n] in double; strides may be negative. C overlaps
// neither. Order: each element of C takes its k terms one after another, each
// by one fused multiply-add, c = fma(-a, b, c).
void SubtractProduct(int64_t m, int64_t n, int64_t k, StridedMatrix<double> a,
                     const double* b, int64_t b_stride, double* c,
                     int64_t c_stride);

// out[j, i] = in[i, j]; in is [rows, columns] with the given row stride, out
// is dense.
void Transpose(const float* in, int64_t rows, int64_t columns,
               int64_t row_stride, float* out);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_NUMERICS_GEMM_H_
