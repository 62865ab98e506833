// The charts of report.html: SVG, one for each pair of quantities.
#ifndef QUANT_CURVE_LIB_REPORT_PAGE_CHART_H_
#define QUANT_CURVE_LIB_REPORT_PAGE_CHART_H_

#include <string>
#include <vector>

#include "lib/report/page_quantities.h"
#include "proto/results.pb.h"

namespace quant_curve {

// A <figure class="view"> with a dot for each scheme that has both quantities,
// bars over their intervals, the frontier's staircase, a ring on the decision's
// scheme and, where `quality` is the decision's metric, the margin line. Of
// bytes against the gap the frontier is the one that the text shows
// (SchemeResult.on_frontier); of other pairs it is that of the values as they
// were measured.
//
// `descriptions`: of each scheme, not escaped; a dot's <title>. page.js shows
// it, and moves the margin line by the data- attributes.
std::string ChartFigure(const Results& results, const Quantity& cost,
                        const Quantity& quality,
                        const std::vector<std::string>& descriptions);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_PAGE_CHART_H_
