// The report's third question, with measured speed.
#ifndef QUANT_CURVE_LIB_REPORT_SPEED_ANSWER_H_
#define QUANT_CURVE_LIB_REPORT_SPEED_ANSWER_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/results.pb.h"
#include "proto/speed.pb.h"
#include "proto/timing.pb.h"

namespace quant_curve {

// A timing, and the measured model's part in it.
struct MeasuredSpeed {
  Timing timing;
  std::string model;  // the sweep's, as the timing calls it
  uint32_t threads;
  Speed speed;
};

// Refuses a timing whose `model` has another number of parameters than the
// sweep's: it is of another run.
absl::StatusOr<MeasuredSpeed> MakeMeasuredSpeed(Timing timing,
                                                absl::string_view model,
                                                uint32_t threads,
                                                const Results& results);

// 3: the measured speed-up and what the ratio of intensities allows, which
// scheme is under which ceiling; the same of the largest model that was timed;
// the frontier of speed against perplexity and its knee. The figures
// roofline_overlay.png and latency_pareto.png are expected in its folder.
absl::StatusOr<std::string> SpeedAnswer(const Results& results,
                                        const MeasuredSpeed& measured);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_REPORT_SPEED_ANSWER_H_
