// README.md of the roofline experiment, written only from a timing.
#ifndef QUANT_CURVE_LIB_REPORT_ROOFLINE_README_H_
#define QUANT_CURVE_LIB_REPORT_ROOFLINE_README_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/timing.pb.h"

namespace quant_curve {

// The machine's ceilings, every model's decode speed under them, and where the
// speed-up reaches its bound. `command` reproduces the experiment. The figures
// roofline.png and speedup_ladder.png are expected in its folder.
absl::StatusOr<std::string> WriteRooflineReadme(const Timing& timing,
                                                absl::string_view reference,
                                                absl::string_view title,
                                                absl::string_view command);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_ROOFLINE_README_H_
