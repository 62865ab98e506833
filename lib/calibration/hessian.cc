#include "lib/calibration/hessian.h"

#include <algorithm>
#include <cmath>

namespace quant_curve {
namespace {

// Rows of the triangle that take all of x, token after token, before the next
// ones do: they stay in the second-level cache. Decides speed alone.
constexpr int64_t kTileRows = 8;

}  // namespace

void AddOuterProducts(const float* x, int64_t rows, int64_t n, double* sums) {
  for (int64_t tile = 0; tile < n; tile += kTileRows) {
    const int64_t end = std::min(n, tile + kTileRows);
    double* next = sums;
    for (int64_t row = 0; row < rows; ++row) {
      const float* values = x + row * n;
      next = sums;
      for (int64_t i = tile; i < end; ++i) {
        const double left = values[i];
        // A product of two floats is exact in double: one rounding a term.
        for (int64_t j = i; j < n; ++j) next[j - i] += left * values[j];
        next += n - i;
      }
    }
    sums = next;
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
