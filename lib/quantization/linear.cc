#include "lib/quantization/linear.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/quantization/packing.h"

namespace quant_curve {
namespace {

absl::Status Refuse(const QuantizedLinear& linear, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("linear '", linear.name(), "': ", why));
}

absl::Status CheckExtents(const QuantizedLinear& linear) {
  if (linear.out_features() == 0 || linear.in_features() == 0) {
    return Refuse(linear, absl::StrCat("shape [", linear.out_features(), ", ",
                                       linear.in_features(),
                                       "]: both must be at least 1"));
  }
  const absl::Status shape = CheckShape(
      linear.weight(), {linear.out_features(), linear.in_features()});
  return shape.ok() ? shape : Refuse(linear, shape.message());
}

absl::Status CheckDType(const QuantizedLinear& linear, DType expected) {
  if (linear.weight().dtype() == expected) return absl::OkStatus();
  return Refuse(linear,
                absl::StrCat("dtype ", DType_Name(linear.weight().dtype()),
                             ", the scheme stores ", DType_Name(expected)));
}

// A grid's scales and zero points: shapes, dtypes and lengths.
absl::Status CheckGrids(const QuantizedLinear& linear, const Scheme& scheme) {
  const uint64_t count =
      LayoutOf(scheme, linear.out_features(), linear.in_features()).num_scales;
  RETURN_IF_ERROR(CheckShape(linear.scales(), {count}));
  if (linear.scales().dtype() != FLOAT16) {
    return Refuse(linear, "scales are not FLOAT16");
  }
  if (scheme.symmetric()) {
    return linear.has_zero_points()
               ? Refuse(linear, "zero points on a symmetric grid")
               : absl::OkStatus();
  }
  RETURN_IF_ERROR(CheckShape(linear.zero_points(), {count}));
  if (FormatOf(scheme).has_minimum) {
    return linear.zero_points().dtype() == FLOAT16
               ? absl::OkStatus()
               : Refuse(linear, "minimums are not FLOAT16");
  }
  return linear.zero_points().dtype() == INT8
             ? absl::OkStatus()
             : Refuse(linear, "zero points are not INT8");
}

absl::Status CheckPermutation(const QuantizedLinear& linear,
                              const Scheme& scheme) {
  const uint64_t columns = scheme.activation_order() ? linear.in_features() : 0;
  if (linear.permutation_size() != columns) {
    return Refuse(linear,
                  absl::StrCat("a permutation of ", linear.permutation_size(),
                               " columns, the scheme needs ", columns));
  }
  std::vector<bool> seen(columns, false);
  for (const uint32_t column : linear.permutation()) {
    if (column >= columns || seen[column]) {
      return Refuse(linear,
                    absl::StrCat("permutation: column ", column,
                                 " is repeated or not below ", columns));
    }
    seen[column] = true;
  }
  return absl::OkStatus();
}

absl::Status CheckCodes(const QuantizedLinear& linear, const Scheme& scheme) {
  RETURN_IF_ERROR(CheckDType(linear, PACKED_CODES));
  const absl::Status size =
      CheckPackedSize(PayloadBytes(linear.weight()), linear.out_features(),
                      linear.in_features(), FormatOf(scheme));
  if (!size.ok()) return Refuse(linear, size.message());
  RETURN_IF_ERROR(CheckGrids(linear, scheme));
  return CheckPermutation(linear, scheme);
}

// The stored zero points as 0 to 2^bits-1, or zeros for a symmetric grid.
absl::StatusOr<std::vector<int16_t>> ReadZeroPoints(
    const QuantizedLinear& linear, const Scheme& scheme, uint64_t count,
    const Payload& payload) {
  if (scheme.symmetric() || FormatOf(scheme).has_minimum) {
    return std::vector<int16_t>(count, 0);
  }
  ASSIGN_OR_RETURN(const TensorView view, payload.View(linear.zero_points()));
  ASSIGN_OR_RETURN(const std::vector<int8_t> stored, ReadInt8(view));
  std::vector<int16_t> zero_points(count);
  for (uint64_t i = 0; i < count; ++i) {
    zero_points[i] = static_cast<uint8_t>(stored[i]);
    if (zero_points[i] <= FormatOf(scheme).highest()) continue;
    return Refuse(linear,
                  absl::StrCat("zero point ", i, " is ", zero_points[i],
                               ", beyond ", FormatOf(scheme).highest()));
  }
  return zero_points;
}

absl::StatusOr<std::vector<float>> ReadScales(const QuantizedLinear& linear,
                                              const Scheme& scheme,
                                              const Payload& payload) {
  const bool is_signed = FormatOf(scheme).signed_scale;
  ASSIGN_OR_RETURN(const TensorView view, payload.View(linear.scales()));
  ASSIGN_OR_RETURN(std::vector<float> scales, ReadFloats(view));
  for (size_t i = 0; i < scales.size(); ++i) {
    if (scales[i] > 0 || (is_signed && scales[i] < 0)) continue;
    return Refuse(linear, absl::StrCat("scale ", i, " is ", scales[i],
                                       is_signed ? ": must not be 0"
                                                 : ": must be positive"));
  }
  return scales;
}

// One per scale, or none where the scheme has none.
absl::StatusOr<std::vector<float>> ReadMinimums(const QuantizedLinear& linear,
                                                const Scheme& scheme,
                                                const Payload& payload) {
  if (!FormatOf(scheme).has_minimum) return std::vector<float>();
  ASSIGN_OR_RETURN(const TensorView view, payload.View(linear.zero_points()));
  return ReadFloats(view);
}

// What a float-format Linear must not carry.
absl::Status CheckNoGrid(const QuantizedLinear& linear) {
  if (linear.has_scales() || linear.has_zero_points() ||
      linear.permutation_size() > 0) {
    return Refuse(linear, "float weights with scales or a permutation");
  }
  return absl::OkStatus();
}

// Subtracts the zero points, if there are any, and repeats a per-tensor scale,
// and a minimum, for every row.
void ApplyLayout(const ScaleLayout& layout,
                 const std::vector<int16_t>& zero_points,
                 const std::vector<float>& scales,
                 const std::vector<float>& minimums, UnpackedLinear& unpacked) {
  unpacked.scales.reserve(unpacked.out_features * layout.groups_per_row);
  for (uint64_t row = 0; row < unpacked.out_features; ++row) {
    int16_t* codes = unpacked.codes.data() + row * unpacked.in_features;
    for (uint64_t group = 0; group < layout.groups_per_row; ++group) {
      unpacked.scales.push_back(scales[layout.Index(row, group)]);
      if (!minimums.empty()) {
        unpacked.minimums.push_back(minimums[layout.Index(row, group)]);
      }
      const int16_t zero_point = zero_points[layout.Index(row, group)];
      if (zero_point == 0) continue;
      const uint64_t first = group * layout.group_size;
      const uint64_t end =
          std::min(first + layout.group_size, unpacked.in_features);
      for (uint64_t k = first; k < end; ++k) codes[k] -= zero_point;
    }
  }
}

absl::StatusOr<std::vector<float>> DequantizeCodes(
    const QuantizedLinear& linear, const Scheme& scheme,
    const Payload& payload) {
  ASSIGN_OR_RETURN(const UnpackedLinear unpacked,
                   Unpack(linear, scheme, payload));
  const uint64_t columns = unpacked.in_features;
  std::vector<float> weights(unpacked.codes.size());
  for (uint64_t row = 0; row < unpacked.out_features; ++row) {
    const float* scales = &unpacked.scales[row * unpacked.groups_per_row];
    for (uint64_t j = 0; j < columns; ++j) {
      const uint64_t input =
          unpacked.permutation.empty() ? j : unpacked.permutation[j];
      const uint64_t group = j / unpacked.group_size;
      const float code = unpacked.codes[row * columns + j];
      weights[row * columns + input] =
          unpacked.minimums.empty()
              ? code * scales[group]
              : std::fma(
                    code, scales[group],
                    unpacked.minimums[row * unpacked.groups_per_row + group]);
    }
  }
  return weights;
}

}  // namespace

absl::StatusOr<QuantizedLinear> PackLinear(
    absl::string_view name, uint64_t out_features, uint64_t in_features,
    const CodedMatrix& matrix, const std::vector<uint32_t>& permutation,
    const Scheme& scheme) {
  QuantizedLinear linear;
  linear.set_name(std::string(name));
  linear.set_out_features(out_features);
  linear.set_in_features(in_features);
  Tensor& weight = *linear.mutable_weight();
  weight.set_name(linear.name());
  weight.set_dtype(PACKED_CODES);
  weight.add_shape(out_features);
  weight.add_shape(in_features);
  ASSIGN_OR_RETURN(
      *weight.mutable_data(),
      PackCodes(matrix.codes, out_features, in_features, FormatOf(scheme)));
  std::vector<float> scales;
  std::vector<int8_t> zero_points;
  std::vector<float> minimums;
  for (const Grid& grid : matrix.grids) {
    scales.push_back(grid.scale);
    zero_points.push_back(static_cast<int8_t>(grid.zero_point));
    minimums.push_back(grid.minimum);
  }
  *linear.mutable_scales() =
      MakeFloat16(absl::StrCat(name, ".scales"), {scales.size()}, scales);
  if (FormatOf(scheme).has_minimum) {
    *linear.mutable_zero_points() = MakeFloat16(absl::StrCat(name, ".minimums"),
                                                {minimums.size()}, minimums);
  } else if (!scheme.symmetric()) {
    *linear.mutable_zero_points() = MakeInt8(absl::StrCat(name, ".zero_points"),
                                             {zero_points.size()}, zero_points);
  }
  linear.mutable_permutation()->Add(permutation.begin(), permutation.end());
  return linear;
}

absl::Status CheckStored(const QuantizedLinear& linear, const Scheme& scheme) {
  RETURN_IF_ERROR(CheckExtents(linear));
  if (scheme.weight_format() == WEIGHT_INTEGER) {
    return CheckCodes(linear, scheme);
  }
  RETURN_IF_ERROR(CheckDType(
      linear, scheme.weight_format() == WEIGHT_FLOAT16 ? FLOAT16 : FLOAT32));
  return CheckNoGrid(linear);
}

absl::StatusOr<UnpackedLinear> Unpack(const QuantizedLinear& linear,
                                      const Scheme& scheme,
                                      const Payload& payload) {
  RETURN_IF_ERROR(CheckExtents(linear));
  RETURN_IF_ERROR(CheckCodes(linear, scheme));
  UnpackedLinear unpacked;
  unpacked.out_features = linear.out_features();
  unpacked.in_features = linear.in_features();
  ASSIGN_OR_RETURN(const TensorView weight, payload.View(linear.weight()));
  auto codes = UnpackCodes(weight.bytes, linear.out_features(),
                           linear.in_features(), FormatOf(scheme));
  if (!codes.ok()) return Refuse(linear, codes.status().message());
  unpacked.codes = *std::move(codes);
  unpacked.table = FormatOf(scheme).table;
  if (!unpacked.table.empty()) {
    for (int16_t& code : unpacked.codes) code = unpacked.table[code];
  }

  const ScaleLayout layout =
      LayoutOf(scheme, linear.out_features(), linear.in_features());
  unpacked.group_size = layout.group_size;
  unpacked.groups_per_row = layout.groups_per_row;
  unpacked.per_tensor = layout.per_tensor;
  ASSIGN_OR_RETURN(const std::vector<float> scales,
                   ReadScales(linear, scheme, payload));
  ASSIGN_OR_RETURN(const std::vector<int16_t> zero_points,
                   ReadZeroPoints(linear, scheme, layout.num_scales, payload));
  unpacked.permutation.assign(linear.permutation().begin(),
                              linear.permutation().end());
  ASSIGN_OR_RETURN(const std::vector<float> minimums,
                   ReadMinimums(linear, scheme, payload));
  ApplyLayout(layout, zero_points, scales, minimums, unpacked);
  return unpacked;
}

absl::StatusOr<std::vector<float>> Dequantize(const QuantizedLinear& linear,
                                              const Scheme& scheme,
                                              const Payload& payload) {
  if (scheme.weight_format() == WEIGHT_INTEGER) {
    return DequantizeCodes(linear, scheme, payload);
  }
  RETURN_IF_ERROR(CheckStored(linear, scheme));
  ASSIGN_OR_RETURN(const TensorView weight, payload.View(linear.weight()));
  return ReadFloats(weight);
}

}  // namespace quant_curve
