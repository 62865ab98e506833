#include "lib/cli/printable.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/str_format.h"

namespace quant_curve {
namespace {

// Bytes of the UTF-8 sequence at the start of `text`, and its code point; 0
// bytes for anything else (overlong forms, surrogates, a cut sequence).
struct Decoded {
  size_t bytes;
  uint32_t code_point;
};
constexpr Decoded kMalformed = {0, 0};

Decoded DecodeFirst(absl::string_view text) {
  const auto byte = [&](size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {1, lead};
  const size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return kMalformed;
  uint32_t code_point = lead & (0xff >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return kMalformed;
    code_point = code_point << 6 | (byte(i) & 0x3f);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code_point >= 0xd800 && code_point < 0xe000;
  if (code_point < kLeast[bytes] || code_point > 0x10ffff || surrogate) {
    return kMalformed;
  }
  return {bytes, code_point};
}

bool MovesOrHides(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) ||  // C0, DEL, C1
         c == 0x061c || c == 0xfeff ||           // Arabic mark, BOM
         (c >= 0x200b && c <= 0x200f) ||         // zero width, direction marks
         (c >= 0x2028 && c <= 0x202e) ||         // separators, embeddings
         (c >= 0x2060 && c <= 0x206f);           // invisible, isolates
}

std::string Escape(absl::string_view text, bool keep_lines) {
  std::string printable;
  while (!text.empty()) {
    const Decoded first = DecodeFirst(text);
    const size_t bytes = first.bytes == 0 ? 1 : first.bytes;
    const bool kept = keep_lines && (text[0] == '\n' || text[0] == '\t');
    if (first.bytes > 0 && (kept || !MovesOrHides(first.code_point))) {
      printable.append(text.data(), bytes);
    } else if (bytes == 1) {
      absl::StrAppendFormat(&printable, "\\x%02x",
                            static_cast<unsigned char>(text[0]));
    } else {
      absl::StrAppendFormat(&printable, "\\u%04x", first.code_point);
    }
    text.remove_prefix(bytes);
  }
  return printable;
}

}  // namespace

std::string Printable(absl::string_view text) { return Escape(text, false); }

std::string PrintableLines(absl::string_view text) {
  return Escape(text, true);
}

}  // namespace quant_curve
