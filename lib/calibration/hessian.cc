#include "lib/calibration/hessian.h"

#include <cmath>

#include "absl/strings/str_cat.h"

namespace quant_curve {

absl::Status CheckFinite(const std::vector<double>& sums,
                         absl::string_view linear) {
  for (const double value : sums) {
    if (std::isfinite(value)) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "the input of ", linear,
        " is not finite on the calibration sequences: the checkpoint is no "
        "working model"));
  }
  return absl::OkStatus();
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
