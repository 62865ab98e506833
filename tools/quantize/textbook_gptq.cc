#include "tools/quantize/textbook_gptq.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "Eigen/Dense"
#include "lib/artifact/float16.h"

namespace quant_curve {
namespace {

using RowMajor =
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// The inverse of the damped H by Eigen's LU decomposition with full pivoting.
// The damping is a share of the mean over the columns that are not dead; these
// have that mean on the diagonal.
Eigen::MatrixXd DampedInverse(const Matrix& hessian, double damping) {
  Eigen::MatrixXd damped = Eigen::Map<const RowMajor>(
      hessian.values.data(), hessian.rows, hessian.columns);
  const double mean =
      damped.diagonal().sum() /
      static_cast<double>((damped.diagonal().array() != 0).count());
  for (Eigen::Index i = 0; i < damped.rows(); ++i) {
    if (damped(i, i) == 0) damped(i, i) = mean;
    damped(i, i) += damping * mean;
  }
  return damped.fullPivLu().inverse();
}

// Scale and zero point of values [begin, end).
std::pair<float, int> Fit(const double* begin, const double* end,
                          const Scheme& scheme) {
  const double low = std::min(0.0, *std::min_element(begin, end));
  const double high = std::max(0.0, *std::max_element(begin, end));
  if (scheme.symmetric()) {
    const double levels = std::pow(2, scheme.bits() - 1) - 1;
    return {RoundToFloat16(std::max(-low, high) / levels), 0};
  }
  const float scale =
      RoundToFloat16((high - low) / (std::pow(2, scheme.bits()) - 1));
  return {scale, static_cast<int>(std::nearbyint(-low / scale))};
}

// Columns [begin, end) of a row: of a group the live ones, unless they are
// fewer than the dead ones.
std::vector<double> ColumnsToFit(const double* row, const Matrix& hessian,
                                 uint64_t begin, uint64_t end, bool is_group) {
  std::vector<double> live;
  for (uint64_t j = begin; j < end; ++j) {
    if (hessian.Row(j)[j] > 0) live.push_back(row[j]);
  }
  if (is_group && live.size() >= end - begin - live.size()) return live;
  return std::vector<double>(row + begin, row + end);
}

int Round(double weight, float scale, int zero_point, const Scheme& scheme) {
  const int top = scheme.symmetric() ? (1 << (scheme.bits() - 1)) - 1
                                     : (1 << scheme.bits()) - 1;
  const int code =
      static_cast<int>(std::nearbyint(weight / scale)) + zero_point;
  return std::clamp(code, scheme.symmetric() ? -top : 0, top);
}

}  // namespace

TextbookResult TextbookGptq(const Matrix& weights, const Matrix& hessian,
                            double damping, const Scheme& scheme,
                            bool stale_scales) {
  const uint64_t columns = weights.columns;
  const bool grouped = scheme.granularity() == PER_GROUP;
  const uint64_t group_size = grouped ? scheme.group_size() : columns;
  const uint64_t groups = (columns + group_size - 1) / group_size;
  Eigen::MatrixXd inverse = DampedInverse(hessian, damping);
  Matrix w = weights;
  TextbookResult result;
  result.codes.resize(w.rows * columns);
  result.scales.resize(w.rows * groups);
  result.zero_points.resize(w.rows * groups);
  for (uint64_t j = 0; j < columns; ++j) {
    for (uint64_t row = 0; row < w.rows; ++row) {
      const uint64_t grid = row * groups + j / group_size;
      if (j % group_size == 0) {
        const Matrix& source = grouped && !stale_scales ? w : weights;
        const std::vector<double> fitted =
            ColumnsToFit(source.Row(row), hessian, j,
                         std::min(columns, j + group_size), grouped);
        std::tie(result.scales[grid], result.zero_points[grid]) =
            Fit(fitted.data(), fitted.data() + fitted.size(), scheme);
      }
      const int code = Round(w.Row(row)[j], result.scales[grid],
                             result.zero_points[grid], scheme);
      result.codes[row * columns + j] = code;
      const double quantized =
          (code - result.zero_points[grid]) * double{result.scales[grid]};
      const double error = w.Row(row)[j] - quantized;
      for (uint64_t k = j + 1; k < columns; ++k) {
        w.Row(row)[k] -= error * inverse(j, k) / inverse(j, j);
      }
    }
    const Eigen::VectorXd eliminated = inverse.col(j);
    inverse -= eliminated * eliminated.transpose() / eliminated(j);
  }
  return result;
}

}  // namespace quant_curve
