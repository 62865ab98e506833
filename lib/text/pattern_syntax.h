// The regular expressions of tokenizer.json, for ICU.
#ifndef QUANT_CURVE_LIB_TEXT_PATTERN_SYNTAX_H_
#define QUANT_CURVE_LIB_TEXT_PATTERN_SYNTAX_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace quant_curve {

// The longest pattern; DeepSeek's lists of letters have 1.5 kB.
inline constexpr size_t kMaxPatternBytes = 8192;

// Hugging Face's tokenizers match with Oniguruma, we with ICU. Returns
// `pattern`, which is in Oniguruma's syntax, in ICU's, to be compiled with
// UREGEX_MULTILINE and UREGEX_UNIX_LINES: Oniguruma's ^ and $ match at each
// line feed.
//
// Supported is what both read alike and published tokenizers use: characters,
// sets, \s \S \d \D, \p{..} of general categories and of the scripts Han,
// Hiragana, Katakana and Hangul, \r \n \t \f \uHHHH \x{H}, groups (also (?i:),
// look-ahead and look-behind), alternatives and repetitions. InvalidArgument,
// with the offset in bytes, for everything else: \w and \b, whose words differ,
// \h and \v, which mean other things, options such as (?m), back references,
// operations on sets. And for text that is not UTF-8 or too long.
absl::StatusOr<std::string> IcuPattern(absl::string_view pattern);

// The pattern that matches `text` itself.
std::string LiteralPattern(absl::string_view text);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_TEXT_PATTERN_SYNTAX_H_
