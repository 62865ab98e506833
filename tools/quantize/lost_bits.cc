#include "tools/quantize/lost_bits.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "lib/artifact/float16.h"

namespace quant_curve {
namespace {

constexpr double kNormalRounding = 0x1p-11;  // of a normal float16
constexpr CodeFormat kInt8 = {8, /*symmetric=*/true};

double RelativeErrorOfFloat16(float value) {
  if (value == 0) return 0;
  return std::abs(double{RoundToFloat16(value)} - value) / value;
}

}  // namespace

void LostBits::Add(double relative_error) {
  ++total;
  if (relative_error <= kNormalRounding) return;
  ++count;
  worst = std::max(worst, relative_error);
}

LostBits LostInScales(const std::vector<Grid>& grids) {
  LostBits lost;
  for (const Grid& grid : grids) lost.Add(grid.scale_error);
  return lost;
}

LostBits LostInRows(const TensorSpec& spec, absl::Span<const float> values,
                    DType dtype) {
  LostBits lost;
  if (spec.shape.size() != 2 || (dtype != INT8 && dtype != FLOAT16)) {
    return lost;
  }
  const uint64_t columns = spec.shape[1];
  for (uint64_t row = 0; row < spec.shape[0]; ++row) {
    float largest = 0;
    for (const float value : values.subspan(row * columns, columns)) {
      largest = std::max(largest, std::abs(value));
    }
    if (dtype == FLOAT16) {
      lost.Add(RelativeErrorOfFloat16(largest));
      continue;
    }
    const double magnitude = largest;
    const absl::StatusOr<Grid> grid = FitGrid({magnitude}, kInt8);
    if (grid.ok()) lost.Add(grid->scale_error);
  }
  return lost;
}

std::string LostBitsText(const LostBits& lost, absl::string_view unit) {
  const double percent = 100 * lost.worst;
  return absl::StrFormat("%d of %d %s, off by up to %.*f %%", lost.count,
                         lost.total, unit, percent < 10 ? 2 : 0, percent);
}

}  // namespace quant_curve
