#include "tools/benchmark/ceilings.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hwy/aligned_allocator.h"
#include "lib/artifact/status_macros.h"
#include "lib/numerics/parallel.h"
#include "lib/numerics/weight_memory.h"
#include "tools/benchmark/clock.h"
#include "tools/benchmark/peak_kernels.h"

namespace quant_curve {
namespace {

constexpr uint64_t kMinDramBytes = uint64_t{256} << 20;
constexpr uint64_t kMaxDramBytes = uint64_t{1} << 30;
constexpr double kLeastSeconds = 0.02;
constexpr int kRuns = 10;

using AlignedWords = hwy::AlignedFreeUniquePtr<uint32_t[]>;

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

// One buffer a thread, on pages as the weights have them, written once: pages
// that were never written would all be the same page of zeros.
absl::StatusOr<std::vector<AlignedWords>> MakeBuffers(uint64_t bytes,
                                                      ThreadPool& pool) {
  std::vector<AlignedWords> buffers(pool.num_threads());
  for (AlignedWords& buffer : buffers) {
    buffer = hwy::AllocateAligned<uint32_t>(bytes / sizeof(uint32_t));
    if (buffer == nullptr) {
      return absl::ResourceExhaustedError(
          absl::StrCat("no memory for ", buffers.size(), " buffers of ", bytes,
                       " bytes to read"));
    }
    WantHugePages(buffer.get(), static_cast<int64_t>(bytes));
  }
  pool.ParallelFor(pool.num_threads(), [&](int64_t thread) {
    std::memset(buffers[thread].get(), 1, bytes);
  });
  return buffers;
}

}  // namespace

std::vector<Bandwidth> WorkingSets(const Machine& machine, int threads) {
  const uint64_t l1 = machine.l1_data_bytes();
  const uint64_t l2 = machine.l2_bytes();
  const uint64_t l3_share = machine.l3_bytes() / threads;
  const uint64_t dram =
      std::min(std::max(8 * machine.l3_bytes(), kMinDramBytes), kMaxDramBytes);
  const std::pair<MemoryLevel, uint64_t> levels[] = {
      {L1, l1 / 2}, {L2, l2 / 2}, {L3, l3_share / 2}, {DRAM, dram / threads}};
  std::vector<Bandwidth> sets;
  uint64_t level_before = 0;
  for (const auto& [level, wanted] : levels) {
    const uint64_t bytes = wanted / kReadBlockBytes * kReadBlockBytes;
    if (bytes > level_before) {
      Bandwidth& set = sets.emplace_back();
      set.set_level(level);
      set.set_working_set_bytes(bytes);
    }
    if (level == L1) level_before = l1;
    if (level == L2) level_before = std::max(l1, l2);
    if (level == L3) level_before = std::max(level_before, l3_share);
  }
  return sets;
}

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

absl::StatusOr<Ceilings> MeasureCeilings(const Machine& machine, int threads) {
  ThreadPool pool(threads);
  Ceilings ceilings;
  ceilings.set_threads(pool.num_threads());
  ceilings.set_fma_flops_per_second(
      BestRateOfAll(pool, [](int64_t, int64_t iterations) {
        float sink;
        return RunFma(1000 * iterations, &sink);
      }));
  ceilings.set_int8_ops_per_second(
      BestRateOfAll(pool, [](int64_t, int64_t iterations) {
        int32_t sink;
        return RunInt8Dot(1000 * iterations, &sink);
      }));
  const std::vector<Bandwidth> sets = WorkingSets(machine, pool.num_threads());
  uint64_t largest = 0;
  for (const Bandwidth& set : sets) {
    largest = std::max(largest, set.working_set_bytes());
  }
  ASSIGN_OR_RETURN(const std::vector<AlignedWords> buffers,
                   MakeBuffers(largest, pool));
  for (const Bandwidth& set : sets) {
    Bandwidth& bandwidth = *ceilings.add_bandwidths();
    bandwidth = set;
    const int64_t bytes = static_cast<int64_t>(set.working_set_bytes());
    bandwidth.set_read_bytes_per_second(
        BestRateOfAll(pool, [&](int64_t thread, int64_t passes) {
          uint32_t sink;
          return RunRead(buffers[thread].get(), bytes, passes, &sink);
        }));
  }
  return ceilings;
}

}  // namespace quant_curve
