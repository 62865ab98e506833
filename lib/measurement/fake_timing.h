// Timings for tests: made-up speeds of a made-up machine.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_FAKE_TIMING_H_
#define QUANT_CURVE_LIB_MEASUREMENT_FAKE_TIMING_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "proto/timing.pb.h"

namespace quant_curve {

// A decode of 32 tokens by one thread of the machine below: each repeat takes
// the seconds given, and its level of memory gives its ceiling at each.
DecodeTiming MakeFakeDecode(absl::string_view model, absl::string_view scheme,
                            uint64_t num_parameters, double bytes_per_token,
                            const std::vector<double>& seconds);

// Two cores with 32 KiB of L1, 1 MiB of L2 and 32 MiB of L3; ceilings with one
// thread and two. MiniGPT in the eight schemes of the main sweep, and with
// `ladder` the shapes of 1, 10 and 124 million parameters (else only the last)
// in five, each with one thread and two. A step takes 15 us, and then its bytes
// at three quarters of the bandwidth of the level that holds them.
Timing MakeFakeTiming(bool ladder);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_FAKE_TIMING_H_
