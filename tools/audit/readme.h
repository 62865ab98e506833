// A README whose tables are compared with what the artifacts give.
#ifndef QUANT_CURVE_TOOLS_AUDIT_README_H_
#define QUANT_CURVE_TOOLS_AUDIT_README_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tools/audit/chain.h"
#include "tools/audit/findings.h"
#include "tools/audit/markdown.h"

namespace quant_curve {

using Numbers = std::vector<double>;

// "`name`".
std::string Code(absl::string_view name);

struct ExpectedCell {
  std::string column;
  Numbers numbers;
  std::string words = "";  // all that it has, as WordsIn (markdown.h)
};

// What a row of a table of schemes must show.
struct ExpectedRow {
  std::string name;  // in its first column
  std::vector<ExpectedCell> cells;
  std::string frontier;  // text of that column; empty: not compared
};

// Failures go to `findings` as kNumbers, with line, scheme and column.
class Readme {
 public:
  // Of the stage's file, which is at hand.
  Readme(const Stage& stage, Findings& findings);

  const std::vector<PipeTable>& tables() const { return tables_; }

  void Refuse(absl::string_view where, absl::string_view why) const;

  // One row for each of `expected`, in order, numbers as IsRounded
  // (markdown.h) and the words beside them.
  void CheckRows(const PipeTable& table,
                 const std::vector<ExpectedRow>& expected) const;

 private:
  void CheckRow(const PipeTable& table, int line,
                const std::vector<std::string>& row,
                const ExpectedRow& expected) const;
  bool Shows(const std::string& cell, const ExpectedCell& expected) const;

  const Stage& stage_;
  Findings& findings_;
  std::vector<PipeTable> tables_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_README_H_
