#include "tools/quantize/coordinate_descent.h"

#include <algorithm>
#include <vector>

#include "absl/status/statusor.h"

namespace quant_curve {
namespace {

// Rows that share a pass over H; affects only speed.
constexpr uint64_t kTaskRows = 48;

// Common to all rows.
struct Plan {
  const Matrix& target;
  const Matrix& hessian;
  CodeFormat format;
  ScaleLayout layout;
};

// Columns [first, first + width) of one row.
struct GroupOfRow {
  uint64_t first;
  uint64_t width;
  Grid& grid;
  int16_t* codes;    // [width]
  double* gradient;  // [width], of G = E H; kept up to date
  double* moved;     // [width], how far q has moved
};

// How much the loss E H E^T changes when q moves by `step` in a direction d:
// `slope` is d . G and `curvature` d H d^T.
double LossChange(double step, double slope, double curvature) {
  return step * (step * curvature - 2 * slope);
}

// Moves one scale to its minimum.
void RefitScale(const Plan& plan, GroupOfRow& group) {
  std::vector<double> levels(group.width);
  std::vector<double> products(group.width);  // H l
  double slope = 0;
  for (uint64_t j = 0; j < group.width; ++j) {
    levels[j] = LevelOf(group.codes[j], plan.format) - group.grid.zero_point;
    slope += levels[j] * group.gradient[j];
    SubtractScaled(-levels[j], plan.hessian.Row(group.first + j) + group.first,
                   products.data(), group.width);
  }
  double curvature = 0;
  for (uint64_t j = 0; j < group.width; ++j) {
    curvature += levels[j] * products[j];
  }
  if (!(curvature > 0)) return;
  absl::StatusOr<Grid> grid = GridOfScale(group.grid.scale + slope / curvature);
  if (!grid.ok()) return;  // beyond float16
  if (grid->scale < 0 && !plan.format.signed_scale) return;
  const double step = double{grid->scale} - group.grid.scale;
  if (!(LossChange(step, slope, curvature) < 0)) return;
  grid->zero_point = group.grid.zero_point;
  grid->minimum = group.grid.minimum;
  group.grid = *grid;
  SubtractScaled(step, products.data(), group.gradient, group.width);
  for (uint64_t j = 0; j < group.width; ++j) {
    group.moved[j] += step * levels[j];
  }
}

// The same for its minimum: `row_sums` are H 1 of the group's columns.
void RefitMinimum(const std::vector<double>& row_sums, GroupOfRow& group) {
  double slope = 0;
  double curvature = 0;
  for (uint64_t j = 0; j < group.width; ++j) {
    slope += group.gradient[j];
    curvature += row_sums[j];
  }
  if (!(curvature > 0)) return;
  const absl::StatusOr<Grid> grid =
      GridOfMinimum(group.grid.scale, group.grid.minimum + slope / curvature);
  if (!grid.ok()) return;  // beyond float16
  const double step = double{grid->minimum} - group.grid.minimum;
  if (!(LossChange(step, slope, curvature) < 0)) return;
  group.grid.minimum = grid->minimum;
  SubtractScaled(step, row_sums.data(), group.gradient, group.width);
  for (uint64_t j = 0; j < group.width; ++j) group.moved[j] += step;
}

// Moves codes to their minima, column after column.
void MoveCodes(const Plan& plan, GroupOfRow& group) {
  for (uint64_t j = 0; j < group.width; ++j) {
    const double* row = plan.hessian.Row(group.first + j) + group.first;
    const double value = group.grid.ValueOf(group.codes[j], plan.format);
    const int16_t code =
        group.grid.CodeOf(value + group.gradient[j] / row[j], plan.format);
    if (code == group.codes[j]) continue;
    const double step = group.grid.ValueOf(code, plan.format) - value;
    if (!(LossChange(step, group.gradient[j], row[j]) < 0)) continue;
    group.codes[j] = code;
    SubtractScaled(step, row, group.gradient, group.width);
    group.moved[j] += step;
  }
}

// Rows [first, limit); `gradient` is their G. In the last round only the groups
// behind this one still need it.
void DescendGroup(const Plan& plan, uint64_t first, uint64_t limit,
                  uint64_t group_index, bool last_round, Matrix& gradient,
                  CodedMatrix& coded) {
  const uint64_t columns = plan.target.columns;
  const uint64_t begin = group_index * plan.layout.group_size;
  const uint64_t width = std::min(plan.layout.group_size, columns - begin);
  std::vector<double> row_sums(plan.format.has_minimum ? width : 0);
  for (uint64_t j = 0; j < row_sums.size(); ++j) {
    SubtractScaled(-1, plan.hessian.Row(begin + j) + begin, row_sums.data(),
                   width);
  }
  Matrix moved(limit - first, width);
  for (uint64_t row = first; row < limit; ++row) {
    // A copy: all of G is brought up to date below.
    const double* ours = gradient.Row(row - first) + begin;
    std::vector<double> local(ours, ours + width);
    GroupOfRow group = {begin,
                        width,
                        coded.grids[plan.layout.Index(row, group_index)],
                        coded.codes.data() + row * columns + begin,
                        local.data(),
                        moved.Row(row - first)};
    RefitScale(plan, group);
    if (plan.format.has_minimum) RefitMinimum(row_sums, group);
    MoveCodes(plan, group);
  }
  SubtractProductFrom(last_round ? begin + width : 0, columns, moved.rows,
                      width, {moved.Row(0), static_cast<int64_t>(width), 1},
                      plan.hessian.Row(begin), gradient.Row(0));
}

// G = (T - Q) H of rows [first, limit).
Matrix Gradient(const Plan& plan, uint64_t first, uint64_t limit,
                const CodedMatrix& coded) {
  const uint64_t columns = plan.target.columns;
  Matrix error(limit - first, columns);  // Q - T
  for (uint64_t row = first; row < limit; ++row) {
    for (uint64_t j = 0; j < columns; ++j) {
      const Grid& grid =
          coded.grids[plan.layout.Index(row, j / plan.layout.group_size)];
      error.Row(row - first)[j] =
          grid.ValueOf(coded.codes[row * columns + j], plan.format) -
          plan.target.Row(row)[j];
    }
  }
  Matrix gradient(limit - first, columns);
  const auto stride = static_cast<int64_t>(columns);
  constexpr uint64_t kTerms = 64;  // what stays in the cache of H
  for (uint64_t begin = 0; begin < columns; begin += kTerms) {
    SubtractProductFrom(0, columns, error.rows,
                        std::min(kTerms, columns - begin),
                        {error.Row(0) + begin, stride, 1},
                        plan.hessian.Row(begin), gradient.Row(0));
  }
  return gradient;
}

}  // namespace

void DescendCoordinates(const Matrix& target, const Matrix& hessian,
                        const Scheme& scheme, uint32_t rounds, ThreadPool& pool,
                        CodedMatrix& coded) {
  const Plan plan = {target, hessian, FormatOf(scheme),
                     LayoutOf(scheme, target.rows, target.columns)};
  const uint64_t tasks = (target.rows + kTaskRows - 1) / kTaskRows;
  pool.ParallelFor(tasks, [&](int64_t task) {
    const uint64_t first = task * kTaskRows;
    const uint64_t limit = std::min(target.rows, first + kTaskRows);
    Matrix gradient = Gradient(plan, first, limit, coded);
    for (uint32_t round = 0; round < rounds; ++round) {
      for (uint64_t group = 0; group < plan.layout.groups_per_row; ++group) {
        DescendGroup(plan, first, limit, group, round + 1 == rounds, gradient,
                     coded);
      }
    }
  });
}

}  // namespace quant_curve
