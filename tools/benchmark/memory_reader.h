// Reads memory as fast as it goes.
#ifndef QUANT_CURVE_TOOLS_BENCHMARK_MEMORY_READER_H_
#define QUANT_CURVE_TOOLS_BENCHMARK_MEMORY_READER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "hwy/aligned_allocator.h"
#include "lib/numerics/parallel.h"
#include "proto/timing.pb.h"

namespace quant_curve {

// The sets to read for the bandwidth of each level: level and working_set_bytes
// of each thread, in whole blocks of kReadBlockBytes.
//   L1, L2  half of the cache, which belongs to one core
//   L3      half of a thread's share
//   DRAM    all threads together 8 times L3, at least 256 MiB, at most 1 GiB
// A cache is left out when its size is unknown or the set would fit into the
// level before.
std::vector<Bandwidth> WorkingSets(const Machine& machine, int threads);

// Threads, with a buffer each that holds the largest of their working sets.
class MemoryReader {
 public:
  // `sets` is not empty; `threads` >= 1. Fails without memory for the buffers.
  static absl::StatusOr<std::unique_ptr<MemoryReader>> Make(
      const Machine& machine, const std::vector<Bandwidth>& sets, int threads);

  // A set of as many bytes as a step moves: it lies in the caches as the step's
  // data does. Beyond twice the last-level cache, of which hardly anything is
  // found there again, the largest working set. Its level is the one that the
  // data comes from (memory_level.h).
  Bandwidth SetFor(double step_bytes) const;

  // Reads the first set.working_set_bytes(), whole blocks, of each buffer
  // `passes` times, the buffers shared out to the threads. Returns the bytes
  // that all read together.
  double Read(const Bandwidth& set, int64_t passes);

  // As many whole passes as it takes to read `bytes`, at least one.
  double ReadAtLeast(const Bandwidth& set, double bytes);

  // For whatever else these threads do; a pool that has nothing to do sleeps.
  ThreadPool& pool() { return pool_; }
  int threads() const { return pool_.num_threads(); }
  // The sets, without speeds.
  const Ceilings& sets() const { return sets_; }

 private:
  using AlignedWords = hwy::AlignedFreeUniquePtr<uint32_t[]>;

  MemoryReader(const Machine& machine, const std::vector<Bandwidth>& sets,
               int threads);

  Machine machine_;
  Ceilings sets_;
  ThreadPool pool_;
  uint64_t buffer_bytes_ = 0;  // of each
  std::vector<AlignedWords> buffers_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_BENCHMARK_MEMORY_READER_H_
