// The experiment's README.md, written only from the measurements.
#ifndef QUANT_CURVE_LIB_REPORT_README_H_
#define QUANT_CURVE_LIB_REPORT_README_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/measurement/sweep.h"
#include "lib/report/speed_answer.h"
#include "proto/results.pb.h"

namespace quant_curve {

// `command` reproduces the experiment. The figures pareto.png and, where the
// corpus has a task, that of its accuracy (lib/measurement/task.h) are expected
// in its folder. `measured` is null when
// speed was not; with it come latency_pareto.png, roofline_overlay.png and
// speed.json.
absl::StatusOr<std::string> WriteReadme(const Sweep& sweep,
                                        const Results& results,
                                        const MeasuredSpeed* measured,
                                        absl::string_view title,
                                        absl::string_view command);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_README_H_
