#include "tools/audit/readme.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace quant_curve {
namespace {

// Below the header's line stands the one of dashes.
constexpr int kLinesAboveRows = 2;

// "95, 94, 96" or "95, 94, 96 and 'L2'".
std::string TextOf(const ExpectedCell& cell) {
  std::string text =
      absl::StrJoin(cell.numbers, ", ", [](std::string* out, double number) {
        absl::StrAppendFormat(out, "%.10g", number);
      });
  if (!cell.words.empty()) absl::StrAppend(&text, " and '", cell.words, "'");
  return text;
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
  for (const ExpectedCell& cell : expected.cells) {
    const int at = ColumnOf(table, cell.column);
    if (at < 0) {
      Refuse(where(cell.column), "the table has no such column");
    } else if (!Shows(row[at], cell)) {
      Refuse(
          where(cell.column),
          absl::StrCat("'", row[at], "', the artifacts give ", TextOf(cell)));
    }
  }
  if (expected.frontier.empty()) return;
  const int at = ColumnOf(table, "frontier");
  const std::string is = at < 0 ? "" : row[at];
  if (is == expected.frontier) return;
  Refuse(where("frontier"), absl::StrCat("'", is, "', the artifacts give '",
                                         expected.frontier, "'"));
}

bool Readme::Shows(const std::string& cell,
                   const ExpectedCell& expected) const {
  const Numbers& numbers = expected.numbers;
  findings_.Count(Check::kNumbers, static_cast<int>(numbers.size()));
  const std::vector<PrintedNumber> printed = NumbersIn(cell);
  if (printed.size() != numbers.size()) return false;
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (!IsRounded(printed[i], numbers[i])) return false;
  }
  return WordsIn(cell) == expected.words;
}

}  // namespace quant_curve
