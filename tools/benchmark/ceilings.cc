#include "tools/benchmark/ceilings.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "lib/numerics/parallel.h"
#include "tools/benchmark/clock.h"
#include "tools/benchmark/peak_kernels.h"

namespace quant_curve {
namespace {

constexpr double kLeastSeconds = 0.02;
constexpr int kRuns = 10;

// The rate of all threads together; `work(thread, iterations)` is one thread's.
double BestRateOfAll(ThreadPool& pool,
                     absl::FunctionRef<double(int64_t, int64_t)> work) {
  return BestRate(kLeastSeconds, NowSeconds, [&](int64_t iterations) {
    std::vector<double> done(pool.num_threads());
    pool.ParallelFor(pool.num_threads(), [&](int64_t thread) {
      done[thread] = work(thread, iterations);
    });
    return std::accumulate(done.begin(), done.end(), 0.0);
  });
}

}  // namespace

double BestRate(double least_seconds, absl::FunctionRef<double()> now_seconds,
                absl::FunctionRef<double(int64_t iterations)> work) {
  double best = 0;
  int64_t iterations = 1;
  for (int run = 0; run < kRuns;) {
    const double start = now_seconds();
    const double done = work(iterations);
    const double seconds = now_seconds() - start;
    if (seconds < least_seconds) {
      iterations *= 2;
      continue;
    }
    best = std::max(best, done / seconds);
    ++run;
  }
  return best;
}

Ceilings MeasureCeilings(MemoryReader& reader) {
  Ceilings ceilings = reader.sets();
  ceilings.set_fma_flops_per_second(
      BestRateOfAll(reader.pool(), [](int64_t, int64_t iterations) {
        float sink;
        return RunFma(1000 * iterations, &sink);
      }));
  ceilings.set_int8_ops_per_second(
      BestRateOfAll(reader.pool(), [](int64_t, int64_t iterations) {
        int32_t sink;
        return RunInt8Dot(1000 * iterations, &sink);
      }));
  for (Bandwidth& bandwidth : *ceilings.mutable_bandwidths()) {
    bandwidth.set_read_bytes_per_second(BestRate(
        kLeastSeconds, NowSeconds,
        [&](int64_t passes) { return reader.Read(bandwidth, passes); }));
  }
  return ceilings;
}

}  // namespace quant_curve
