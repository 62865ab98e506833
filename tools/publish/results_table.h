// The sweep as a table for the terminal.
#ifndef QUANT_CURVE_TOOLS_PUBLISH_RESULTS_TABLE_H_
#define QUANT_CURVE_TOOLS_PUBLISH_RESULTS_TABLE_H_

#include <string>

#include "proto/results.pb.h"

namespace quant_curve {

// A header and one line per scheme, columns aligned (numbers right), two blanks
// between them: row, scheme, total bytes, perplexity, gap to the reference, the
// task's accuracy where there is a task, and the verdict: "ship", "frontier" or
// "beaten by 3", the row of a scheme that dominates it. At most 100 columns for
// names of 45 characters.
std::string ResultsTable(const Results& results);

// The decision: the scheme to ship with its bound, how stable the choice is,
// and the reasons, a line each.
std::string DecisionLines(const Results& results);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_PUBLISH_RESULTS_TABLE_H_
