#include "tools/quantize/cholesky.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace quant_curve {
namespace {

// Rows that are finished before the rest of the matrix hears of them. The
// size decides speed alone.
constexpr uint64_t kPanelRows = 64;
constexpr uint64_t kTaskRows = 32;
constexpr uint64_t kTaskColumns = 128;
// A pivot below this share of its diagonal element is rounding, not a number.
constexpr double kLeastPivotShare = 0x1p-40;

uint64_t CeilDivide(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

// Finishes rows [begin, end) of L, the last one first; rows from `end` on have
// been taken into account.
bool FactorPanel(uint64_t begin, uint64_t end,
                 const std::vector<double>& diagonal, Matrix& a) {
  for (uint64_t k = end; k-- > begin;) {
    double* row = a.Row(k);
    if (!(row[k] > kLeastPivotShare * diagonal[k]) || !std::isfinite(row[k])) {
      return false;
    }
    const double pivot = std::sqrt(row[k]);
    for (uint64_t j = 0; j < k; ++j) row[j] /= pivot;
    row[k] = pivot;
    for (uint64_t i = begin; i < k; ++i) {
      SubtractScaled(row[i], row, a.Row(i), i + 1);
    }
  }
  return true;
}

// A_ij -= sum_k L_ki L_kj for the panel's rows k, falling, and j <= i < begin.
void UpdateRowsAbove(uint64_t begin, uint64_t end, Matrix& a,
                     ThreadPool& pool) {
  const auto stride = static_cast<ptrdiff_t>(a.columns);
  const double* last = a.Row(end - 1);
  pool.ParallelFor(CeilDivide(begin, kTaskRows), [&](int64_t task) {
    const uint64_t first = task * kTaskRows;
    const uint64_t limit = std::min(begin, first + kTaskRows);
    for (uint64_t tile = 0; tile < limit; tile += kTileColumns) {
      const uint64_t tile_end = std::min(limit, tile + kTileColumns);
      // The tile's corner beyond the diagonal is computed and never read.
      SubtractProduct({last + first, 1, -stride}, last + tile, -stride,
                      a.Row(first) + tile, stride, limit - first, end - begin,
                      tile_end - tile);
    }
  });
}

// Rows [begin, end) of U in columns [left, right), right > begin; the rows
// from `end` on are finished.
void SolveRows(const Matrix& lower, uint64_t begin, uint64_t end, uint64_t left,
               uint64_t right, Matrix& upper) {
  const auto stride = static_cast<ptrdiff_t>(lower.columns);
  if (right > end) {
    // U_kj = 0 for k > j: only the rows k < right have terms.
    SubtractProduct({lower.Row(right - 1) + begin, 1, -stride},
                    upper.Row(right - 1) + left, -stride,
                    upper.Row(begin) + left, stride, end - begin, right - end,
                    right - left);
  }
  for (uint64_t k = end; k-- > begin;) {
    double* row = upper.Row(k);
    if (left <= k && k < right) row[k] += 1;
    for (uint64_t j = std::max(left, k); j < right; ++j) {
      row[j] /= lower.Row(k)[k];
    }
    const uint64_t from = std::max(left, k);
    for (uint64_t i = begin; i < k && from < right; ++i) {
      SubtractScaled(lower.Row(k)[i], row + from, upper.Row(i) + from,
                     right - from);
    }
  }
}

}  // namespace

bool FactorFromTheEnd(Matrix& a, ThreadPool& pool) {
  std::vector<double> diagonal(a.rows);
  for (uint64_t i = 0; i < a.rows; ++i) {
    diagonal[i] = a.Row(i)[i];
    if (!(diagonal[i] > 0)) return false;
  }
  for (uint64_t end = a.rows; end > 0;) {
    const uint64_t begin = end > kPanelRows ? end - kPanelRows : 0;
    if (!FactorPanel(begin, end, diagonal, a)) return false;
    UpdateRowsAbove(begin, end, a, pool);
    end = begin;
  }
  return true;
}

Matrix InvertTransposed(const Matrix& lower, ThreadPool& pool) {
  const uint64_t size = lower.rows;
  Matrix upper(size, size);
  // Columns do not depend on one another; the last ones are the most work.
  const uint64_t tasks = CeilDivide(size, kTaskColumns);
  pool.ParallelFor(tasks, [&](int64_t task) {
    const uint64_t left = (tasks - 1 - task) * kTaskColumns;
    const uint64_t right = std::min(size, left + kTaskColumns);
    for (uint64_t end = right; end > 0;) {
      const uint64_t begin = end > kPanelRows ? end - kPanelRows : 0;
      SolveRows(lower, begin, end, left, right, upper);
      end = begin;
    }
  });
  return upper;
}

}  // namespace quant_curve
