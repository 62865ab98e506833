#include "tools/quantize/gptq.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/artifact/status_macros.h"
#include "tools/quantize/rtn.h"
#include "tools/quantize/scale_search.h"

namespace quant_curve {
namespace {

// Rows that share a pass over U; affects only speed.
constexpr uint64_t kTaskRows = 48;

// What all rows have in common.
struct Plan {
  const Matrix& upper;
  const std::vector<bool>& dead;
  CodeFormat format;
  ScaleLayout layout;
  bool fit_groups;  // PER_GROUP: grids are fitted on the way
  // 1 / U_jj^2 of each column; empty without scale search.
  std::vector<double> importance;
  uint64_t block_size;
};

// Where the lazy block that starts at `begin` ends.
uint64_t BlockEnd(const Plan& plan, uint64_t begin) {
  const uint64_t columns = plan.upper.columns;
  const uint64_t end = std::min(columns, begin + plan.block_size);
  if (!plan.fit_groups || end == columns) return end;
  const uint64_t group_begin = end - end % plan.layout.group_size;
  // The group at `end` is cut by it: leave the whole group to the next block,
  // unless the group began before this one.
  return group_begin > begin ? group_begin : end;
}

// The cost of a squared error in each column, for SearchScale.
std::vector<double> ImportanceOf(const Matrix& upper) {
  std::vector<double> importance(upper.columns);
  for (uint64_t j = 0; j < upper.columns; ++j) {
    const double diagonal = upper.Row(j)[j];
    importance[j] = 1 / (diagonal * diagonal);
  }
  return importance;
}

absl::StatusOr<Grid> FitColumns(const Plan& plan,
                                absl::Span<const double> weights,
                                uint64_t begin) {
  if (plan.importance.empty()) return FitGrid(weights, plan.format);
  return SearchScale(
      weights,
      absl::MakeConstSpan(plan.importance).subspan(begin, weights.size()),
      plan.format);
}

// The grid of columns [begin, begin + width) of one row.
absl::StatusOr<Grid> FitGroup(const Plan& plan, const double* weights,
                              uint64_t begin, uint64_t width) {
  const auto first = plan.dead.begin() + begin;
  const uint64_t dead = std::count(first, first + width, true);
  if (dead == 0 || 2 * dead > width) {
    return FitColumns(plan, {weights + begin, width}, begin);
  }
  // Zeros don't change the fit of a grid that has zero.
  std::vector<double> live(weights + begin, weights + begin + width);
  for (uint64_t j = 0; j < width; ++j) {
    if (plan.dead[begin + j]) live[j] = 0;
  }
  return FitColumns(plan, live, begin);
}

// Quantizes columns [begin, end) of one row. weights[j] is the row's column j,
// errors[j - begin] becomes (w_j - q_j) / U_jj.
absl::Status QuantizeBlock(const Plan& plan, uint64_t row, uint64_t begin,
                           uint64_t end, double* weights, double* errors,
                           CodedMatrix& coded) {
  const uint64_t columns = plan.upper.columns;
  const uint64_t group_size = plan.layout.group_size;
  for (uint64_t j = begin; j < end; ++j) {
    Grid& grid = coded.grids[plan.layout.Index(row, j / group_size)];
    if (plan.fit_groups && j % group_size == 0) {
      const uint64_t width = std::min(group_size, columns - j);
      ASSIGN_OR_RETURN(grid, FitGroup(plan, weights, j, width));
    }
    const int16_t code = grid.CodeOf(weights[j], plan.format);
    coded.codes[row * columns + j] = code;
    const double error =
        (weights[j] - grid.ValueOf(code, plan.format)) / plan.upper.Row(j)[j];
    if (!std::isfinite(error)) {
      return absl::FailedPreconditionError(
          absl::StrCat("column ", j,
                       ": the error carried on is not finite; the Hessian is "
                       "ill-conditioned, raise the scheme's damping"));
    }
    errors[j - begin] = error;
    SubtractScaled(error, plan.upper.Row(j) + j + 1, weights + j + 1,
                   end - j - 1);
  }
  return absl::OkStatus();
}

// Quantizes rows [first, limit) from the first column to the last.
absl::Status QuantizeRows(const Plan& plan, uint64_t first, uint64_t limit,
                          Matrix& weights, CodedMatrix& coded) {
  const uint64_t columns = plan.upper.columns;
  for (uint64_t begin = 0; begin < columns;) {
    const uint64_t end = BlockEnd(plan, begin);
    Matrix errors(limit - first, end - begin);
    for (uint64_t row = first; row < limit; ++row) {
      const absl::Status status =
          QuantizeBlock(plan, row, begin, end, weights.Row(row),
                        errors.Row(row - first), coded);
      if (!status.ok()) {
        return absl::Status(status.code(),
                            absl::StrCat("row ", row, ": ", status.message()));
      }
    }
    SubtractProductFrom(end, columns, limit - first, end - begin,
                        {errors.Row(0), static_cast<int64_t>(end - begin), 1},
                        plan.upper.Row(begin), weights.Row(first));
    begin = end;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CodedMatrix> QuantizeGptq(const Matrix& weights,
                                         const HessianFactor& factor,
                                         const Scheme& scheme,
                                         ThreadPool& pool) {
  const Plan plan = {
      factor.upper,
      factor.dead,
      FormatOf(scheme),
      LayoutOf(scheme, weights.rows, weights.columns),
      scheme.granularity() == PER_GROUP,
      scheme.gptq().scale_search() ? ImportanceOf(factor.upper)
                                   : std::vector<double>(),
      scheme.block_size() > 0 ? scheme.block_size() : kDefaultBlockSize};
  CodedMatrix coded;
  if (plan.fit_groups) {
    coded.grids.resize(plan.layout.num_scales);
  } else {
    ASSIGN_OR_RETURN(coded.grids, FitGrids(weights, scheme));
  }
  coded.codes.resize(weights.values.size());

  Matrix updated = weights;
  const uint64_t tasks = (weights.rows + kTaskRows - 1) / kTaskRows;
  std::vector<absl::Status> statuses(tasks);
  pool.ParallelFor(tasks, [&](int64_t task) {
    const uint64_t first = task * kTaskRows;
    const uint64_t limit = std::min(weights.rows, first + kTaskRows);
    statuses[task] = QuantizeRows(plan, first, limit, updated, coded);
  });
  for (const absl::Status& status : statuses) RETURN_IF_ERROR(status);
  return coded;
}

}  // namespace quant_curve
