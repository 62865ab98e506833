// Memory for weights: what every step of a model reads from end to end.
#ifndef QUANT_CURVE_LIB_NUMERICS_WEIGHT_MEMORY_H_
#define QUANT_CURVE_LIB_NUMERICS_WEIGHT_MEMORY_H_

#include <cstdint>
#include <memory>

namespace quant_curve {

// Asks the system for huge pages under `bytes` bytes that were not touched yet:
// with pages of 4 KiB a core that reads tens of GB/s looks up ten million
// addresses a second. A wish: what is not granted stays as it is.
void WantHugePages(void* memory, int64_t bytes);

// Starts on a cache line; its bytes are not set. From 2 MiB on it lies on huge
// pages where there are such.
std::shared_ptr<uint8_t[]> AllocateWeights(int64_t bytes);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_NUMERICS_WEIGHT_MEMORY_H_
