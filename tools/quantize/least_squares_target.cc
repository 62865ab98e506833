#include "tools/quantize/least_squares_target.h"

#include <algorithm>

#include "lib/numerics/gemm.h"

namespace quant_curve {
namespace {

// Rows of W that share a pass over D and U; affects only speed.
constexpr uint64_t kTaskRows = 48;
// Terms of a sum between two visits to its element; affects only speed.
constexpr uint64_t kTerms = 64;

// c -= a b for square a and b, c of `a`'s height, in an order of terms that
// keeps a block of b in the cache.
void SubtractBlocks(StridedMatrix<double> a, const Matrix& b, Matrix& c) {
  const auto stride = static_cast<int64_t>(b.columns);
  for (uint64_t begin = 0; begin < b.rows; begin += kTerms) {
    SubtractProduct(c.rows, b.columns, std::min(kTerms, b.rows - begin),
                    {a.data + static_cast<int64_t>(begin) * a.column_stride,
                     a.row_stride, a.column_stride},
                    b.Row(begin), stride, c.Row(0), stride);
  }
}

}  // namespace

Matrix LeastSquaresTarget(const Matrix& weights, const Matrix& drift,
                          const HessianFactor& factor, ThreadPool& pool) {
  const uint64_t columns = weights.columns;
  const auto stride = static_cast<int64_t>(columns);
  Matrix target = weights;
  const uint64_t tasks = (weights.rows + kTaskRows - 1) / kTaskRows;
  pool.ParallelFor(tasks, [&](int64_t task) {
    const uint64_t first = task * kTaskRows;
    const uint64_t rows = std::min(kTaskRows, weights.rows - first);
    // The steps work on transposes, [in, rows], so that U^T is never formed:
    // moved = -(W D)^T, spread = (W D U^T)^T, T = W - spread^T U.
    Matrix transposed(columns, rows);
    for (uint64_t j = 0; j < columns; ++j) {
      for (uint64_t row = 0; row < rows; ++row) {
        transposed.Row(j)[row] = weights.Row(first + row)[j];
      }
    }
    Matrix moved(columns, rows);
    SubtractBlocks({drift.Row(0), 1, stride}, transposed, moved);
    Matrix spread(columns, rows);
    SubtractBlocks({factor.upper.Row(0), stride, 1}, moved, spread);
    for (uint64_t begin = 0; begin < columns; begin += kTerms) {
      // U is zero left of its diagonal.
      SubtractProductFrom(begin, columns, rows,
                          std::min(kTerms, columns - begin),
                          {spread.Row(begin), 1, static_cast<int64_t>(rows)},
                          factor.upper.Row(begin), target.Row(first));
    }
  });
  return target;
}

}  // namespace quant_curve
