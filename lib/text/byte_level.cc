#include "lib/text/byte_level.h"

#include <array>
#include <cstdint>

#include "lib/text/utf8.h"

namespace quant_curve {
namespace {

constexpr int kMaxSpelling = 0x143;  // of byte 0xad, the last unprintable one

struct SpellingTable {
  std::array<uint16_t, 256> code_point_of_byte;
  std::array<int16_t, kMaxSpelling + 1> byte_of_code_point;  // -1: none
};

bool IsPrintable(int byte) {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte != 0xad);
}

SpellingTable MakeSpellingTable() {
  SpellingTable table;
  table.byte_of_code_point.fill(-1);
  uint16_t next_unprintable = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const uint16_t code_point = IsPrintable(byte) ? byte : next_unprintable++;
    table.code_point_of_byte[byte] = code_point;
    table.byte_of_code_point[code_point] = byte;
  }
  return table;
}

const SpellingTable& Table() {
  static const SpellingTable table = MakeSpellingTable();
  return table;
}

}  // namespace

std::string ByteLevelSpelling(absl::string_view bytes) {
  std::string spelling;
  for (const char byte : bytes) {
    const uint16_t code_point =
        Table().code_point_of_byte[static_cast<uint8_t>(byte)];
    if (code_point < 0x80) {
      spelling.push_back(static_cast<char>(code_point));
    } else {
      spelling.push_back(static_cast<char>(0xc0 | (code_point >> 6)));
      spelling.push_back(static_cast<char>(0x80 | (code_point & 0x3f)));
    }
  }
  return spelling;
}

absl::optional<std::string> BytesOfSpelling(absl::string_view spelling) {
  std::string bytes;
  while (!spelling.empty()) {
    const CodePoint next = FirstCodePoint(spelling);
    if (next.value > kMaxSpelling) return absl::nullopt;
    const int byte = Table().byte_of_code_point[next.value];
    if (byte < 0) return absl::nullopt;
    bytes.push_back(static_cast<char>(byte));
    spelling.remove_prefix(next.size_bytes);
  }
  return bytes;
}

}  // namespace quant_curve
