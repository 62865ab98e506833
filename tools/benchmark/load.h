// What else the machine does while the benchmark runs.
#ifndef QUANT_CURVE_TOOLS_BENCHMARK_LOAD_H_
#define QUANT_CURVE_TOOLS_BENCHMARK_LOAD_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "proto/timing.pb.h"

namespace quant_curve {

// Nanoseconds that a thread was ready and had no core: the second number of its
// schedstat file. 0 for any other text.
uint64_t WaitNanoseconds(absl::string_view schedstat);

// Ticks of all cores, from the first line of /proc/stat.
struct CpuTicks {
  uint64_t busy = 0;  // user, nice, system, irq, softirq
  uint64_t steal = 0;
};
CpuTicks ParseCpuTicks(absl::string_view stat);

// Measures from its construction to Finish().
class LoadMeter {
 public:
  LoadMeter();
  // Threads that ended in between are not counted in wait_seconds.
  MachineLoad Finish() const;

 private:
  double wall_seconds_;
  double cpu_seconds_;
  double wait_seconds_;
  CpuTicks ticks_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_BENCHMARK_LOAD_H_
