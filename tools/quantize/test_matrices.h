// Random weights and Hessians for tests.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_TEST_MATRICES_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_TEST_MATRICES_H_

#include <cstdint>
#include <vector>

#include "lib/artifact/tensor.h"
#include "lib/numerics/random.h"
#include "proto/scheme.pb.h"
#include "tools/quantize/matrix.h"

namespace quant_curve {

// Uniform in [-1, 1).
inline Matrix RandomMatrix(uint64_t rows, uint64_t columns, uint64_t seed) {
  Random random(seed);
  Matrix matrix(rows, columns);
  for (double& value : matrix.values) value = 2 * random.Uniform() - 1;
  return matrix;
}

// X^T X / n of n = 3 * size random rows X whose neighbouring columns are
// correlated and whose columns differ in size, as activations are.
inline Matrix RandomHessian(uint64_t size, uint64_t seed) {
  const uint64_t samples = 3 * size;
  Matrix x = RandomMatrix(samples, size, seed);
  Matrix hessian(size, size);
  for (uint64_t n = 0; n < samples; ++n) {
    double* row = x.Row(n);
    for (uint64_t j = 1; j < size; ++j) row[j] += 0.8 * row[j - 1];
    for (uint64_t j = 0; j < size; ++j) row[j] *= 0.2 + (j * 7 % 11) / 5.0;
    for (uint64_t i = 0; i < size; ++i) {
      for (uint64_t j = 0; j < size; ++j) {
        hessian.Row(i)[j] += row[i] * row[j] / static_cast<double>(samples);
      }
    }
  }
  return hessian;
}

// The upper triangle of a symmetric matrix as calibrations store it.
inline Tensor HessianTensor(const Matrix& hessian) {
  std::vector<double> triangle;
  for (uint64_t i = 0; i < hessian.rows; ++i) {
    triangle.insert(triangle.end(), hessian.Row(i) + i,
                    hessian.Row(i) + hessian.columns);
  }
  return MakeFloat64("hessian", {triangle.size()}, triangle);
}

inline Scheme IntegerScheme(uint32_t bits, bool symmetric,
                            Granularity granularity, uint32_t group_size) {
  Scheme scheme;
  scheme.set_name("test");
  scheme.set_weight_format(WEIGHT_INTEGER);
  scheme.set_bits(bits);
  scheme.set_symmetric(symmetric);
  scheme.set_granularity(granularity);
  scheme.set_group_size(group_size);
  scheme.set_method(GPTQ);
  scheme.set_activation_format(ACTIVATION_FLOAT32);
  return scheme;
}

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_TEST_MATRICES_H_
