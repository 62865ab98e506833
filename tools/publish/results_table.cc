#include "tools/publish/results_table.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/measurement/task.h"
#include "lib/measurement/verdict.h"

namespace quant_curve {
namespace {

using Row = std::vector<std::string>;

// Of a line, so that an indented rest fits 100 columns.
constexpr size_t kColumns = 96;

// "beaten by 3" names the row of the first scheme that dominates this one.
std::string VerdictOf(const Results& results, const SchemeResult& scheme) {
  if (scheme.name() == results.decision().scheme()) return "ship";
  if (scheme.on_frontier()) return "frontier";
  for (int i = 0; i < results.schemes_size(); ++i) {
    if (scheme.dominated_by_size() == 0 ||
        results.schemes(i).name() != scheme.dominated_by(0)) {
      continue;
    }
    return absl::StrCat("beaten by ", i + 1);
  }
  return "";
}

Row RowOf(const Results& results, int index) {
  const SchemeResult& scheme = results.schemes(index);
  Row row = {absl::StrCat(index + 1), scheme.name(),
             absl::StrFormat("%.0f", scheme.bytes().total()),
             absl::StrFormat("%.4f", scheme.perplexity()),
             absl::StrFormat("%+.2f %%", scheme.perplexity_gap_percent())};
  if (results.num_headline_items() > 0) {
    row.push_back(
        absl::StrFormat("%.1f %%", 100 * AccuracyOf(scheme).accuracy));
  }
  row.push_back(VerdictOf(results, scheme));
  return row;
}

std::string Line(const Row& row, const std::vector<size_t>& widths) {
  std::string line;
  for (size_t i = 0; i < row.size(); ++i) {
    const std::string blanks(widths[i] - row[i].size(), ' ');
    const bool is_text = i == 1 || i + 1 == row.size();
    absl::StrAppend(&line, i == 0 ? "" : "  ", is_text ? "" : blanks, row[i],
                    i == 1 ? blanks : "");
  }
  return absl::StrCat(line, "\n");
}

// The text in lines of at most kColumns, further ones indented by four.
std::string Wrapped(absl::string_view text) {
  std::string lines;
  while (text.size() > kColumns) {
    const size_t blank = text.rfind(' ', kColumns);
    if (blank == text.npos || blank < kColumns / 2) break;
    absl::StrAppend(&lines, text.substr(0, blank), "\n    ");
    text.remove_prefix(blank + 1);
  }
  return absl::StrCat(lines, text, "\n");
}

}  // namespace

std::string ResultsTable(const Results& results) {
  std::vector<Row> rows = {{"", "scheme", "bytes", "ppl", "gap"}};
  if (results.num_headline_items() > 0) rows[0].push_back("accuracy");
  rows[0].push_back("verdict");
  for (int i = 0; i < results.schemes_size(); ++i) {
    rows.push_back(RowOf(results, i));
  }
  std::vector<size_t> widths(rows[0].size(), 0);
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string table;
  for (const Row& row : rows) absl::StrAppend(&table, Line(row, widths));
  return table;
}

std::string DecisionLines(const Results& results) {
  if (!results.has_decision()) {
    return "no decision: the evaluation text is too short\n";
  }
  const Decision& decision = results.decision();
  const bool percent = decision.metric() == kPerplexityGap;
  const auto loss = [percent](double value) {
    return percent ? absl::StrFormat("%+.3g %%", value)
                   : absl::StrFormat("%.3g nats", value);
  };
  std::string lines;
  if (!decision.scheme().empty()) {
    lines = Wrapped(absl::StrFormat(
        "ship %s: %.0f bytes, %s %s, at most %s (margin %s)", decision.scheme(),
        decision.bytes(), percent ? "perplexity gap" : "KL divergence",
        loss(decision.value()), loss(decision.upper_bound()),
        loss(decision.margin())));
  }
  if (decision.splits() > 0) {
    absl::StrAppend(&lines, Wrapped(absl::StrFormat(
                                "  chosen by %.0f of %.0f random halves of the "
                                "text, confirmed by the other half in %.0f",
                                decision.splits_chosen(), decision.splits(),
                                decision.splits_confirmed())));
  }
  for (const std::string& reason : decision.reasons()) {
    absl::StrAppend(&lines, Wrapped(absl::StrCat("  ", reason)));
  }
  return lines;
}

}  // namespace quant_curve
