#include "lib/quantization/grid.h"

#include "absl/strings/str_cat.h"
#include "lib/artifact/float16.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

constexpr float kLeastScale = 0x1p-24f;   // float16's least positive value
constexpr double kScaleOverflow = 65520;  // from here float16 is infinite

// The weight that is largest in magnitude takes the lowest level.
absl::StatusOr<Grid> FitSignedScale(absl::Span<const double> weights,
                                    const CodeFormat& format) {
  double largest = 0;
  for (const double weight : weights) {
    if (std::abs(weight) > std::abs(largest)) largest = weight;
  }
  return GridOfScale(largest / LevelOf(format.lowest(), format));
}

absl::StatusOr<Grid> FitMinimum(absl::Span<const double> weights,
                                const CodeFormat& format) {
  const auto [low, high] = std::minmax_element(weights.begin(), weights.end());
  const double minimum = RoundToFloat16(static_cast<float>(*low));
  return GridOfMinimum(std::max(0.0, *high - minimum) / format.highest(),
                       minimum);
}

}  // namespace

absl::StatusOr<Grid> GridOfScale(double scale) {
  if (!(std::abs(scale) < kScaleOverflow)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "scale ", scale,
        " is beyond float16's largest value 65504: the weights are too large"));
  }
  Grid grid;
  grid.scale = RoundToFloat16(static_cast<float>(scale));
  if (std::abs(grid.scale) < kLeastScale) {
    grid.scale = scale < 0 ? -kLeastScale : kLeastScale;
  }
  if (scale != 0) {
    grid.scale_error =
        static_cast<float>(std::abs((grid.scale - scale) / scale));
  }
  return grid;
}

absl::StatusOr<Grid> GridOfMinimum(double scale, double minimum) {
  const float rounded = RoundToFloat16(static_cast<float>(minimum));
  if (!std::isfinite(rounded)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "minimum ", minimum,
        " is beyond float16's largest value 65504: the weights are too large"));
  }
  ASSIGN_OR_RETURN(Grid grid, GridOfScale(scale));
  grid.minimum = rounded;
  return grid;
}

ScaleLayout LayoutOf(const Scheme& scheme, uint64_t out_features,
                     uint64_t in_features) {
  ScaleLayout layout;
  layout.per_tensor = scheme.granularity() == PER_TENSOR;
  layout.group_size = scheme.granularity() == PER_GROUP
                          ? std::min<uint64_t>(scheme.group_size(), in_features)
                          : in_features;
  layout.groups_per_row =
      (in_features + layout.group_size - 1) / layout.group_size;
  layout.num_scales =
      layout.per_tensor ? 1 : out_features * layout.groups_per_row;
  return layout;
}

absl::StatusOr<Grid> FitGrid(absl::Span<const double> weights,
                             const CodeFormat& format) {
  if (format.signed_scale) return FitSignedScale(weights, format);
  if (format.has_minimum) return FitMinimum(weights, format);
  double low = 0;
  double high = 0;
  for (const double weight : weights) {
    low = std::min(low, weight);
    high = std::max(high, weight);
  }
  if (format.symmetric) {
    return GridOfScale(std::max(-low, high) / format.highest());
  }
  ASSIGN_OR_RETURN(Grid grid, GridOfScale((high - low) / format.highest()));
  grid.zero_point = grid.CodeOf(-low, format);
  return grid;
}

}  // namespace quant_curve
