#include "tools/text/documents.h"

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace quant_curve {

absl::string_view WithoutByteOrderMark(absl::string_view text) {
  absl::ConsumePrefix(&text, "\xef\xbb\xbf");
  return text;
}

std::vector<absl::string_view> SplitDocuments(absl::string_view text,
                                              absl::string_view separator) {
  std::vector<absl::string_view> documents;
  while (!text.empty()) {
    const size_t end =
        separator.empty() ? absl::string_view::npos : text.find(separator);
    const absl::string_view document =
        absl::StripAsciiWhitespace(text.substr(0, end));
    if (!document.empty()) documents.push_back(document);
    if (end == absl::string_view::npos) break;
    text.remove_prefix(end + separator.size());
  }
  return documents;
}

uint64_t CountWords(absl::string_view text) {
  uint64_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = absl::ascii_isspace(static_cast<unsigned char>(c));
    words += !space && !inside;
    inside = !space;
  }
  return words;
}

}  // namespace quant_curve
