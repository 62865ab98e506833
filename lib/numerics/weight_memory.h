// Memory for weights: what every step of a model reads from end to end.
#ifndef QUANT_CURVE_LIB_NUMERICS_WEIGHT_MEMORY_H_
#define QUANT_CURVE_LIB_NUMERICS_WEIGHT_MEMORY_H_

#include <cstdint>
#include <memory>
#include <vector>

namespace quant_curve {

// Asks the system for huge pages under `bytes` bytes that were not touched yet:
// with pages of 4 KiB, a core that reads tens of GB/s looks up ten million
// addresses a second. Best effort: falls back to normal pages.
void WantHugePages(void* memory, int64_t bytes);

// Reserves memory for `count` elements of an empty vector, on huge pages where
// these are worth it: a vector of hundreds of MB that is filled once and read
// once spends more time on page faults than on either.
template <typename T>
void ReserveOnHugePages(int64_t count, std::vector<T>& values) {
  constexpr int64_t kHugePage = int64_t{2} << 20;
  values.reserve(count);
  const int64_t bytes = count * static_cast<int64_t>(sizeof(T));
  if (bytes >= kHugePage) WantHugePages(values.data(), bytes);
}

// Starts on a cache line; its bytes are not set. From 2 MiB on it lies on huge
// pages where there are such.
std::shared_ptr<uint8_t[]> AllocateWeights(int64_t bytes);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_NUMERICS_WEIGHT_MEMORY_H_
