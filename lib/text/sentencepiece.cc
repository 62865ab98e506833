#include "lib/text/sentencepiece.h"

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"

namespace quant_curve {

std::string ByteTokenSpelling(uint8_t byte) {
  return absl::StrFormat("<0x%02X>", byte);
}

absl::optional<std::string> ByteOfSpelling(absl::string_view spelling) {
  constexpr absl::string_view kDigits = "0123456789ABCDEF";
  if (spelling.size() != 6 || !absl::StartsWith(spelling, "<0x") ||
      spelling[5] != '>') {
    return absl::nullopt;
  }
  const size_t high = kDigits.find(spelling[3]);
  const size_t low = kDigits.find(spelling[4]);
  if (high == kDigits.npos || low == kDigits.npos) return absl::nullopt;
  return std::string(1, static_cast<char>(16 * high + low));
}

}  // namespace quant_curve
