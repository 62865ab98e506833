#include "lib/quantization/packing.h"

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"

namespace quant_curve {
namespace {

constexpr uint64_t kMaxColumns = uint64_t{1} << 32;

absl::Status CheckFormat(uint64_t columns, const CodeFormat& format) {
  if (format.bits < 2 || format.bits > 8) {
    return absl::InvalidArgumentError(
        absl::StrCat("bits=", format.bits, ": must be in [2, 8]"));
  }
  if (columns < 1 || columns > kMaxColumns) {
    return absl::InvalidArgumentError(
        absl::StrCat("columns=", columns, ": must be in [1, 2^32]"));
  }
  return absl::OkStatus();
}

void PackRow(const int16_t* codes, uint64_t columns, uint32_t bits,
             std::string& packed) {
  const uint32_t mask = (1u << bits) - 1;
  uint32_t pending = 0;
  uint32_t pending_bits = 0;
  for (uint64_t k = 0; k < columns; ++k) {
    pending |= (static_cast<uint32_t>(codes[k]) & mask) << pending_bits;
    pending_bits += bits;
    if (pending_bits < 8) continue;
    packed.push_back(static_cast<char>(pending & 0xff));
    pending >>= 8;
    pending_bits -= 8;
  }
  if (pending_bits > 0) packed.push_back(static_cast<char>(pending));
}

absl::Status UnpackRow(absl::string_view bytes, uint64_t columns,
                       const CodeFormat& format, int16_t* codes) {
  const uint32_t mask = (1u << format.bits) - 1;
  const int sign_bit = format.symmetric ? 1 << (format.bits - 1) : 0;
  uint32_t pending = 0;
  uint32_t pending_bits = 0;
  size_t next_byte = 0;
  for (uint64_t k = 0; k < columns; ++k) {
    if (pending_bits < format.bits) {
      pending |=
          static_cast<uint32_t>(static_cast<unsigned char>(bytes[next_byte++]))
          << pending_bits;
      pending_bits += 8;
    }
    const int raw = static_cast<int>(pending & mask);
    const int code = (raw ^ sign_bit) - sign_bit;
    if (code < format.lowest()) {
      return absl::InvalidArgumentError(
          absl::StrCat("column ", k, ": code ", code, " is outside [",
                       format.lowest(), ", ", format.highest(), "]"));
    }
    codes[k] = static_cast<int16_t>(code);
    pending >>= format.bits;
    pending_bits -= format.bits;
  }
  if (pending == 0) return absl::OkStatus();
  return absl::InvalidArgumentError("padding bits of the last byte are set");
}

}  // namespace

uint64_t PackedRowBytes(uint64_t columns, uint32_t bits) {
  return (columns * bits + 7) / 8;
}

absl::StatusOr<std::string> PackCodes(absl::Span<const int16_t> codes,
                                      uint64_t rows, uint64_t columns,
                                      const CodeFormat& format) {
  RETURN_IF_ERROR(CheckFormat(columns, format));
  ASSIGN_OR_RETURN(const uint64_t expected, NumElements({rows, columns}));
  if (codes.size() != expected) {
    return absl::InvalidArgumentError(
        absl::StrCat(codes.size(), " codes, shape [", rows, ", ", columns,
                     "] needs ", expected));
  }
  for (size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] >= format.lowest() && codes[i] <= format.highest()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("element ", i, ": code ", codes[i], " is outside [",
                     format.lowest(), ", ", format.highest(), "]"));
  }
  std::string packed;
  packed.reserve(rows * PackedRowBytes(columns, format.bits));
  for (uint64_t row = 0; row < rows; ++row) {
    PackRow(codes.data() + row * columns, columns, format.bits, packed);
  }
  return packed;
}

absl::StatusOr<std::vector<int16_t>> UnpackCodes(absl::string_view packed,
                                                 uint64_t rows,
                                                 uint64_t columns,
                                                 const CodeFormat& format) {
  RETURN_IF_ERROR(CheckFormat(columns, format));
  const uint64_t row_bytes = PackedRowBytes(columns, format.bits);
  ASSIGN_OR_RETURN(const uint64_t expected, NumElements({rows, row_bytes}));
  if (packed.size() != expected) {
    return absl::InvalidArgumentError(absl::StrCat(
        packed.size(), " bytes, shape [", rows, ", ", columns, "] of ",
        format.bits, "-bit codes needs ", rows, " x ", row_bytes));
  }
  std::vector<int16_t> codes(rows * columns);
  for (uint64_t row = 0; row < rows; ++row) {
    const absl::Status status =
        UnpackRow(packed.substr(row * row_bytes, row_bytes), columns, format,
                  codes.data() + row * columns);
    if (status.ok()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("row ", row, ": ", status.message()));
  }
  return codes;
}

}  // namespace quant_curve
