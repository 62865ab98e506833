// The one place where this stage reads time.
#ifndef QUANT_CURVE_TOOLS_BENCHMARK_CLOCK_H_
#define QUANT_CURVE_TOOLS_BENCHMARK_CLOCK_H_

#include <chrono>

#include "absl/functional/function_ref.h"

namespace quant_curve {

// Seconds since some moment; never goes back.
inline double NowSeconds() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Runs warm_up(), which is not timed, then work(); the seconds of the latter.
inline double SecondsAfter(absl::FunctionRef<void()> warm_up,
                           absl::FunctionRef<void()> work,
                           absl::FunctionRef<double()> now_seconds) {
  warm_up();
  const double start = now_seconds();
  work();
  return now_seconds() - start;
}

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_BENCHMARK_CLOCK_H_
