#include "tools/calibrate/hessian.h"

#include <cmath>

namespace quant_curve {

HessianSum::HessianSum(int64_t in_features)
    : n_(in_features), sums_(in_features * in_features) {}

void HessianSum::AddRows(const float* x, int64_t rows) {
  rows_ += rows;
  for (int64_t row = 0; row < rows; ++row, x += n_) {
    for (int64_t i = 0; i < n_; ++i) {
      const double left = x[i];
      double* sums = &sums_[i * n_];
      // A product of two floats is exact in double: one rounding a term.
      for (int64_t j = i; j < n_; ++j) sums[j] += left * x[j];
    }
  }
}

void HessianSum::AddSum(const HessianSum& other) {
  rows_ += other.rows_;
  for (size_t i = 0; i < sums_.size(); ++i) sums_[i] += other.sums_[i];
}

std::vector<double> HessianSum::Mean() const {
  std::vector<double> mean(sums_.size());
  for (int64_t i = 0; i < n_; ++i) {
    for (int64_t j = i; j < n_; ++j) {
      const double value = sums_[i * n_ + j] / static_cast<double>(rows_);
      mean[i * n_ + j] = value;
      mean[j * n_ + i] = value;
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
