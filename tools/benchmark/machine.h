// The machine that the benchmark ran on.
#ifndef QUANT_CURVE_TOOLS_BENCHMARK_MACHINE_H_
#define QUANT_CURVE_TOOLS_BENCHMARK_MACHINE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "proto/timing.pb.h"

namespace quant_curve {

// Bytes that a cache's `size` file in sysfs says: "32K", "1024K\n", "2M". 0
// for any other text.
uint64_t ParseCacheSize(absl::string_view text);

// Reads /proc/cpuinfo, the cores that this process may use, and the data caches
// of core 0 as sysfs says, or where it doesn't, sysconf. A size that nobody
// knows is 0.
Machine ReadMachine();

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_BENCHMARK_MACHINE_H_
