// How GPT-2's byte-level tokens are spelled (Radford et al. 2019, section 2.2,
// and the encoder published with it; the "ByteLevel" of Hugging Face's
// tokenizer.json).
#ifndef QUANT_CURVE_LIB_TEXT_BYTE_LEVEL_H_
#define QUANT_CURVE_LIB_TEXT_BYTE_LEVEL_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace quant_curve {

// A byte is written as one printable character: 0x21-0x7e, 0xa1-0xac and
// 0xae-0xff as the code point of that number, the others, in their order, as
// U+0100, U+0101 and so on. A space is "Ġ", a line feed "Ċ".
std::string ByteLevelSpelling(absl::string_view bytes);

// The bytes that `spelling` (UTF-8) means; nothing when it holds another
// character.
absl::optional<std::string> BytesOfSpelling(absl::string_view spelling);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_TEXT_BYTE_LEVEL_H_
