#include "lib/quantization/packing.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"
#include "lib/numerics/weight_memory.h"

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

// `raw` counts from 0, or with a sign bit in two's complement.
int16_t CodeOf(int raw, int sign_bit) {
  return static_cast<int16_t>((raw ^ sign_bit) - sign_bit);
}

// The three functions below read a row's codes, unchecked. Widths of four and
// eight bits have loops that the compiler turns into vectors.
void ReadInt8Row(const unsigned char* bytes, uint64_t columns, int sign_bit,
                 int16_t* codes) {
  for (uint64_t k = 0; k < columns; ++k) codes[k] = CodeOf(bytes[k], sign_bit);
}

void ReadInt4Row(const unsigned char* bytes, uint64_t columns, int sign_bit,
                 int16_t* codes) {
  const uint64_t pairs = columns / 2;
  for (uint64_t i = 0; i < pairs; ++i) {
    codes[2 * i] = CodeOf(bytes[i] & 15, sign_bit);
    codes[2 * i + 1] = CodeOf(bytes[i] >> 4, sign_bit);
  }
  if (columns % 2 == 1) {
    codes[columns - 1] = CodeOf(bytes[pairs] & 15, sign_bit);
  }
}

// Eight codes take kBits bytes, whatever kBits is.
template <uint32_t kBits>
void ReadRow(const unsigned char* bytes, uint64_t columns, int sign_bit,
             int16_t* codes) {
  constexpr uint64_t kMask = (1u << kBits) - 1;
  const auto read = [&](uint64_t first, uint64_t count, uint64_t word) {
    for (uint64_t i = 0; i < count; ++i) {
      codes[first + i] =
          CodeOf(static_cast<int>(word >> (i * kBits) & kMask), sign_bit);
    }
  };
  uint64_t word = 0;
  uint64_t k = 0;
  for (; k + 8 <= columns; k += 8, bytes += kBits) {
    std::memcpy(&word, bytes, kBits);
    read(k, 8, word);
  }
  std::memcpy(&word, bytes, PackedRowBytes(columns - k, kBits));
  read(k, columns - k, word);
}

void ReadRow(const unsigned char* bytes, uint64_t columns,
             const CodeFormat& format, int16_t* codes) {
  const int sign_bit = format.symmetric ? 1 << (format.bits - 1) : 0;
  switch (format.bits) {
    case 2:
      return ReadRow<2>(bytes, columns, sign_bit, codes);
    case 3:
      return ReadRow<3>(bytes, columns, sign_bit, codes);
    case 4:
      return ReadInt4Row(bytes, columns, sign_bit, codes);
    case 5:
      return ReadRow<5>(bytes, columns, sign_bit, codes);
    case 6:
      return ReadRow<6>(bytes, columns, sign_bit, codes);
    case 7:
      return ReadRow<7>(bytes, columns, sign_bit, codes);
    default:
      return ReadInt8Row(bytes, columns, sign_bit, codes);
  }
}

// Without a branch for each code, so that the compiler uses vectors.
int16_t Least(const int16_t* codes, uint64_t count) {
  int16_t least = 0;
  for (uint64_t k = 0; k < count; ++k) least = std::min(least, codes[k]);
  return least;
}

absl::Status UnpackRow(absl::string_view bytes, uint64_t columns,
                       const CodeFormat& format, int16_t* codes) {
  ReadRow(reinterpret_cast<const unsigned char*>(bytes.data()), columns, format,
          codes);
  if (Least(codes, columns) < format.lowest()) {
    const int16_t* const code = std::find_if(
        codes, codes + columns, [&](int16_t c) { return c < format.lowest(); });
    return absl::InvalidArgumentError(
        absl::StrCat("column ", code - codes, ": code ", *code, " is outside [",
                     format.lowest(), ", ", format.highest(), "]"));
  }
  const uint32_t used_bits = columns * format.bits % 8;
  const uint32_t last_byte = static_cast<unsigned char>(bytes.back());
  if (used_bits == 0 || last_byte >> used_bits == 0) return absl::OkStatus();
  return absl::InvalidArgumentError("padding bits of the last byte are set");
}

}  // namespace

uint64_t PackedRowBytes(uint64_t columns, uint32_t bits) {
  return (columns * bits + 7) / 8;
}

absl::Status CheckPackedSize(uint64_t size_bytes, uint64_t rows,
                             uint64_t columns, const CodeFormat& format) {
  RETURN_IF_ERROR(CheckFormat(columns, format));
  const uint64_t row_bytes = PackedRowBytes(columns, format.bits);
  ASSIGN_OR_RETURN(const uint64_t expected, NumElements({rows, row_bytes}));
  if (size_bytes == expected) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(size_bytes, " bytes, shape [", rows, ", ", columns, "] of ",
                   format.bits, "-bit codes needs ", rows, " x ", row_bytes));
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
  RETURN_IF_ERROR(CheckPackedSize(packed.size(), rows, columns, format));
  const uint64_t row_bytes = PackedRowBytes(columns, format.bits);
  std::vector<int16_t> codes;
  ReserveOnHugePages(static_cast<int64_t>(rows * columns), codes);
  for (uint64_t row = 0; row < rows; ++row) {
    // Row by row, so that the zeros are still in the cache when codes follow.
    codes.resize((row + 1) * columns);
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
