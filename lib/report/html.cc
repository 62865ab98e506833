#include "lib/report/html.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace quant_curve {
namespace {

struct Mark {
  absl::string_view text;
  absl::string_view element;
};

// "**" before "*": the longer one is looked for first.
constexpr Mark kMarks[] = {{"`", "code"}, {"**", "strong"}, {"*", "em"}};

const Mark* MarkAt(absl::string_view text) {
  for (const Mark& mark : kMarks) {
    if (absl::StartsWith(text, mark.text)) return &mark;
  }
  return nullptr;
}

// "| a | b |" as its cells.
std::vector<absl::string_view> CellsOf(absl::string_view line) {
  absl::ConsumePrefix(&line, "| ");
  absl::ConsumeSuffix(&line, " |");
  return absl::StrSplit(line, " | ");
}

std::string RowHtml(absl::string_view line, absl::string_view first,
                    absl::string_view others) {
  std::string html = "<tr>";
  absl::string_view cell_begin = first;
  for (const absl::string_view cell : CellsOf(line)) {
    absl::StrAppend(&html, "<", cell_begin, ">", InlineHtml(cell), "</",
                    cell_begin.substr(0, 2), ">");
    cell_begin = others;
  }
  return absl::StrCat(html, "</tr>\n");
}

// The box scrolls where it is too narrow, so it must take the focus.
std::string TableHtml(absl::string_view block, absl::string_view label) {
  const std::vector<absl::string_view> lines =
      absl::StrSplit(block, '\n', absl::SkipEmpty());
  std::string html = absl::StrCat(
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"",
      EscapeHtml(label), "\"><table>\n<thead>",
      RowHtml(lines[0], "th scope=\"col\"", "th scope=\"col\""),
      "</thead>\n<tbody>\n");
  for (size_t i = 2; i < lines.size(); ++i) {
    absl::StrAppend(&html, RowHtml(lines[i], "th scope=\"row\"", "td"));
  }
  return absl::StrCat(html, "</tbody></table></div>\n");
}

}  // namespace

std::string EscapeHtml(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"},
                                    {"<", "&lt;"},
                                    {">", "&gt;"},
                                    {"\"", "&quot;"},
                                    {"'", "&#39;"}});
}

std::string InlineHtml(absl::string_view markdown) {
  std::string html;
  std::vector<absl::string_view> open;  // elements, the innermost last
  while (!markdown.empty()) {
    // No line ends between a number and its unit.
    if (absl::ConsumePrefix(&markdown, " %")) {
      absl::StrAppend(&html, "&nbsp;%");
      continue;
    }
    const Mark* mark = MarkAt(markdown);
    const bool is_code = !open.empty() && open.back() == "code";
    if (mark == nullptr || (is_code && mark->element != "code")) {
      absl::StrAppend(&html, EscapeHtml(markdown.substr(0, 1)));
      markdown.remove_prefix(1);
      continue;
    }
    if (!open.empty() && open.back() == mark->element) {
      absl::StrAppend(&html, "</", mark->element, ">");
      open.pop_back();
    } else {
      absl::StrAppend(&html, "<", mark->element, ">");
      open.push_back(mark->element);
    }
    markdown.remove_prefix(mark->text.size());
  }
  for (; !open.empty(); open.pop_back()) {
    absl::StrAppend(&html, "</", open.back(), ">");
  }
  return html;
}

std::string PlainText(absl::string_view markdown) {
  return absl::StrReplaceAll(markdown, {{"`", ""}, {"*", ""}});
}

std::string BlocksHtml(absl::string_view markdown, absl::string_view label) {
  std::string html;
  for (absl::string_view block :
       absl::StrSplit(markdown, "\n\n", absl::SkipEmpty())) {
    absl::ConsumePrefix(&block, "\n");
    absl::ConsumeSuffix(&block, "\n");
    if (absl::ConsumePrefix(&block, "## ")) {
      absl::StrAppend(&html, "<h3>", InlineHtml(block), "</h3>\n");
    } else if (absl::StartsWith(block, "| ")) {
      absl::StrAppend(&html, TableHtml(block, label));
    } else {
      absl::StrAppend(&html, "<p>", InlineHtml(block), "</p>\n");
    }
  }
  return html;
}

}  // namespace quant_curve
