// What this machine can do at best: the lines of a roofline
// (doi:10.1145/1498765.1498785).
#ifndef QUANT_CURVE_TOOLS_BENCHMARK_CEILINGS_H_
#define QUANT_CURVE_TOOLS_BENCHMARK_CEILINGS_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "proto/timing.pb.h"

namespace quant_curve {

// What to read for the bandwidth of each level: level and working_set_bytes of
// each thread, in whole blocks of kReadBlockBytes.
//   L1, L2  half of the cache, which belongs to one core
//   L3      half of a thread's share
//   DRAM    all threads together 8 times L3, at least 256 MiB, at most 1 GiB
// A level is left out when its cache's size is unknown or the set would fit
// into the level before.
std::vector<Bandwidth> WorkingSets(const Machine& machine, int threads);

// The best rate of several runs of at least `least_seconds` each. `work` does
// an amount of work that grows with its argument, and returns it.
double BestRate(double least_seconds, absl::FunctionRef<double()> now_seconds,
                absl::FunctionRef<double(int64_t iterations)> work);

// Measures all ceilings with `threads` >= 1 threads. Fails without memory for
// the working sets.
absl::StatusOr<Ceilings> MeasureCeilings(const Machine& machine, int threads);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_BENCHMARK_CEILINGS_H_
