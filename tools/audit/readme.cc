#include "tools/audit/readme.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace quant_curve {
namespace {

// Below the header's line stands the one of dashes.
constexpr int kLinesAboveRows = 2;

std::string TextOf(const Numbers& numbers) {
  return absl::StrJoin(numbers, ", ", [](std::string* out, double number) {
    absl::StrAppendFormat(out, "%.10g", number);
  });
}

}  // namespace

std::string Code(absl::string_view name) {
  return absl::StrCat("`", name, "`");
}

Readme::Readme(const Stage& stage, Findings& findings)
    : stage_(stage),
      findings_(findings),
      tables_(TablesIn(stage.file->bytes())) {}

void Readme::Refuse(absl::string_view where, absl::string_view why) const {
  findings_.Add(Check::kNumbers, stage_.path, where, why);
}

void Readme::CheckRows(const PipeTable& table,
                       const std::vector<ExpectedRow>& expected) const {
  if (table.rows.size() != expected.size()) {
    return Refuse(absl::StrCat("line ", table.line),
                  absl::StrCat("the table has ", table.rows.size(),
                               " rows, the artifacts give ", expected.size()));
  }
  for (size_t i = 0; i < expected.size(); ++i) {
    CheckRow(table, table.line + kLinesAboveRows + static_cast<int>(i),
             table.rows[i], expected[i]);
  }
}

void Readme::CheckRow(const PipeTable& table, int line,
                      const std::vector<std::string>& row,
                      const ExpectedRow& expected) const {
  const auto where = [&](absl::string_view column) {
    return absl::StrCat("line ", line, ", ", expected.name, ", ", column);
  };
  if (row.size() != table.header.size() || row[0] != Code(expected.name)) {
    return Refuse(where("scheme"),
                  absl::StrCat("the row is '", absl::StrJoin(row, " | "),
                               "', expected one of ", Code(expected.name)));
  }
  for (const auto& [column, numbers] : expected.cells) {
    const int at = ColumnOf(table, column);
    if (at < 0) {
      Refuse(where(column), "the table has no such column");
    } else if (!Shows(row[at], numbers)) {
      Refuse(where(column), absl::StrCat("'", row[at], "', the artifacts give ",
                                         TextOf(numbers)));
    }
  }
  if (expected.frontier.empty()) return;
  const int at = ColumnOf(table, "frontier");
  const std::string is = at < 0 ? "" : row[at];
  if (is == expected.frontier) return;
  Refuse(where("frontier"), absl::StrCat("'", is, "', the artifacts give '",
                                         expected.frontier, "'"));
}

bool Readme::Shows(const std::string& cell, const Numbers& expected) const {
  findings_.Count(Check::kNumbers, static_cast<int>(expected.size()));
  const std::vector<PrintedNumber> printed = NumbersIn(cell);
  if (printed.size() != expected.size()) return false;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!IsRounded(printed[i], expected[i])) return false;
  }
  return true;
}

}  // namespace quant_curve
