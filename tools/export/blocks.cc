#include "tools/export/blocks.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "lib/artifact/float16.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/quantization/grid.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/storage.h"

namespace quant_curve {
namespace {

// Codes [rows, columns] and the scale of each group of a row's columns.
struct Codes {
  uint64_t rows, columns, group_size;
  absl::Span<const int16_t> codes;
  absl::Span<const float> scales;         // [rows, ceil(columns / group_size)]
  absl::Span<const float> minimums = {};  // as scales; empty without
};

void AppendFloat16(float value, std::string& bytes) {
  const uint16_t half = Float16FromFloat(value);
  bytes.push_back(static_cast<char>(half & 0xff));
  bytes.push_back(static_cast<char>(half >> 8));
}

// The nibble of a code, or of a level of IQ4_NL.
int NibbleOf(int16_t code, GgmlType type) {
  if (type == GgmlType::kQ4_0) return code + 8;
  if (type == GgmlType::kQ4_1) return code;
  const auto* level =
      std::lower_bound(kIq4NlLevels.begin(), kIq4NlLevels.end(), code);
  return static_cast<int>(level - kIq4NlLevels.begin());
}

void AppendNibbles(absl::Span<const int16_t> block, GgmlType type,
                   std::string& bytes) {
  constexpr uint64_t kHalf = kBlockColumns / 2;
  for (uint64_t i = 0; i < kHalf; ++i) {
    const int low = NibbleOf(block[i], type);
    const int high = NibbleOf(block[i + kHalf], type);
    bytes.push_back(static_cast<char>(low | high << 4));
  }
}

void AppendQ8(absl::Span<const int16_t> block, std::string& bytes) {
  for (const int16_t code : block) bytes.push_back(static_cast<char>(code));
}

std::string EncodeCodes(const Codes& matrix, GgmlType type) {
  const bool bytes_each = type == GgmlType::kQ8_0;
  std::string bytes;
  const uint64_t groups = matrix.scales.size() / matrix.rows;
  bytes.reserve(matrix.rows * RowBytes(type, matrix.columns));
  for (uint64_t row = 0; row < matrix.rows; ++row) {
    for (uint64_t column = 0; column < matrix.columns;
         column += kBlockColumns) {
      const uint64_t group = row * groups + column / matrix.group_size;
      AppendFloat16(matrix.scales[group], bytes);
      if (!matrix.minimums.empty()) {
        AppendFloat16(matrix.minimums[group], bytes);
      }
      const absl::Span<const int16_t> block =
          matrix.codes.subspan(row * matrix.columns + column, kBlockColumns);
      bytes_each ? AppendQ8(block, bytes) : AppendNibbles(block, type, bytes);
    }
  }
  return bytes;
}

absl::StatusOr<std::string> RoundToF16(const StoredModel& model,
                                       const std::string& name) {
  ASSIGN_OR_RETURN(const std::vector<float> values, model.Values(name));
  std::string bytes;
  bytes.reserve(2 * values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(RoundToFloat16(values[i]))) {
      return absl::InvalidArgumentError(absl::StrCat(
          "tensor '", name, "': element ", i, " is ", values[i],
          ": beyond float16's largest value 65504; use --format=safetensors"));
    }
    AppendFloat16(values[i], bytes);
  }
  return bytes;
}

// Why blocks of 32 can't hold the codes exactly; empty when they can.
std::string WhyRounded(const QuantizedLinear& linear, const Scheme& scheme) {
  if (scheme.levels() == LEVELS_NONLINEAR_3BIT) {
    return "a table of 8 levels";
  }
  if (scheme.levels() == LEVELS_MINIMUM) {
    if (scheme.bits() > 4) return "minimums with more than 4 bits";
  } else if (!scheme.symmetric()) {
    return "asymmetric codes";
  }
  if (linear.permutation_size() > 0) return "columns in activation order";
  const uint64_t columns = linear.in_features();
  if (columns % kBlockColumns != 0) {
    return absl::StrCat("width ", columns, " is not a multiple of 32");
  }
  const uint64_t group_size =
      LayoutOf(scheme, linear.out_features(), columns).group_size;
  if (group_size % kBlockColumns != 0) {
    return absl::StrCat("group size ", group_size, " is not a multiple of 32");
  }
  return "";
}

GgmlType TypeOfCodes(const Scheme& scheme) {
  if (scheme.levels() == LEVELS_IQ4_NL) return GgmlType::kIq4Nl;
  if (scheme.levels() == LEVELS_MINIMUM) return GgmlType::kQ4_1;
  return scheme.bits() <= 4 ? GgmlType::kQ4_0 : GgmlType::kQ8_0;
}

GgmlType FloatType(const Tensor& tensor) {
  return tensor.dtype() == FLOAT16 ? GgmlType::kF16 : GgmlType::kF32;
}

// FLOAT32 or FLOAT16: an artifact's bytes are ggml's. What reads values checks
// them; here the bytes are copied.
absl::StatusOr<std::string> FloatBlocks(const StoredModel& model,
                                        const Tensor& tensor) {
  ASSIGN_OR_RETURN(const TensorView view, model.payload().View(tensor));
  const absl::optional<uint64_t> bad = FirstNotFinite(view);
  if (!bad) return std::string(view.bytes);
  return RefuseTensor(tensor, absl::StrCat("element ", *bad, " is not finite"));
}

}  // namespace

BlockPlan PlanLinear(const StoredModel& model, const std::string& name) {
  const QuantizedLinear& linear = model.Linear(name);
  BlockPlan plan{GgmlType::kF16, linear.out_features(), linear.in_features(),
                 ""};
  if (linear.weight().dtype() != PACKED_CODES) {
    plan.type = FloatType(linear.weight());
    return plan;
  }
  plan.why_rounded = WhyRounded(linear, model.scheme());
  if (!plan.why_rounded.empty()) return plan;
  plan.type = TypeOfCodes(model.scheme());
  return plan;
}

absl::StatusOr<std::string> LinearBlocks(const StoredModel& model,
                                         const std::string& name) {
  const absl::Cleanup drop = [&] { model.Drop(name); };
  const QuantizedLinear& linear = model.Linear(name);
  if (linear.weight().dtype() != PACKED_CODES) {
    return FloatBlocks(model, linear.weight());
  }
  const BlockPlan plan = PlanLinear(model, name);
  if (!plan.why_rounded.empty()) return RoundToF16(model, name);
  ASSIGN_OR_RETURN(const UnpackedLinear unpacked,
                   Unpack(linear, model.scheme(), model.payload()));
  return EncodeCodes(
      {unpacked.out_features, unpacked.in_features, unpacked.group_size,
       unpacked.codes, unpacked.scales, unpacked.minimums},
      plan.type);
}

BlockPlan PlanTensor(const StoredModel& model, const std::string& name) {
  const Tensor& tensor = *model.Find(name);
  BlockPlan plan{FloatType(tensor), tensor.shape(0), tensor.shape(1), ""};
  if (model.ScalesOf(name) == nullptr) return plan;
  plan.type = GgmlType::kQ8_0;
  if (plan.columns % kBlockColumns != 0) {
    plan.type = GgmlType::kF16;
    plan.why_rounded =
        absl::StrCat("width ", plan.columns, " is not a multiple of 32");
  }
  return plan;
}

absl::StatusOr<std::string> TensorBlocks(const StoredModel& model,
                                         const std::string& name) {
  const absl::Cleanup drop = [&] { model.Drop(name); };
  const Tensor& tensor = *model.Find(name);
  const Tensor* scales = model.ScalesOf(name);
  if (scales == nullptr) return FloatBlocks(model, tensor);
  const BlockPlan plan = PlanTensor(model, name);
  if (!plan.why_rounded.empty()) return RoundToF16(model, name);
  ASSIGN_OR_RETURN(const TensorView codes, model.payload().View(tensor));
  ASSIGN_OR_RETURN(const TensorView scale_view, model.payload().View(*scales));
  ASSIGN_OR_RETURN(const Int8Rows int8, ReadInt8Rows(codes, scale_view));
  const std::vector<int16_t> wide(int8.codes.begin(), int8.codes.end());
  return EncodeCodes({plan.rows, plan.columns, plan.columns, wide, int8.scales},
                     plan.type);
}

std::string InterleaveRotaryRows(absl::string_view rows, uint64_t row_bytes,
                                 uint64_t head_dim) {
  std::string moved;
  moved.reserve(rows.size());
  const uint64_t half = head_dim / 2;
  for (uint64_t row = 0; row < rows.size() / row_bytes; ++row) {
    const uint64_t head = row / head_dim * head_dim;
    const uint64_t i = row % head_dim / 2, c = row % 2;
    const uint64_t from = head + i + c * half;
    moved.append(rows.data() + from * row_bytes, row_bytes);
  }
  return moved;
}

}  // namespace quant_curve
