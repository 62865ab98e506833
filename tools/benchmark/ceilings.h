// The peak speeds of this machine: the lines of a roofline
// (doi:10.1145/1498765.1498785).
#ifndef QUANT_CURVE_TOOLS_BENCHMARK_CEILINGS_H_
#define QUANT_CURVE_TOOLS_BENCHMARK_CEILINGS_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "proto/timing.pb.h"
#include "tools/benchmark/memory_reader.h"

namespace quant_curve {

// The best rate of several runs of at least `least_seconds` each. `work` does
// an amount of work that grows with its argument, and returns it.
double BestRate(double least_seconds, absl::FunctionRef<double()> now_seconds,
                absl::FunctionRef<double(int64_t iterations)> work);

// Measures all ceilings with the reader's threads.
Ceilings MeasureCeilings(MemoryReader& reader);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_BENCHMARK_CEILINGS_H_
