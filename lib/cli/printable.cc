#include "lib/cli/printable.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/str_format.h"
#include "lib/text/utf8.h"

namespace quant_curve {
namespace {

bool MovesOrHides(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) ||  // C0, DEL, C1
         c == 0x061c || c == 0xfeff ||           // Arabic mark, BOM
         (c >= 0x200b && c <= 0x200f) ||         // zero width, direction marks
         (c >= 0x2028 && c <= 0x202e) ||         // separators, embeddings
         (c >= 0x2060 && c <= 0x206f);           // invisible, isolates
}

std::string Escape(absl::string_view text, bool keep_lines) {
  std::string printable;
  while (!text.empty()) {
    const CodePoint first = FirstCodePoint(text);
    const size_t bytes = first.size_bytes == 0 ? 1 : first.size_bytes;
    const bool kept = keep_lines && (text[0] == '\n' || text[0] == '\t');
    if (first.size_bytes > 0 && (kept || !MovesOrHides(first.value))) {
      printable.append(text.data(), bytes);
    } else if (bytes == 1) {
      absl::StrAppendFormat(&printable, "\\x%02x",
                            static_cast<unsigned char>(text[0]));
    } else {
      absl::StrAppendFormat(&printable, "\\u%04x",
                            static_cast<uint32_t>(first.value));
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
