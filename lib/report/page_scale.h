// The quality axis of the page's charts.
#ifndef QUANT_CURVE_LIB_REPORT_PAGE_SCALE_H_
#define QUANT_CURVE_LIB_REPORT_PAGE_SCALE_H_

#include "lib/figures/axis.h"
#include "lib/report/page_quantities.h"

namespace quant_curve {

// A value v is plotted at v, or at asinh(v / threshold): about linear up to the
// threshold and logarithmic beyond it, so that an axis from 0 to 300 % shows
// 0.05 % and 5 % apart, and negative gaps have a place. page.js moves the
// margin line by the same formula.
struct QualityScale {
  double threshold;  // 0: linear
  Axis axis;         // of plotted values; ticks are labelled with v
};

double Plotted(const QualityScale& scale, double value);

// Covers all intervals and, if it is positive, `margin`. Linear where the
// largest value is at most 20 times the margin (or, without one, ten times the
// smallest positive value).
QualityScale MakeQualityScale(const Quantity& quality, double margin);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_PAGE_SCALE_H_
