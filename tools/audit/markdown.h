// Numbers in Markdown tables, as people read them.
#ifndef QUANT_CURVE_TOOLS_AUDIT_MARKDOWN_H_
#define QUANT_CURVE_TOOLS_AUDIT_MARKDOWN_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace quant_curve {

struct PipeTable {
  int line;             // of the header, counted from 1
  std::string caption;  // the last line of text above it
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // as many cells as they have
};

// The pipe tables of a text, in order.
std::vector<PipeTable> TablesIn(absl::string_view markdown);

// Column of the table whose header begins with `name`, or -1.
int ColumnOf(const PipeTable& table, absl::string_view name);

struct PrintedNumber {
  double value;
  int decimals;
};

// The decimal numbers in a text: "5.13 ± 0.02" has two, "[1,142, -3.5]" has
// 1142 and -3.5, "72 % of L2" has 72. A comma between digits joins thousands.
// What goes on with a letter, as "1.00e9" does, is NaN, which IsRounded
// refuses.
std::vector<PrintedNumber> NumbersIn(absl::string_view text);

// The words in a text, joined by blanks: "72 % of L2" has "of L2". A word
// begins with a letter and has letters and digits.
std::string WordsIn(absl::string_view text);

// Whether `value`, rounded to the printed decimals, is the printed number.
bool IsRounded(const PrintedNumber& printed, double value);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_MARKDOWN_H_
