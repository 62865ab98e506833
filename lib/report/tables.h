// The report's tables, each a section of Markdown with its own heading, or
// empty when the measurements hold nothing for it.
#ifndef QUANT_CURVE_LIB_REPORT_TABLES_H_
#define QUANT_CURVE_LIB_REPORT_TABLES_H_

#include <string>

#include "lib/measurement/sweep.h"
#include "proto/results.pb.h"

namespace quant_curve {

// Scheme, bits per weight, bytes, perplexity, gap, accuracy, flips, frontier.
std::string SchemeTable(const Results& results);

// Divergence of each scheme's predictions from the reference's, where it was
// measured.
std::string DivergenceTable(const Results& results);

// Perplexity per token, byte and word, where the corpus is text.
std::string TextTable(const Results& results);

// Where the bytes of each scheme are.
std::string ByteTable(const Results& results);

// Accuracy per stratum, all tenses; of minimal pairs per category.
std::string StratumTable(const Results& results);

// Proxy losses of both methods per Linear; schemes whose losses are the same
// share a column.
std::string ProxyLossTable(const Sweep& sweep);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_TABLES_H_
