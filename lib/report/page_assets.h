// page.css and page.js as strings; the build makes page_assets.cc from them.
#ifndef QUANT_CURVE_LIB_REPORT_PAGE_ASSETS_H_
#define QUANT_CURVE_LIB_REPORT_PAGE_ASSETS_H_

namespace quant_curve {

extern const char kPageStyle[];
extern const char kPageScript[];

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_PAGE_ASSETS_H_
