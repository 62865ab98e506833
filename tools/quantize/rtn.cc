#include "tools/quantize/rtn.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {

absl::StatusOr<std::vector<Grid>> FitGrids(const Matrix& weights,
                                           const Scheme& scheme) {
  const CodeFormat format = FormatOf(scheme);
  const ScaleLayout layout = LayoutOf(scheme, weights.rows, weights.columns);
  std::vector<Grid> grids;
  if (layout.per_tensor) {
    ASSIGN_OR_RETURN(const Grid grid, FitGrid(weights.values, format));
    grids.push_back(grid);
    return grids;
  }
  for (uint64_t row = 0; row < weights.rows; ++row) {
    for (uint64_t begin = 0; begin < weights.columns;
         begin += layout.group_size) {
      const uint64_t width =
          std::min(layout.group_size, weights.columns - begin);
      const auto grid = FitGrid({weights.Row(row) + begin, width}, format);
      if (!grid.ok()) {
        return absl::InvalidArgumentError(
            absl::StrCat("row ", row, ", columns from ", begin, ": ",
                         grid.status().message()));
      }
      grids.push_back(*grid);
    }
  }
  return grids;
}

absl::StatusOr<CodedMatrix> QuantizeRtn(const Matrix& weights,
                                        const Scheme& scheme) {
  const CodeFormat format = FormatOf(scheme);
  const ScaleLayout layout = LayoutOf(scheme, weights.rows, weights.columns);
  CodedMatrix coded;
  ASSIGN_OR_RETURN(coded.grids, FitGrids(weights, scheme));
  coded.codes.reserve(weights.values.size());
  for (uint64_t row = 0; row < weights.rows; ++row) {
    for (uint64_t j = 0; j < weights.columns; ++j) {
      const Grid& grid = coded.grids[layout.Index(row, j / layout.group_size)];
      coded.codes.push_back(grid.CodeOf(weights.Row(row)[j], format));
    }
  }
  return coded;
}

}  // namespace quant_curve
