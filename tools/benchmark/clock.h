// The one place where this stage reads time.
#ifndef QUANT_CURVE_TOOLS_BENCHMARK_CLOCK_H_
#define QUANT_CURVE_TOOLS_BENCHMARK_CLOCK_H_

#include <chrono>

namespace quant_curve {

// Seconds since some moment; never goes back.
inline double NowSeconds() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_BENCHMARK_CLOCK_H_
