// UTF-8, without a library: every tool prints text from outside.
#ifndef QUANT_CURVE_LIB_TEXT_UTF8_H_
#define QUANT_CURVE_LIB_TEXT_UTF8_H_

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

// The first code point of `text`, which is not empty. Both numbers are 0 when
// `text` does not start with a well-formed UTF-8 character.
CodePoint FirstCodePoint(absl::string_view text);

// The bytes of the character that starts with `lead`, in well-formed UTF-8.
size_t CodePointBytes(char lead);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_TEXT_UTF8_H_
