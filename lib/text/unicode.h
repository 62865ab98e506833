// Unicode functions that tokenizers need in addition to patterns, by Debian
// 12's ICU 72: Unicode 15.
#ifndef QUANT_CURVE_LIB_TEXT_UNICODE_H_
#define QUANT_CURVE_LIB_TEXT_UNICODE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/tokenizer.pb.h"

namespace quant_curve {

// \s, the property White_Space.
bool IsSpace(char32_t code_point);

// \w as Rust's regular expressions have it (UTS 18): Alphabetic, marks, decimal
// digits, connector punctuation and joiners.
bool IsWordCharacter(char32_t code_point);

// `text` (UTF-8, below 1 GiB) in its normal form.
absl::StatusOr<std::string> Normalize(TextNormalization form,
                                      absl::string_view text);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_TEXT_UNICODE_H_
