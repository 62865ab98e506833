// All that tools/report writes, only from artifacts and options: the tool
// writes it to files, the audit compares it with what was published.
#ifndef QUANT_CURVE_LIB_REPORT_REPORT_H_
#define QUANT_CURVE_LIB_REPORT_REPORT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "lib/measurement/sweep.h"
#include "lib/measurement/verdict.h"
#include "proto/timing.pb.h"

namespace quant_curve {

// The flags of tools/report that decide what it writes.
struct ReportOptions {
  std::string reference;  // the scheme that the others are compared with
  std::string model;      // the measured model's name in the timing
  uint32_t threads = 1;   // whose speed of it is reported
  std::string experiment;
  std::string title;
  std::string command;
  VerdictOptions verdict;
  bool lab = false;  // PageOptions.lab
};

// The contents of each file; empty where there is nothing to write.
struct ReportFiles {
  std::string results_json;  // needs measurements
  std::string results_csv;   // needs measurements
  std::string speed_json;    // needs measurements and a timing
  std::string readme;
  std::string details_md;   // needs measurements
  std::string report_html;  // needs measurements
};

// `sweep` is null for the report of a timing, `timing` when speed was not
// measured; one of them must be there. Refuses a title or a command that is not
// one line, and a title with "<".
absl::StatusOr<ReportFiles> MakeReport(const Sweep* sweep, const Timing* timing,
                                       const ReportOptions& options);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_REPORT_H_
