// Loops that do nothing but keep one unit of the processor busy. Highway picks
// the widest instruction set at run time.
#ifndef QUANT_CURVE_TOOLS_BENCHMARK_PEAK_KERNELS_H_
#define QUANT_CURVE_TOOLS_BENCHMARK_PEAK_KERNELS_H_

#include <cstdint>

namespace quant_curve {

// "AVX3_DL", "AVX2", "NEON", …: what the kernels below run on.
const char* ChosenTarget();

// The instruction of RunInt8Dot: "vpdpbusd" where AVX3_DL is chosen (64 8-bit
// products a vector), else "16-bit pairs": pmaddwd and its like, operands
// already widened.
const char* Int8Instruction();

// float32 fused multiply-adds in registers, twelve independent sums of vectors
// to hide their latency: sum i starts at i, and x / 2 + 1 replaces x. Returns
// the operations done, two a multiply-add; `sink` takes the sum of the twelve,
// so that none can be left out.
double RunFma(int64_t iterations, float* sink);

// Integer dot products into int32, likewise; two operations a product. All
// factors are 1: `sink` takes the number of products, modulo 2^32.
double RunInt8Dot(int64_t iterations, int32_t* sink);

// The bytes that RunRead reads at a time: sizes are multiples of it.
inline constexpr int64_t kReadBlockBytes = 4096;

// Reads `bytes` (a multiple of kReadBlockBytes) of 64-byte aligned memory
// `passes` times, by vector loads into independent sums. Returns bytes read;
// `sink` takes the sum of all words, modulo 2^32.
double RunRead(const uint32_t* data, int64_t bytes, int64_t passes,
               uint32_t* sink);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_BENCHMARK_PEAK_KERNELS_H_
