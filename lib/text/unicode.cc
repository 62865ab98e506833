#include "lib/text/unicode.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace quant_curve {

absl::Status CheckUtf8(absl::string_view text) {
  const int64_t size = text.size();
  for (int64_t i = 0; i < size;) {
    const int64_t start = i;
    UChar32 value;
    U8_NEXT(text.data(), i, size, value);
    if (value < 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("byte ", start, " starts no UTF-8 character"));
    }
  }
  return absl::OkStatus();
}

CodePoint FirstCodePoint(absl::string_view text) {
  size_t size_bytes = 0;
  UChar32 value;
  U8_NEXT_UNSAFE(text.data(), size_bytes, value);
  return {static_cast<char32_t>(value), size_bytes};
}

size_t CodePointBytes(char lead) {
  return 1 + U8_COUNT_TRAIL_BYTES_UNSAFE(static_cast<uint8_t>(lead));
}

CharacterClass ClassOf(char32_t code_point) {
  const UChar32 value = static_cast<UChar32>(code_point);
  const uint32_t category = U_GET_GC_MASK(value);
  if (category & U_GC_L_MASK) return CharacterClass::kLetter;
  if (category & U_GC_N_MASK) return CharacterClass::kNumber;
  if (u_isUWhiteSpace(value)) return CharacterClass::kSpace;
  return CharacterClass::kOther;
}

}  // namespace quant_curve
