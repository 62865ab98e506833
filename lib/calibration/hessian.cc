#include "lib/calibration/hessian.h"

#include <cmath>

namespace quant_curve {

void AddOuterProducts(const float* x, int64_t rows, int64_t n, double* sums) {
  for (int64_t row = 0; row < rows; ++row, x += n) {
    double* next = sums;
    for (int64_t i = 0; i < n; ++i) {
      const double left = x[i];
      // A product of two floats is exact in double: one rounding a term.
      for (int64_t j = i; j < n; ++j) next[j - i] += left * x[j];
      next += n - i;
    }
  }
}

std::vector<double> MeanMatrix(const std::vector<double>& sums, int64_t n,
                               double tokens) {
  std::vector<double> mean(n * n);
  const double* next = sums.data();
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = i; j < n; ++j) {
      mean[i * n + j] = *next++ / tokens;
      mean[j * n + i] = mean[i * n + j];
    }
  }
  return mean;
}

double OffDiagonalShare(const std::vector<double>& hessian, int64_t n) {
  double total = 0, diagonal = 0;
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < n; ++j) total += std::abs(hessian[i * n + j]);
    diagonal += std::abs(hessian[i * n + i]);
  }
  return total > 0 ? (total - diagonal) / total : 0;
}

}  // namespace quant_curve
