// The pages about an experiment, written only from the measurements: README.md,
// whose first screen is the decision, and details.md.
#ifndef QUANT_CURVE_LIB_REPORT_README_H_
#define QUANT_CURVE_LIB_REPORT_README_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/measurement/sweep.h"
#include "lib/report/speed_answer.h"
#include "proto/results.pb.h"

namespace quant_curve {

struct PageOptions {
  std::string title;
  std::string command;  // reproduces the experiment
  // The README also answers the four questions of the lab that the main sweep
  // repeats; their matter is in details.md otherwise.
  bool lab = false;
};

struct Pages {
  std::string readme;
  std::string details;
};

// The figures pareto.png and, where the corpus has a task, that of its accuracy
// (lib/measurement/task.h) are expected in the pages' folder. `measured` is
// null when speed was not; with it come latency_pareto.png,
// roofline_overlay.png and speed.json.
absl::StatusOr<Pages> WritePages(const Sweep& sweep, const Results& results,
                                 const MeasuredSpeed* measured,
                                 const PageOptions& options);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_README_H_
