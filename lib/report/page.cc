#include "lib/report/page.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/stubs/strutil.h"
#include "lib/artifact/sha256.h"
#include "lib/measurement/results.h"
#include "lib/measurement/verdict.h"
#include "lib/report/decision.h"
#include "lib/report/html.h"
#include "lib/report/page_assets.h"
#include "lib/report/page_chart.h"
#include "lib/report/page_quantities.h"
#include "lib/report/scheme_columns.h"
#include "lib/report/text.h"

namespace quant_curve {
namespace {

// The shortest text that reads back as the same double: the script decides with
// these numbers.
std::string Number(double value) { return google::protobuf::SimpleDtoa(value); }

// A source of the content security policy: exactly this text.
std::string SourceHash(const char* text) {
  const std::string digest = Sha256(text);
  return absl::StrCat("'sha256-", absl::Base64Escape(digest), "'");
}

// The policy lets the browser load nothing and run only page.js, whatever a
// name in the results may contain.
std::string Head(const std::string& title) {
  return absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
      "'none'; img-src data:; base-uri 'none'; form-action 'none'; style-src ",
      SourceHash(kPageStyle), "; script-src ", SourceHash(kPageScript),
      "\">\n<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n<link rel=\"icon\" href=\"data:,\">\n<title>",
      EscapeHtml(title), "</title>\n<style>", kPageStyle,
      "</style>\n</head>\n");
}

std::string Header(const Results& results, const Speed* speed,
                   const std::string& title) {
  return absl::StrCat(
      "<header>\n<h1>", EscapeHtml(title),
      "</h1>\n<section class=\"decision\" aria-label=\"Decision\">\n",
      BlocksHtml(DecisionSection(results, speed), ""),
      "</section>\n</header>\n");
}

// Each scheme's numbers, a line each, as a dot shows them.
std::vector<std::string> Descriptions(
    const std::vector<SchemeColumn>& columns) {
  std::vector<std::string> descriptions;
  for (size_t s = 0; s < columns[0].cells.size(); ++s) {
    std::vector<std::string> lines = {PlainText(columns[0].cells[s].text)};
    for (size_t c = 1; c < columns.size(); ++c) {
      lines.push_back(absl::StrCat(columns[c].header, ": ",
                                   PlainText(columns[c].cells[s].text)));
    }
    descriptions.push_back(absl::StrJoin(lines, "\n"));
  }
  return descriptions;
}

// Radio buttons, where there is something to choose from.
std::string Switch(absl::string_view legend, absl::string_view name,
                   const std::vector<Quantity>& quantities) {
  if (quantities.size() < 2) return "";
  std::string html = absl::StrCat("<fieldset><legend>", legend, "</legend>\n");
  for (size_t i = 0; i < quantities.size(); ++i) {
    absl::StrAppend(&html, "<label><input type=\"radio\" name=\"", name,
                    "\" value=\"", quantities[i].id, "\"",
                    i == 0 ? " checked" : "", ">",
                    EscapeHtml(quantities[i].name), "</label>\n");
  }
  return absl::StrCat(html, "</fieldset>\n");
}

std::string Key(const Results& results) {
  constexpr char kSymbol[] =
      "<svg viewBox=\"0 0 28 16\" aria-hidden=\"true\">%s</svg>";
  const auto item = [&](absl::string_view shapes, absl::string_view text) {
    return absl::StrCat("<li>", absl::StrFormat(kSymbol, shapes), text,
                        "</li>\n");
  };
  std::string html = "<ul class=\"key\">\n";
  absl::StrAppend(
      &html,
      item("<circle class=\"mark on\" cx=\"14\" cy=\"8\" r=\"5.5\"/>",
           "on the frontier"),
      item("<circle class=\"mark\" cx=\"14\" cy=\"8\" r=\"5.5\"/>",
           "dominated"),
      item("<line class=\"bar\" x1=\"14\" y1=\"1\" x2=\"14\" y2=\"15\"/>",
           "95 % interval"));
  if (results.has_decision()) {
    absl::StrAppend(
        &html,
        item("<circle class=\"ring\" cx=\"14\" cy=\"8\" r=\"6.5\"/>",
             "to ship"),
        item("<line class=\"margin\" x1=\"1\" y1=\"8\" x2=\"27\" y2=\"8\"/>",
             "quality margin"));
  }
  return absl::StrCat(html, "</ul>\n");
}

std::string BusyNote(const Speed* speed) {
  if (speed == nullptr || speed->busy_signs().empty()) return "";
  return absl::StrCat(
      "<p class=\"note\"><strong>The machine was busy while speed was "
      "measured: take speeds as rough.</strong> ",
      EscapeHtml(absl::StrJoin(speed->busy_signs(), " ")), "</p>\n");
}

std::string Charts(const Results& results, const Speed* speed,
                   const std::vector<std::string>& descriptions) {
  const std::vector<Quantity> costs = CostQuantities(results, speed);
  const std::vector<Quantity> qualities = QualityQuantities(results);
  std::string html =
      absl::StrCat("<div>\n<div class=\"switches script-only\" hidden>\n",
                   Switch("Quality", "y", qualities),
                   Switch("Cost", "x", costs), "</div>\n");
  for (const Quantity& cost : costs) {
    for (const Quantity& quality : qualities) {
      absl::StrAppend(&html, ChartFigure(results, cost, quality, descriptions));
    }
  }
  return absl::StrCat(html, Key(results), BusyNote(speed), "</div>\n");
}

std::string Control(absl::string_view id, absl::string_view label,
                    absl::string_view number_attributes) {
  return absl::StrFormat(
      "<div class=\"control\"><label for=\"%s\">%s</label>\n"
      "<input type=\"number\" id=\"%s\" min=\"0\" step=\"any\" %s>\n"
      "<input type=\"range\" id=\"%s-slider\" min=\"0\" step=\"1\" "
      "aria-label=\"%s, slider\"></div>\n",
      id, label, id, number_attributes, id, label);
}

std::string Exploration(const Results& results) {
  if (!results.has_decision()) return "";
  const Decision& decision = results.decision();
  const std::string unit = decision.metric() == kPerplexityGap ? "%" : "nats";
  return absl::StrCat(
      "<section class=\"explore script-only\" id=\"explore\" hidden "
      "aria-labelledby=\"explore-title\" data-margin=\"",
      Number(decision.margin()), "\" data-budget=\"",
      Number(decision.byte_budget()), "\" data-scheme=\"",
      EscapeHtml(decision.scheme()), "\" data-unit=\"", unit,
      "\">\n<h2 id=\"explore-title\">Try another margin or budget</h2>\n"
      "<p class=\"note\">This is exploration. The decision above was made with "
      "a margin of ",
      LossText(decision, decision.margin()),
      " that was declared before the measurement. A margin that is picked "
      "after "
      "seeing the result no longer limits the risk of a wrong choice to "
      "5&nbsp;%.</p>\n",
      Control("margin",
              absl::StrCat("Quality margin: ", LossName(decision), ", ", unit),
              "required"),
      Control("budget", "Byte budget, bytes", "placeholder=\"no limit\""),
      "<p id=\"choice\" role=\"status\" aria-live=\"polite\"></p>\n"
      "<button type=\"button\" id=\"reset\">Back to the published "
      "decision</button>\n</section>\n");
}

std::string Overview(const Results& results, const Speed* speed,
                     const std::vector<std::string>& descriptions) {
  return absl::StrCat(
      "<section aria-labelledby=\"frontier-title\">\n"
      "<h2 id=\"frontier-title\">Size, speed and quality</h2>\n"
      "<p class=\"note script-only\" hidden>Point at a dot, or go to one with "
      "Tab and the arrow keys, to see its numbers.</p>\n"
      "<div class=\"columns\">\n",
      Charts(results, speed, descriptions),
      "<div>\n<div class=\"detail script-only\" id=\"detail\" hidden></div>\n",
      Exploration(results), "</div>\n</div>\n</section>\n");
}

// Of the decision's metric; 0 for the reference.
double LossOf(const Results& results, const SchemeResult& scheme) {
  const Metric* metric = FindMetric(scheme, results.decision().metric());
  return metric == nullptr ? 0 : metric->value();
}

// What the script says of a scheme that it would ship.
std::string SummaryOf(const Results& results, const SchemeResult& scheme) {
  const Decision& decision = results.decision();
  return absl::StrCat(Thousands(scheme.bytes().total()), " bytes, ",
                      LossName(decision), " ",
                      LossText(decision, LossOf(results, scheme)), ", at most ",
                      LossText(decision, scheme.confidence().upper_bound()));
}

std::string RowBegin(const Results& results, int s) {
  const SchemeResult& scheme = results.schemes(s);
  std::string html = absl::StrCat(
      "<tr class=\"", scheme.on_frontier() ? "on" : "",
      scheme.name() == results.decision().scheme() ? " ship" : "",
      "\" data-scheme=\"", s, "\" data-name=\"", EscapeHtml(scheme.name()),
      "\" data-bytes=\"", Number(scheme.bytes().total()), "\"");
  if (results.has_decision()) {
    absl::StrAppend(&html, " data-loss=\"", Number(LossOf(results, scheme)),
                    "\" data-bound=\"",
                    Number(scheme.confidence().upper_bound()),
                    "\" data-summary=\"", SummaryOf(results, scheme), "\"");
  }
  return absl::StrCat(html, ">");
}

std::string CellHtml(const SchemeColumn& column, int s, bool is_first) {
  const SchemeCell& cell = column.cells[s];
  const std::string text = InlineHtml(cell.text);
  if (is_first) return absl::StrCat("<th scope=\"row\">", text, "</th>");
  return absl::StrCat(
      "<td", column.is_number ? "" : " class=\"text\"",
      cell.value.has_value()
          ? absl::StrCat(" data-value=\"", Number(*cell.value), "\"")
          : "",
      ">", text, "</td>");
}

std::string SchemeTableHtml(const Results& results,
                            const std::vector<SchemeColumn>& columns) {
  std::string html =
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
      "aria-label=\"Table of the schemes\"><table id=\"schemes\">\n"
      "<thead><tr>";
  for (const SchemeColumn& column : columns) {
    absl::StrAppend(&html, "<th scope=\"col\"",
                    column.is_number ? "" : " class=\"text\"", ">",
                    EscapeHtml(column.header), "</th>");
  }
  absl::StrAppend(&html, "</tr></thead>\n<tbody>\n");
  for (int s = 0; s < results.schemes_size(); ++s) {
    absl::StrAppend(&html, RowBegin(results, s));
    for (size_t c = 0; c < columns.size(); ++c) {
      absl::StrAppend(&html, CellHtml(columns[c], s, c == 0));
    }
    absl::StrAppend(&html, "</tr>\n");
  }
  return absl::StrCat(html, "</tbody></table></div>\n");
}

std::string TableSection(const Results& results,
                         const std::vector<SchemeColumn>& columns) {
  return absl::StrCat(
      "<section aria-labelledby=\"table-title\">\n"
      "<h2 id=\"table-title\">All schemes</h2>\n"
      "<div class=\"filter script-only\" hidden><label for=\"filter\">Filter "
      "by name or verdict</label><input type=\"search\" id=\"filter\" "
      "autocomplete=\"off\"><span id=\"shown\" role=\"status\" "
      "aria-live=\"polite\"></span></div>\n",
      SchemeTableHtml(results, columns),
      "<p class=\"note\">± is one standard error; <em>at most</em> holds for "
      "all schemes at once with 95 % confidence.</p>\n</section>\n");
}

std::string Folded(absl::string_view summary, const std::string& body) {
  return body.empty() ? ""
                      : absl::StrCat("<details><summary>", summary,
                                     "</summary>\n", body, "</details>\n");
}

// ConfidenceTable without its heading, which is the summary.
std::string HowSure(const Results& results) {
  const std::string markdown = ConfidenceTable(results);
  if (markdown.empty()) return "";
  return BlocksHtml(markdown.substr(markdown.find("\n\n")),
                    "How sure each scheme's place is");
}

std::string Links(const Speed* speed) {
  return absl::StrCat(
      "<ul>\n<li><a href=\"results.json\">results.json</a>: every number, and "
      "<a href=\"results.csv\">results.csv</a>: the schemes as a table</li>\n",
      speed == nullptr ? ""
                       : "<li><a href=\"speed.json\">speed.json</a>: the "
                         "measured speed</li>\n",
      "<li><a href=\"details.md\">details.md</a>: more tables, in words</li>\n"
      "<li><a href=\"manifest.json\">manifest.json</a>: the digest of every "
      "published file</li>\n"
      "<li><a href=\"provenance/\">provenance/</a>: for each file the tool, "
      "its "
      "flags and its inputs</li>\n</ul>\n");
}

std::string Origins(const Speed* speed,
                    const std::vector<PageDigest>& digests) {
  std::string html = Links(speed);
  if (digests.empty()) return html;
  absl::StrAppend(&html,
                  "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
                  "aria-label=\"Digests\"><table>\n<thead><tr><th "
                  "scope=\"col\">what</th><th scope=\"col\" "
                  "class=\"text\">SHA-256</th></tr></thead>\n<tbody>\n");
  for (const PageDigest& digest : digests) {
    absl::StrAppend(&html, "<tr><th scope=\"row\">", EscapeHtml(digest.name),
                    "</th><td class=\"text\"><code class=\"digest\">",
                    EscapeHtml(digest.sha256), "</code></td></tr>\n");
  }
  return absl::StrCat(html, "</tbody></table></div>\n");
}

std::string Details(const Results& results, const Speed* speed,
                    const ReportPageOptions& options) {
  return absl::StrCat(
      "<section aria-labelledby=\"details-title\">\n"
      "<h2 id=\"details-title\">Behind the numbers</h2>\n",
      Folded("How sure this is", HowSure(results)),
      Folded("What ± assumes, and drift of the text",
             BlocksHtml(SamplingSentence(results), "")),
      Folded("How to reproduce",
             absl::StrCat("<pre><code>./setup.sh\n",
                          EscapeHtml(options.command), "</code></pre>\n")),
      Folded("Where each number comes from", Origins(speed, options.digests)),
      "</section>\n");
}

}  // namespace

std::string ReportPage(const Results& results, const Speed* speed,
                       const ReportPageOptions& options) {
  const std::vector<SchemeColumn> columns = SchemeColumns(results, speed);
  return absl::StrCat(
      Head(options.title), "<body>\n", Header(results, speed, options.title),
      "<main>\n", Overview(results, speed, Descriptions(columns)),
      TableSection(results, columns), Details(results, speed, options),
      "</main>\n<script>", kPageScript, "</script>\n</body>\n</html>\n");
}

}  // namespace quant_curve
