// The sweep as a table for the terminal.
#ifndef QUANT_CURVE_TOOLS_PUBLISH_RESULTS_TABLE_H_
#define QUANT_CURVE_TOOLS_PUBLISH_RESULTS_TABLE_H_

#include <string>

#include "proto/results.pb.h"

namespace quant_curve {

// A header and one line per scheme, columns aligned (numbers right), two blanks
// between them: scheme, bits per weight, total bytes, perplexity, gap to the
// reference, verb-tense accuracy ("-" without cloze items), and "*" on the
// frontier or who dominates the scheme.
std::string ResultsTable(const Results& results);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_PUBLISH_RESULTS_TABLE_H_
