// Codes of 2 to 8 bits, packed. The layout, byte by byte:
//
// - A matrix [rows, columns] is stored row after row. Every row starts on a
//   byte boundary and takes PackedRowBytes = ceil(columns * bits / 8) bytes.
// - A row is a stream of bits; bit i of the stream is bit i % 8 (0 the least
//   significant) of byte i / 8. Code k has the stream's bits
//   [k * bits, (k + 1) * bits), its own least significant bit first.
//   So int8 is one code a byte; int4 two, the even column in the low nibble;
//   a 3-bit code may lie across two bytes.
// - Signed codes are two's complement, -(2^(bits-1)-1) to 2^(bits-1)-1, with
//   signed scales also -2^(bits-1); otherwise that pattern is refused.
//   Unsigned codes are 0 to 2^bits-1.
// - What is left of a row's last byte is zero; anything else is refused, so
//   that equal matrices have equal bytes.
#ifndef QUANT_CURVE_LIB_QUANTIZATION_PACKING_H_
#define QUANT_CURVE_LIB_QUANTIZATION_PACKING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace quant_curve {

struct CodeFormat {
  uint32_t bits = 8;      // 2 to 8
  bool symmetric = true;  // signed codes; else unsigned ones
  // Scales of either sign; signed codes then begin with -2^(bits-1).
  bool signed_scale = false;
  // Not empty: what code c means is table[c], in rising order; unsigned codes.
  absl::Span<const int8_t> table = {};
  bool has_minimum = false;  // instead of a zero point; unsigned codes

  int lowest() const {
    if (!symmetric) return 0;
    return signed_scale ? -highest() - 1 : -highest();
  }
  int highest() const {
    return symmetric ? (1 << (bits - 1)) - 1 : (1 << bits) - 1;
  }
};

// Bytes of one row; columns in [1, 2^32].
uint64_t PackedRowBytes(uint64_t columns, uint32_t bits);

// Refuses another length of packed codes than [rows, columns] has.
absl::Status CheckPackedSize(uint64_t size_bytes, uint64_t rows,
                             uint64_t columns, const CodeFormat& format);

// Packs [rows, columns] codes. Refuses another number of codes than
// rows * columns, and codes outside the format.
absl::StatusOr<std::string> PackCodes(absl::Span<const int16_t> codes,
                                      uint64_t rows, uint64_t columns,
                                      const CodeFormat& format);

// The inverse, [rows, columns]. Trusts nothing: refuses another length,
// padding bits that are set, and forbidden codes, naming row and column.
absl::StatusOr<std::vector<int16_t>> UnpackCodes(absl::string_view packed,
                                                 uint64_t rows,
                                                 uint64_t columns,
                                                 const CodeFormat& format);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_QUANTIZATION_PACKING_H_
