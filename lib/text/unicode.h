// What tokenizers ask of Unicode: three classes of characters, those of Debian
// 12's ICU 72, Unicode 15.
#ifndef QUANT_CURVE_LIB_TEXT_UNICODE_H_
#define QUANT_CURVE_LIB_TEXT_UNICODE_H_

namespace quant_curve {

// \p{L}, \p{N}, \s (the property White_Space), and all else.
enum class CharacterClass { kLetter, kNumber, kSpace, kOther };
CharacterClass ClassOf(char32_t code_point);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_TEXT_UNICODE_H_
