#include "lib/calibration/hessian.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace quant_curve {

absl::Status CheckFinite(const std::vector<double>& sums,
                         absl::string_view linear) {
  for (const double value : sums) {
    if (std::isfinite(value)) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "the input of ", linear,
        " is not finite on the calibration sequences, or so large that sums of "
        "its squares exceed float32 (3.4e38): the checkpoint is not a working "
        "model"));
  }
  return absl::OkStatus();
}

void DivideByTokens(double tokens, std::vector<double>& sums) {
  for (double& sum : sums) sum /= tokens;
}

// In squares: a column of a large matrix has a page of memory for each element.
std::vector<double> MatrixOfTriangle(const std::vector<double>& triangle,
                                     int64_t n) {
  constexpr int64_t kSquare = 64;
  std::vector<double> matrix(n * n);
  for (int64_t i0 = 0; i0 < n; i0 += kSquare) {
    const int64_t i1 = std::min(i0 + kSquare, n);
    for (int64_t j0 = i0; j0 < n; j0 += kSquare) {
      const int64_t j1 = std::min(j0 + kSquare, n);
      for (int64_t i = i0; i < i1; ++i) {
        const double* row = &triangle[TriangleRow(i, n)] - i;
        for (int64_t j = std::max(i, j0); j < j1; ++j) {
          matrix[i * n + j] = row[j];
          matrix[j * n + i] = row[j];
        }
      }
    }
  }
  return matrix;
}

double OffDiagonalShare(const std::vector<double>& triangle, int64_t n) {
  double off_diagonal = 0, diagonal = 0;
  const double* next = triangle.data();
  for (int64_t i = 0; i < n; ++i) {
    diagonal += std::abs(*next++);
    for (int64_t j = i + 1; j < n; ++j) off_diagonal += 2 * std::abs(*next++);
  }
  const double total = off_diagonal + diagonal;
  return total > 0 ? off_diagonal / total : 0;
}

}  // namespace quant_curve
