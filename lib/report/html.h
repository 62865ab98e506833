// Text and the reports' Markdown as HTML.
#ifndef QUANT_CURVE_LIB_REPORT_HTML_H_
#define QUANT_CURVE_LIB_REPORT_HTML_H_

#include <string>

#include "absl/strings/string_view.h"

namespace quant_curve {

// For element contents and for attributes in double quotes.
std::string EscapeHtml(absl::string_view text);

// One line of Markdown: `code`, **strong**, *emphasis*. Everything else is
// escaped, so that no name opens an element; what is left open is closed. The
// space before "%" does not break.
std::string InlineHtml(absl::string_view markdown);

// The same line without its marks, not escaped.
std::string PlainText(absl::string_view markdown);

// Paragraphs, "## " headings (as <h3>) and pipe tables, each table in a <div
// class="scroll"> with `label` as its name: only what lib/report writes.
std::string BlocksHtml(absl::string_view markdown, absl::string_view label);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_HTML_H_
