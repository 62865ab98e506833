#include "lib/text/unicode.h"

#include <unicode/uchar.h>

#include <cstdint>

namespace quant_curve {

CharacterClass ClassOf(char32_t code_point) {
  const UChar32 value = static_cast<UChar32>(code_point);
  const uint32_t category = U_GET_GC_MASK(value);
  if (category & U_GC_L_MASK) return CharacterClass::kLetter;
  if (category & U_GC_N_MASK) return CharacterClass::kNumber;
  if (u_isUWhiteSpace(value)) return CharacterClass::kSpace;
  return CharacterClass::kOther;
}

}  // namespace quant_curve
