#include "lib/text/unicode.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace quant_curve {

bool IsSpace(char32_t code_point) {
  return u_isUWhiteSpace(static_cast<UChar32>(code_point));
}

bool IsWordCharacter(char32_t code_point) {
  const UChar32 value = static_cast<UChar32>(code_point);
  return u_isUAlphabetic(value) ||
         (U_GET_GC_MASK(value) & (U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK)) ||
         u_hasBinaryProperty(value, UCHAR_JOIN_CONTROL);
}

absl::StatusOr<std::string> Normalize(TextNormalization form,
                                      absl::string_view text) {
  if (form == TEXT_NORMALIZATION_UNSPECIFIED) return std::string(text);
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const normalizer =
      form == NFC ? icu::Normalizer2::getNFCInstance(error)
                  : icu::Normalizer2::getNFKCInstance(error);
  std::string normal;
  if (U_SUCCESS(error)) {
    icu::StringByteSink<std::string> sink(&normal);
    normalizer->normalizeUTF8(
        0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())),
        sink, nullptr, error);
  }
  if (U_SUCCESS(error)) return normal;
  return absl::ResourceExhaustedError(
      absl::StrCat("normalization failed (ICU: ", u_errorName(error), ")"));
}

}  // namespace quant_curve
