#include "tools/quantize/proxy_loss.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace quant_curve {
namespace {

constexpr uint64_t kTaskRows = 32;
constexpr uint64_t kBlockInputs = 64;  // of the inner sum; affects only speed
constexpr double kLeastPowerShare = 0x1p-40;

// -sum_{i<j} H_ij m_i for rows [first, first + sums.rows), into sums [rows,
// in].
void SumsBefore(const Matrix& matrix, const Matrix& hessian, uint64_t first,
                Matrix& sums) {
  const uint64_t columns = matrix.columns;
  const auto stride = static_cast<int64_t>(columns);
  for (uint64_t begin = 0; begin < columns; begin += kBlockInputs) {
    const uint64_t end = std::min(columns, begin + kBlockInputs);
    for (uint64_t row = 0; row < sums.rows; ++row) {
      for (uint64_t i = begin; i < end; ++i) {
        SubtractScaled(matrix.Row(first + row)[i], hessian.Row(i) + i + 1,
                       sums.Row(row) + i + 1, end - i - 1);
      }
    }
    SubtractProductFrom(end, columns, sums.rows, end - begin,
                        {matrix.Row(first) + begin, stride, 1},
                        hessian.Row(begin), sums.Row(0));
  }
}

}  // namespace

double WeightedSquares(const Matrix& matrix, const Matrix& hessian,
                       ThreadPool& pool) {
  std::vector<double> row_squares(matrix.rows);
  const uint64_t tasks = (matrix.rows + kTaskRows - 1) / kTaskRows;
  pool.ParallelFor(tasks, [&](int64_t task) {
    const uint64_t first = task * kTaskRows;
    Matrix sums(std::min(kTaskRows, matrix.rows - first), matrix.columns);
    SumsBefore(matrix, hessian, first, sums);
    for (uint64_t row = 0; row < sums.rows; ++row) {
      const double* m = matrix.Row(first + row);
      double squares = 0;
      for (uint64_t j = 0; j < matrix.columns; ++j) {
        squares += m[j] * (hessian.Row(j)[j] * m[j] - 2 * sums.Row(row)[j]);
      }
      row_squares[first + row] = squares;
    }
  });
  double total = 0;
  for (const double squares : row_squares) total += squares;
  return total;
}

double OutputPower(const Matrix& weights, const Matrix& hessian,
                   ThreadPool& pool) {
  double diagonal = 0;
  for (uint64_t row = 0; row < weights.rows; ++row) {
    const double* w = weights.Row(row);
    for (uint64_t j = 0; j < weights.columns; ++j) {
      diagonal += hessian.Row(j)[j] * w[j] * w[j];
    }
  }
  const double power = WeightedSquares(weights, hessian, pool);
  return power > kLeastPowerShare * diagonal ? power : 0;
}

absl::optional<double> ProxyLoss(const Matrix& weights,
                                 const CodedMatrix& coded, const Scheme& scheme,
                                 const Matrix& hessian, double output_power,
                                 ThreadPool& pool) {
  if (output_power == 0) return absl::nullopt;
  const ScaleLayout layout = LayoutOf(scheme, weights.rows, weights.columns);
  const CodeFormat format = FormatOf(scheme);
  Matrix error = weights;
  for (uint64_t row = 0; row < error.rows; ++row) {
    for (uint64_t j = 0; j < error.columns; ++j) {
      const Grid& grid = coded.grids[layout.Index(row, j / layout.group_size)];
      error.Row(row)[j] -=
          grid.ValueOf(coded.codes[row * error.columns + j], format);
    }
  }
  const double squares = WeightedSquares(error, hessian, pool);
  const double loss = squares <= 0 ? 0 : squares / output_power;
  if (!std::isfinite(loss)) return absl::nullopt;  // H near double's limits
  return loss;
}

}  // namespace quant_curve
