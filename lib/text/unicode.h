// What tokenizers ask of Unicode: code points and three classes of characters.
// The classes are those of Debian 12's ICU 72, Unicode 15.
#ifndef QUANT_CURVE_LIB_TEXT_UNICODE_H_
#define QUANT_CURVE_LIB_TEXT_UNICODE_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace quant_curve {

// InvalidArgument, naming the offset in bytes, unless `text` is well-formed
// UTF-8 (no surrogates, no overlong forms).
absl::Status CheckUtf8(absl::string_view text);

struct CodePoint {
  char32_t value;
  size_t size_bytes;
};

// The first code point of `text`, which is UTF-8 and not empty.
CodePoint FirstCodePoint(absl::string_view text);

// The bytes of the code point that starts with `lead`.
size_t CodePointBytes(char lead);

// \p{L}, \p{N}, \s (the property White_Space), and all else.
enum class CharacterClass { kLetter, kNumber, kSpace, kOther };
CharacterClass ClassOf(char32_t code_point);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_TEXT_UNICODE_H_
