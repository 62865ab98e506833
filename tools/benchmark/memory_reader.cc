#include "tools/benchmark/memory_reader.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/measurement/memory_level.h"
#include "lib/numerics/weight_memory.h"
#include "tools/benchmark/peak_kernels.h"

namespace quant_curve {
namespace {

constexpr uint64_t kMinDramBytes = uint64_t{256} << 20;
constexpr uint64_t kMaxDramBytes = uint64_t{1} << 30;

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
    if (bytes > level_before || level == DRAM) {
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

MemoryReader::MemoryReader(const Machine& machine,
                           const std::vector<Bandwidth>& sets, int threads)
    : machine_(machine), pool_(threads), buffers_(threads) {
  sets_.set_threads(threads);
  sets_.mutable_bandwidths()->Add(sets.begin(), sets.end());
}

absl::StatusOr<std::unique_ptr<MemoryReader>> MemoryReader::Make(
    const Machine& machine, const std::vector<Bandwidth>& sets, int threads) {
  std::unique_ptr<MemoryReader> reader(
      new MemoryReader(machine, sets, threads));
  if (reader->pool_.num_threads() != threads) {
    return absl::ResourceExhaustedError(
        absl::StrCat("--threads=", threads, ": the system allows ",
                     reader->pool_.num_threads(),
                     "; raise its limit (ulimit -u) or measure with fewer"));
  }
  for (const Bandwidth& set : sets) {
    reader->buffer_bytes_ =
        std::max(reader->buffer_bytes_, set.working_set_bytes());
  }
  const uint64_t bytes = reader->buffer_bytes_;
  for (AlignedWords& buffer : reader->buffers_) {
    buffer = hwy::AllocateAligned<uint32_t>(bytes / sizeof(uint32_t));
    if (buffer == nullptr) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "no memory for ", threads, " buffers of ", bytes, " bytes to read"));
    }
    // On pages as the weights have them.
    WantHugePages(buffer.get(), static_cast<int64_t>(bytes));
  }
  // Pages that were never written would all be the same page of zeros.
  reader->pool_.ParallelFor(threads, [&](int64_t thread) {
    std::memset(reader->buffers_[thread].get(), 1, bytes);
  });
  return reader;
}

Bandwidth MemoryReader::SetFor(double step_bytes) const {
  const uint64_t last_cache =
      std::max(machine_.l2_bytes(), machine_.l3_bytes());
  const double blocks =
      std::ceil(step_bytes / threads() / static_cast<double>(kReadBlockBytes));
  Bandwidth set;
  set.set_level(LevelFor(machine_, sets_, step_bytes).level());
  set.set_working_set_bytes(buffer_bytes_);
  if (step_bytes <= 2.0 * static_cast<double>(last_cache)) {
    set.set_working_set_bytes(
        std::min(buffer_bytes_,
                 kReadBlockBytes *
                     std::max(uint64_t{1}, static_cast<uint64_t>(blocks))));
  }
  return set;
}

double MemoryReader::Read(const Bandwidth& set, int64_t passes) {
  const int64_t bytes = static_cast<int64_t>(set.working_set_bytes());
  std::vector<double> read(threads());
  pool_.ParallelFor(threads(), [&](int64_t thread) {
    uint32_t sink;
    read[thread] = RunRead(buffers_[thread].get(), bytes, passes, &sink);
  });
  return std::accumulate(read.begin(), read.end(), 0.0);
}

double MemoryReader::ReadAtLeast(const Bandwidth& set, double bytes) {
  const double pass = static_cast<double>(set.working_set_bytes()) * threads();
  return Read(set,
              static_cast<int64_t>(std::max(1.0, std::ceil(bytes / pass))));
}

}  // namespace quant_curve
