#include "tools/publish/results_table.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "lib/measurement/task.h"

namespace quant_curve {
namespace {

using Row = std::vector<std::string>;

Row RowOf(const Results& results, const SchemeResult& scheme) {
  return {scheme.name(),
          absl::StrFormat("%.2f", scheme.bits_per_weight()),
          absl::StrFormat("%.0f", scheme.bytes().total()),
          absl::StrFormat("%.4f", scheme.perplexity()),
          absl::StrFormat("%+.2f %%", scheme.perplexity_gap_percent()),
          results.num_headline_items() > 0
              ? absl::StrFormat("%.1f %%", 100 * AccuracyOf(scheme).accuracy)
              : "-",
          scheme.on_frontier()
              ? "*"
              : absl::StrCat("dominated by ",
                             absl::StrJoin(scheme.dominated_by(), ", "))};
}

std::string Line(const Row& row, const std::vector<size_t>& widths) {
  std::string line;
  for (size_t i = 0; i < row.size(); ++i) {
    const std::string blanks(widths[i] - row[i].size(), ' ');
    const bool is_text = i == 0 || i + 1 == row.size();
    absl::StrAppend(&line, i == 0 ? "" : "  ", is_text ? "" : blanks, row[i],
                    i == 0 ? blanks : "");
  }
  return absl::StrCat(line, "\n");
}

}  // namespace

std::string ResultsTable(const Results& results) {
  std::vector<Row> rows = {{"scheme", "bits/weight", "bytes", "perplexity",
                            "gap", "accuracy", "frontier"}};
  for (const SchemeResult& scheme : results.schemes()) {
    rows.push_back(RowOf(results, scheme));
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

}  // namespace quant_curve
