#include "tools/export/blocks.h"

#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/artifact/float16.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/storage.h"

namespace quant_curve {
namespace {

// Codes [rows, columns] and the scale of each group of a row's columns.
struct Codes {
  uint64_t rows, columns, group_size;
  absl::Span<const int16_t> codes;
  absl::Span<const float> scales;  // [rows, ceil(columns / group_size)]
};

void AppendFloat16(float value, std::string& bytes) {
  const uint16_t half = Float16FromFloat(value);
  bytes.push_back(static_cast<char>(half & 0xff));
  bytes.push_back(static_cast<char>(half >> 8));
}

void AppendQ4(absl::Span<const int16_t> block, std::string& bytes) {
  constexpr uint64_t kHalf = kBlockColumns / 2;
  for (uint64_t i = 0; i < kHalf; ++i) {
    const int low = block[i] + 8;
    const int high = block[i + kHalf] + 8;
    bytes.push_back(static_cast<char>(low | high << 4));
  }
}

void AppendQ8(absl::Span<const int16_t> block, std::string& bytes) {
  for (const int16_t code : block) bytes.push_back(static_cast<char>(code));
}

BlockMatrix EncodeCodes(const Codes& matrix, GgmlType type) {
  BlockMatrix blocks{type, matrix.rows, matrix.columns, ""};
  const bool q4 = type == GgmlType::kQ4_0;
  const uint64_t block_bytes = 2 + (q4 ? kBlockColumns / 2 : kBlockColumns);
  const uint64_t groups = matrix.scales.size() / matrix.rows;
  blocks.bytes.reserve(matrix.rows * matrix.columns / kBlockColumns *
                       block_bytes);
  for (uint64_t row = 0; row < matrix.rows; ++row) {
    for (uint64_t column = 0; column < matrix.columns;
         column += kBlockColumns) {
      AppendFloat16(matrix.scales[row * groups + column / matrix.group_size],
                    blocks.bytes);
      const absl::Span<const int16_t> block =
          matrix.codes.subspan(row * matrix.columns + column, kBlockColumns);
      q4 ? AppendQ4(block, blocks.bytes) : AppendQ8(block, blocks.bytes);
    }
  }
  return blocks;
}

absl::StatusOr<BlockMatrix> RoundToF16(const StoredModel& model,
                                       const std::string& name, uint64_t rows,
                                       uint64_t columns) {
  ASSIGN_OR_RETURN(const std::vector<float> values, model.Values(name));
  BlockMatrix blocks{GgmlType::kF16, rows, columns, ""};
  blocks.bytes.reserve(2 * values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(RoundToFloat16(values[i]))) {
      return absl::InvalidArgumentError(absl::StrCat(
          "tensor '", name, "': element ", i, " is ", values[i],
          ": beyond float16's largest value 65504; GGUF has no blocks for it"));
    }
    AppendFloat16(values[i], blocks.bytes);
  }
  return blocks;
}

// Why blocks of 32 can't hold the codes exactly; empty when they can.
std::string WhyRounded(const UnpackedLinear& linear, const Scheme& scheme) {
  if (!scheme.symmetric()) return "asymmetric codes";
  if (!linear.permutation.empty()) return "columns in activation order";
  if (linear.in_features % kBlockColumns != 0) {
    return absl::StrCat("width ", linear.in_features, " no multiple of 32");
  }
  if (linear.group_size % kBlockColumns != 0) {
    return absl::StrCat("groups of ", linear.group_size, " no multiple of 32");
  }
  return "";
}

// FLOAT32 or FLOAT16: an artifact's bytes are ggml's.
BlockMatrix FloatBlocks(const Tensor& tensor) {
  return {tensor.dtype() == FLOAT16 ? GgmlType::kF16 : GgmlType::kF32,
          tensor.shape(0), tensor.shape(1), tensor.data()};
}

}  // namespace

absl::StatusOr<BlockMatrix> LinearBlocks(const StoredModel& model,
                                         const std::string& name,
                                         RoundedMatrices& rounded) {
  const QuantizedLinear& linear = model.Linear(name);
  const Scheme& scheme = model.scheme();
  if (linear.weight().dtype() != PACKED_CODES) {
    return FloatBlocks(linear.weight());
  }
  ASSIGN_OR_RETURN(const UnpackedLinear unpacked, Unpack(linear, scheme));
  const std::string why = WhyRounded(unpacked, scheme);
  if (!why.empty()) {
    ++rounded[why];
    return RoundToF16(model, name, unpacked.out_features, unpacked.in_features);
  }
  return EncodeCodes({unpacked.out_features, unpacked.in_features,
                      unpacked.group_size, unpacked.codes, unpacked.scales},
                     scheme.bits() <= 4 ? GgmlType::kQ4_0 : GgmlType::kQ8_0);
}

absl::StatusOr<BlockMatrix> TensorBlocks(const StoredModel& model,
                                         const std::string& name,
                                         RoundedMatrices& rounded) {
  const Tensor& tensor = *model.Find(name);
  const Tensor* scales = model.ScalesOf(name);
  if (scales == nullptr) return FloatBlocks(tensor);
  const uint64_t rows = tensor.shape(0), columns = tensor.shape(1);
  if (columns % kBlockColumns != 0) {
    ++rounded[absl::StrCat("width ", columns, " no multiple of 32")];
    return RoundToF16(model, name, rows, columns);
  }
  ASSIGN_OR_RETURN(const Int8Rows int8, ReadInt8Rows(tensor, *scales));
  return EncodeCodes({rows, columns, columns, int8.codes, int8.scales},
                     GgmlType::kQ8_0);
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
