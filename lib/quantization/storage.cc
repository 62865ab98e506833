#include "lib/quantization/storage.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "lib/artifact/float16.h"
#include "lib/artifact/status_macros.h"
#include "lib/quantization/grid.h"

namespace quant_curve {
namespace {

constexpr CodeFormat kInt8 = {8, /*symmetric=*/true};

std::string ScalesName(absl::string_view name) {
  return absl::StrCat(name, ".scales");
}

// Round to nearest, row by row.
absl::Status AddInt8Rows(const TensorSpec& spec, absl::Span<const float> values,
                         QuantizedModel& model) {
  const uint64_t rows = spec.shape[0];
  const uint64_t columns = spec.shape[1];
  std::vector<int8_t> codes(rows * columns);
  std::vector<float> scales(rows);
  for (uint64_t row = 0; row < rows; ++row) {
    const absl::Span<const float> from = values.subspan(row * columns, columns);
    const std::vector<double> weights(from.begin(), from.end());
    ASSIGN_OR_RETURN(const Grid grid, FitGrid(weights, kInt8));
    scales[row] = grid.scale;
    for (uint64_t i = 0; i < columns; ++i) {
      codes[row * columns + i] =
          static_cast<int8_t>(grid.CodeOf(weights[i], kInt8));
    }
  }
  *model.add_others() = MakeInt8(spec.name, spec.shape, codes);
  *model.add_others() = MakeFloat16(ScalesName(spec.name), {rows}, scales);
  return absl::OkStatus();
}

}  // namespace

DType StoredDType(const Scheme& scheme, TensorRole role) {
  if (scheme.weight_format() == WEIGHT_FLOAT32) return FLOAT32;
  if (scheme.weight_format() == WEIGHT_FLOAT16) return FLOAT16;
  switch (role) {
    case TensorRole::kLinearWeight:
      return PACKED_CODES;
    case TensorRole::kEmbedding:
      return scheme.embedding_format() == EMBEDDING_INT8 ? INT8 : FLOAT16;
    case TensorRole::kPositions:
      return FLOAT16;
    case TensorRole::kLinearBias:
    case TensorRole::kNorm:
      return FLOAT32;
  }
  return FLOAT32;
}

std::vector<StoredTensor> StoredOthers(const ModelConfig& config,
                                       const Scheme& scheme) {
  std::vector<StoredTensor> others;
  for (const TensorSpec& spec : TensorSpecs(config)) {
    if (spec.role == TensorRole::kLinearWeight) continue;
    const DType dtype = StoredDType(scheme, spec.role);
    others.push_back({spec.name, spec.shape, dtype, spec.role});
    if (dtype != INT8) continue;
    others.push_back(
        {ScalesName(spec.name), {spec.shape[0]}, FLOAT16, spec.role});
  }
  return others;
}

absl::StatusOr<Tensor> StoreFloats(const TensorSpec& spec, DType dtype,
                                   absl::Span<const float> values) {
  if (dtype != FLOAT16) return MakeFloat32(spec.name, spec.shape, values);
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(RoundToFloat16(values[i]))) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("element ", i, " is ", values[i],
                     ": beyond float16's largest value 65504"));
  }
  return MakeFloat16(spec.name, spec.shape, values);
}

absl::Status AddOther(const TensorSpec& spec, absl::Span<const float> values,
                      QuantizedModel& model) {
  const DType dtype = StoredDType(model.scheme(), spec.role);
  if (dtype == INT8) return AddInt8Rows(spec, values, model);
  ASSIGN_OR_RETURN(*model.add_others(), StoreFloats(spec, dtype, values));
  return absl::OkStatus();
}

absl::StatusOr<Int8Rows> ReadInt8Rows(const TensorView& codes_view,
                                      const TensorView& scales_view) {
  const Tensor& codes = codes_view.tensor;
  const Tensor& scales = scales_view.tensor;
  if (codes.shape_size() != 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("tensor '", codes.name(), "': shape ", ShapeText(codes),
                     ", int8 rows have two extents"));
  }
  RETURN_IF_ERROR(CheckShape(scales, {codes.shape(0)}));
  if (scales.dtype() != FLOAT16) {
    return absl::InvalidArgumentError(
        absl::StrCat("tensor '", scales.name(), "': scales are not FLOAT16"));
  }
  RETURN_IF_ERROR(CheckElements(codes_view, INT8));
  Int8Rows rows;
  rows.codes = {reinterpret_cast<const int8_t*>(codes_view.bytes.data()),
                codes_view.bytes.size()};
  // The loop has no branch, so that the compiler uses vectors.
  int8_t least = 0;
  for (const int8_t code : rows.codes) least = std::min(least, code);
  if (least < kInt8.lowest()) {
    const size_t i = std::find(rows.codes.begin(), rows.codes.end(), least) -
                     rows.codes.begin();
    return absl::InvalidArgumentError(
        absl::StrCat("tensor '", codes.name(), "': code ", i, " is ",
                     int{least}, ": must be at least ", kInt8.lowest()));
  }
  ASSIGN_OR_RETURN(rows.scales, ReadFloats(scales_view));
  for (size_t i = 0; i < rows.scales.size(); ++i) {
    if (rows.scales[i] > 0) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("tensor '", scales.name(), "': scale ", i, " is ",
                     rows.scales[i], ": must be positive"));
  }
  return rows;
}

}  // namespace quant_curve
