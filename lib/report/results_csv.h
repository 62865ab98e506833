// results.csv: the schemes of results.json as a table for spreadsheets.
#ifndef QUANT_CURVE_LIB_REPORT_RESULTS_CSV_H_
#define QUANT_CURVE_LIB_REPORT_RESULTS_CSV_H_

#include <string>

#include "proto/results.pb.h"

namespace quant_curve {

// RFC 4180 with line feeds: a header and one row per scheme, numbers with the
// digits that read back exactly, empty cells for what was not measured. Metrics
// follow the fixed columns, each as its name and <name>_stderr if it has an
// error, in the order of their first appearance.
//
//   scheme,bytes,bits_per_weight,on_frontier,shipped,accuracy,…
//   int4_per_group_64,65536,4.25,1,0,0.932,…
std::string ResultsCsv(const Results& results);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_RESULTS_CSV_H_
