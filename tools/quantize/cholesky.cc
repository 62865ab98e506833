#include "tools/quantize/cholesky.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/functional/function_ref.h"
#include "lib/numerics/gemm.h"

namespace quant_curve {
namespace {

// Rows that are finished before the rest of the matrix hears of them; within
// those, rows that are finished before the rest of the panel does. All of these
// sizes affect only speed.
constexpr uint64_t kPanelRows = 96;
constexpr uint64_t kStripRows = 12;
constexpr uint64_t kTaskRows = 48;
constexpr uint64_t kTaskColumns = 192;
// A pivot below this share of its diagonal element is rounding, not a number.
constexpr double kLeastPivotShare = 0x1p-40;

uint64_t CeilDivide(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

// Calls body(begin, end) for ranges of at most `rows`, the last range first,
// until one returns false; whether none did.
bool FromTheEnd(uint64_t begin, uint64_t end, uint64_t rows,
                absl::FunctionRef<bool(uint64_t, uint64_t)> body) {
  while (end > begin) {
    const uint64_t first = end - begin > rows ? end - rows : begin;
    if (!body(first, end)) return false;
    end = first;
  }
  return true;
}

// A_ij -= sum_k L_ki L_kj for the finished rows k of [begin, end), falling, for
// i in [first, limit), limit <= begin, and j <= i.
void UpdateRows(uint64_t first, uint64_t limit, uint64_t begin, uint64_t end,
                Matrix& a) {
  const auto stride = static_cast<int64_t>(a.columns);
  const double* last = a.Row(end - 1);
  for (uint64_t tile = 0; tile < limit; tile += kTileColumns) {
    const uint64_t tile_end = std::min(limit, tile + kTileColumns);
    // The tile's corner beyond the diagonal is computed and never read.
    SubtractProduct(limit - first, tile_end - tile, end - begin,
                    {last + first, 1, -stride}, last + tile, -stride,
                    a.Row(first) + tile, stride);
  }
}

// Finishes rows [begin, end) of L, the last one first; rows from `end` on have
// been taken into account.
bool FactorStrip(uint64_t begin, uint64_t end,
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

// The same, and for a panel.
bool FactorPanel(uint64_t begin, uint64_t end,
                 const std::vector<double>& diagonal, Matrix& a) {
  return FromTheEnd(begin, end, kStripRows,
                    [&](uint64_t first, uint64_t limit) {
                      if (!FactorStrip(first, limit, diagonal, a)) return false;
                      if (first > begin)
                        UpdateRows(begin, first, first, limit, a);
                      return true;
                    });
}

// Columns [left, right) of U, from the last row to the first.
class ColumnSolver {
 public:
  ColumnSolver(const Matrix& lower, uint64_t left, uint64_t right,
               Matrix& upper)
      : lower_(lower), left_(left), right_(right), upper_(upper) {}

  void Solve() {
    FromTheEnd(0, right_, kPanelRows, [&](uint64_t begin, uint64_t end) {
      // U_kj = 0 for k > j: only the rows k < right have terms.
      if (right_ > end) Subtract(begin, end, end, right_);
      return FromTheEnd(begin, end, kStripRows,
                        [&](uint64_t first, uint64_t limit) {
                          SolveStrip(first, limit);
                          if (first > begin) {
                            Subtract(begin, first, first, limit);
                          }
                          return true;
                        });
    });
  }

 private:
  // U_ij -= sum_k L_ki U_kj for i in [begin, end) and the finished rows k of
  // [first, limit), falling.
  void Subtract(uint64_t begin, uint64_t end, uint64_t first, uint64_t limit) {
    const auto stride = static_cast<int64_t>(lower_.columns);
    SubtractProduct(end - begin, right_ - left_, limit - first,
                    {lower_.Row(limit - 1) + begin, 1, -stride},
                    upper_.Row(limit - 1) + left_, -stride,
                    upper_.Row(begin) + left_, stride);
  }

  // Rows [begin, end); those from `end` on have been taken into account.
  void SolveStrip(uint64_t begin, uint64_t end) {
    for (uint64_t k = end; k-- > begin;) {
      double* row = upper_.Row(k);
      if (left_ <= k && k < right_) row[k] += 1;
      const uint64_t from = std::max(left_, k);
      for (uint64_t j = from; j < right_; ++j) row[j] /= lower_.Row(k)[k];
      for (uint64_t i = begin; i < k && from < right_; ++i) {
        SubtractScaled(lower_.Row(k)[i], row + from, upper_.Row(i) + from,
                       right_ - from);
      }
    }
  }

  const Matrix& lower_;
  const uint64_t left_;
  const uint64_t right_;
  Matrix& upper_;
};

}  // namespace

bool FactorFromTheEnd(Matrix& a, ThreadPool& pool) {
  std::vector<double> diagonal(a.rows);
  for (uint64_t i = 0; i < a.rows; ++i) {
    diagonal[i] = a.Row(i)[i];
    if (!(diagonal[i] > 0)) return false;
  }
  return FromTheEnd(0, a.rows, kPanelRows, [&](uint64_t begin, uint64_t end) {
    if (!FactorPanel(begin, end, diagonal, a)) return false;
    pool.ParallelFor(CeilDivide(begin, kTaskRows), [&](int64_t task) {
      const uint64_t first = task * kTaskRows;
      UpdateRows(first, std::min(begin, first + kTaskRows), begin, end, a);
    });
    return true;
  });
}

Matrix InvertTransposed(const Matrix& lower, ThreadPool& pool) {
  const uint64_t size = lower.rows;
  Matrix upper(size, size);
  // Columns do not depend on one another; the last ones are the most work.
  const uint64_t tasks = CeilDivide(size, kTaskColumns);
  pool.ParallelFor(tasks, [&](int64_t task) {
    const uint64_t left = (tasks - 1 - task) * kTaskColumns;
    const uint64_t right = std::min(size, left + kTaskColumns);
    ColumnSolver(lower, left, right, upper).Solve();
  });
  return upper;
}

}  // namespace quant_curve
