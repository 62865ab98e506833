// Numbers and tables as Markdown.
#ifndef QUANT_CURVE_LIB_REPORT_TEXT_H_
#define QUANT_CURVE_LIB_REPORT_TEXT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/measurement/statistics.h"

namespace quant_curve {

// "103,680".
std::string Thousands(uint64_t value);

// "64.0 KiB".
std::string KibText(double bytes);

// "+0.82 ± 0.05": value and one standard error, to the error's second digit;
// "0" when both are zero.
std::string PointsText(const Estimate& points);

// "0.0205 ± 0.0001": a value that has no sign, in scientific notation below
// 1e-3.
std::string MeasuredText(const Estimate& estimate);

// PointsText with " %" behind.
std::string PercentText(const Estimate& percent);

// "97.3 %" of a share.
std::string ShareText(double share);

// "`name`".
std::string Code(absl::string_view name);

// "`a`, `b` and `c`".
std::string CodeList(const std::vector<std::string>& names);

// A pipe table; every row has as many cells as the header. The first column is
// aligned left, the others right.
std::string MarkdownTable(const std::vector<std::string>& header,
                          const std::vector<std::vector<std::string>>& rows);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_TEXT_H_
