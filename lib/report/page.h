// report.html: an experiment's decision, charts and table in one file without
// anything from elsewhere.
//
// Everything that is measured is in the HTML, so that it can be read without
// the script (page.js), which adds switches, sorting and other margins.
#ifndef QUANT_CURVE_LIB_REPORT_PAGE_H_
#define QUANT_CURVE_LIB_REPORT_PAGE_H_

#include <string>
#include <vector>

#include "proto/results.pb.h"
#include "proto/speed.pb.h"

namespace quant_curve {

// What a number rests on.
struct PageDigest {
  std::string name;    // "results.json", "model of int4"
  std::string sha256;  // hexadecimal
};

struct ReportPageOptions {
  std::string title;
  std::string command;  // reproduces the experiment
  std::vector<PageDigest> digests;
};

// The page. `speed` is null when it was not measured. Expects README.md's
// neighbours in the page's folder: details.md, results.json, results.csv,
// manifest.json, provenance/ and, with speed, speed.json. A pure function.
std::string ReportPage(const Results& results, const Speed* speed,
                       const ReportPageOptions& options);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_PAGE_H_
