#include "lib/text/utf8.h"

#include "absl/strings/str_cat.h"

namespace quant_curve {
namespace {

constexpr CodePoint kMalformed = {0, 0};

}  // namespace

absl::Status CheckUtf8(absl::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const size_t bytes = FirstCodePoint(text.substr(i)).size_bytes;
    if (bytes == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("byte ", i, " does not start a UTF-8 character"));
    }
    i += bytes;
  }
  return absl::OkStatus();
}

CodePoint FirstCodePoint(absl::string_view text) {
  const auto byte = [&](size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t bytes = CodePointBytes(text[0]);
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return kMalformed;
  char32_t value = lead & (0xff >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return kMalformed;
    value = value << 6 | (byte(i) & 0x3f);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  if (value < kLeast[bytes] || value > 0x10ffff || surrogate) {
    return kMalformed;
  }
  return {value, bytes};
}

size_t CodePointBytes(char lead) {
  const unsigned char byte = static_cast<unsigned char>(lead);
  return 1 + (byte >= 0xc2) + (byte >= 0xe0) + (byte >= 0xf0);
}

}  // namespace quant_curve
