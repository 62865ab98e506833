// Measured speed: the statistics of a timing, and speed.json's message.
//
// A timing differs from run to run; nothing here may reach an artifact that is
// meant to repeat.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_SPEED_H_
#define QUANT_CURVE_LIB_MEASUREMENT_SPEED_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/speed.pb.h"
#include "proto/timing.pb.h"

namespace quant_curve {

// All functions here take a timing that CheckTiming accepts (timing.h).

// The 10th, 50th and 90th percentile of some repeats.
struct Spread {
  double low;
  double median;
  double high;
};

// The quantile at `share` in [0, 1], linear between the order statistics around
// 1 + share * (n - 1) (type 7 of Hyndman and Fan 1996,
// doi:10.1080/00031305.1996.10473566). `samples` is not empty.
double Quantile(std::vector<double> samples, double share);

// decoded_tokens / seconds of each repeat.
Spread TokensPerSecond(const DecodeTiming& decode);

// The speed of memory right after each repeat.
Spread MemoryBytesPerSecond(const DecodeTiming& decode);

// How many times as fast as `reference`, round by round: what slows a whole
// round does not count. Both are of one model, so of as many repeats.
Spread SpeedupOver(const DecodeTiming& reference, const DecodeTiming& decode);

// flops / seconds of each repeat.
Spread FlopsPerSecond(const ThroughputTiming& throughput);

// The models that were timed, each once, from the fewest parameters to the
// most.
std::vector<std::string> ModelNames(const Timing& timing);

// The thread counts that `model` was timed with, rising.
std::vector<uint32_t> ThreadCounts(const Timing& timing,
                                   absl::string_view model);

// The timed schemes of one model with `threads`, in the order of the artifact.
std::vector<const DecodeTiming*> DecodesOf(const Timing& timing,
                                           absl::string_view model,
                                           uint32_t threads);

// The entry, or null.
const DecodeTiming* FindDecode(const Timing& timing, absl::string_view model,
                               absl::string_view scheme, uint32_t threads);

// The contents of speed.json but busy_signs (quiet.h): the schemes of one model
// with `threads`. Fails, listing what there is, when the reference scheme was
// not timed.
absl::StatusOr<Speed> MakeSpeed(const Timing& timing, absl::string_view model,
                                uint32_t threads, absl::string_view reference,
                                absl::string_view experiment);

// The entry of a scheme, or null.
const SchemeSpeed* FindSpeed(const Speed& speed, absl::string_view scheme);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_SPEED_H_
