// What the page's table has of each scheme: text, and the number behind it.
#ifndef QUANT_CURVE_LIB_REPORT_SCHEME_COLUMNS_H_
#define QUANT_CURVE_LIB_REPORT_SCHEME_COLUMNS_H_

#include <optional>
#include <string>
#include <vector>

#include "proto/results.pb.h"
#include "proto/speed.pb.h"

namespace quant_curve {

struct SchemeCell {
  std::string text;             // Markdown
  std::optional<double> value;  // what sorting compares; none: the text
};

struct SchemeColumn {
  std::string header;
  bool is_number;
  std::vector<SchemeCell> cells;  // in the order of results.schemes
};

// The scheme's name, its verdict, and what was measured: without a divergence,
// a task, a decision or a speed its columns are left out. `speed` may be null.
std::vector<SchemeColumn> SchemeColumns(const Results& results,
                                        const Speed* speed);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_SCHEME_COLUMNS_H_
