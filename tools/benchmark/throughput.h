// Times the batched forward pass as evaluation uses it.
#ifndef QUANT_CURVE_TOOLS_BENCHMARK_THROUGHPUT_H_
#define QUANT_CURVE_TOOLS_BENCHMARK_THROUGHPUT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "lib/numerics/parallel.h"
#include "proto/timing.pb.h"
#include "tools/benchmark/model_group.h"
#include "tools/benchmark/turns.h"

namespace quant_curve {

// One timing, "evaluate <scheme> <name>", for each pool of threads; the pools
// take turns. A repeat is, on every thread, four batches of eight windows of 64
// random tokens (of a shorter context: as many as that): windows run in
// parallel, a product on one thread. `flops` are SequenceFlops of all windows.
absl::StatusOr<std::vector<ThroughputTiming>> TimeEvaluation(
    const std::string& name, const LoadedModel& loaded,
    const std::vector<ThreadPool*>& pools, const TurnLimits& limits,
    absl::FunctionRef<double()> now_seconds,
    absl::FunctionRef<void(int64_t percent)> progress);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_BENCHMARK_THROUGHPUT_H_
