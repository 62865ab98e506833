#include "lib/numerics/weight_memory.h"

#include <algorithm>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace quant_curve {
namespace {

constexpr int64_t kCacheLine = 64;
constexpr int64_t kHugePage = int64_t{2} << 20;

}  // namespace

void WantHugePages([[maybe_unused]] void* memory,
                   [[maybe_unused]] int64_t bytes) {
#if defined(__linux__)
  // The whole pages within.
  const uintptr_t page = sysconf(_SC_PAGESIZE);
  const uintptr_t begin = reinterpret_cast<uintptr_t>(memory);
  const uintptr_t first = (begin + page - 1) / page * page;
  const uintptr_t end = (begin + bytes) / page * page;
  if (first < end) {
    madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
  }
#endif
}

std::shared_ptr<uint8_t[]> AllocateWeights(int64_t bytes) {
  const int64_t unit = bytes < kHugePage ? kCacheLine : kHugePage;
  const int64_t size = std::max(bytes + unit - 1, unit) / unit * unit;
  const std::align_val_t alignment{static_cast<size_t>(unit)};
  uint8_t* memory = static_cast<uint8_t*>(::operator new[](size, alignment));
  if (unit == kHugePage) WantHugePages(memory, size);
  return std::shared_ptr<uint8_t[]>(
      memory, [alignment](uint8_t* p) { ::operator delete[](p, alignment); });
}

}  // namespace quant_curve
