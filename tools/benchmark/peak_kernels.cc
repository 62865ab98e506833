#include "tools/benchmark/peak_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tools/benchmark/peak_kernels.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "hwy/targets.h"

HWY_BEFORE_NAMESPACE();
namespace quant_curve {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Two multiply-adds a cycle with a latency of 4 or 5 cycles need ten; with the
// factor and the addend twelve fit into AVX2's sixteen registers.
constexpr int kSums = 12;
// Additions of integers take one cycle: eight sums are more than enough.
constexpr int kLightSums = 8;

// The lanes added up modulo 2^32; gcc's intrinsic for it overflows a signed
// number.
template <class D>
HWY_INLINE uint32_t WrappingSum(D d, hn::Vec<D> v) {
  HWY_ALIGN hn::TFromD<D> words[hn::MaxLanes(d)];
  hn::Store(v, d, words);
  uint32_t sum = 0;
  for (size_t i = 0; i < hn::Lanes(d); ++i) sum += words[i];
  return sum;
}

const char* TargetKernel() { return hwy::TargetName(HWY_TARGET); }

double FmaKernel(int64_t iterations, float* sink) {
  const hn::ScalableTag<float> d;
  // sum <- sum / 2 + 1 tends to 2: neither overflow nor subnormals.
  const auto factor = hn::Set(d, 0.5f);
  const auto addend = hn::Set(d, 1.0f);
  hn::Vec<decltype(d)> sums[kSums];
  for (int i = 0; i < kSums; ++i) {
    sums[i] = hn::Set(d, static_cast<float>(i));
  }
  for (int64_t iteration = 0; iteration < iterations; ++iteration) {
    for (int i = 0; i < kSums; ++i) {
      sums[i] = hn::MulAdd(sums[i], factor, addend);
    }
  }
  for (int i = 1; i < kSums; ++i) sums[0] = hn::Add(sums[0], sums[i]);
  *sink = hn::GetLane(sums[0]);
  return 2.0 * kSums * static_cast<double>(hn::Lanes(d)) *
         static_cast<double>(iterations);
}

#if HWY_TARGET == HWY_AVX3_DL

const char* Int8InstructionKernel() { return "vpdpbusd"; }

// Highway 1.0.3 detects this part of AVX3_DL but doesn't tell the compiler.
__attribute__((target("avx512vnni"))) double Int8DotKernel(int64_t iterations,
                                                           int32_t* sink) {
  const hn::ScalableTag<int32_t> d;
  const auto ones = hn::Set(d, 0x01010101);
  hn::Vec<decltype(d)> sums[kSums];
  for (int i = 0; i < kSums; ++i) sums[i] = hn::Zero(d);
  for (int64_t iteration = 0; iteration < iterations; ++iteration) {
    for (int i = 0; i < kSums; ++i) {
      sums[i].raw = _mm512_dpbusd_epi32(sums[i].raw, ones.raw, ones.raw);
    }
  }
  for (int i = 1; i < kSums; ++i) sums[0] = hn::Add(sums[0], sums[i]);
  *sink = static_cast<int32_t>(WrappingSum(d, sums[0]));
  return 2.0 * kSums * 4 * static_cast<double>(hn::Lanes(d)) *
         static_cast<double>(iterations);
}

#else

const char* Int8InstructionKernel() { return "16-bit pairs"; }

double Int8DotKernel(int64_t iterations, int32_t* sink) {
  const hn::ScalableTag<int32_t> d;
  const hn::ScalableTag<int16_t> d16;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d16));
  // Operands come from the first-level cache, and the compiler must not know
  // them: it would take equal or unchanging products out of the loop.
  HWY_ALIGN int16_t ones[kLightSums * hn::MaxLanes(d16)];
  for (int64_t i = 0; i < kLightSums * lanes; ++i) ones[i] = 1;
  asm volatile("" : : "r"(ones) : "memory");
  hn::Vec<decltype(d)> low[kLightSums];
  hn::Vec<decltype(d)> high[kLightSums];
  for (int i = 0; i < kLightSums; ++i) low[i] = high[i] = hn::Zero(d);
  for (int64_t iteration = 0; iteration < iterations; ++iteration) {
    const auto left = hn::Load(d16, ones + iteration % kLightSums * lanes);
    for (int i = 0; i < kLightSums; ++i) {
      const auto right = hn::Load(d16, ones + i * lanes);
      low[i] = hn::ReorderWidenMulAccumulate(d, left, right, low[i], high[i]);
    }
  }
  for (int i = 0; i < kLightSums; ++i) {
    low[0] = hn::Add(hn::Add(low[0], high[i]), i == 0 ? hn::Zero(d) : low[i]);
  }
  *sink = static_cast<int32_t>(WrappingSum(d, low[0]));
  return 2.0 * kLightSums * static_cast<double>(lanes) *
         static_cast<double>(iterations);
}

#endif

double ReadKernel(const uint32_t* data, int64_t bytes, int64_t passes,
                  uint32_t* sink) {
  const hn::ScalableTag<uint32_t> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const int64_t count = bytes / static_cast<int64_t>(sizeof(uint32_t));
  hn::Vec<decltype(d)> sums[kLightSums];
  for (int i = 0; i < kLightSums; ++i) sums[i] = hn::Zero(d);
  // Four streams at a time: a single one leaves the memory waiting for the
  // prefetcher.
  constexpr int kStreams = 4;
  constexpr int kPerStream = kLightSums / kStreams;
  const int64_t stream = count / kStreams;
  for (int64_t pass = 0; pass < passes; ++pass) {
    for (int64_t first = 0; first < stream; first += kPerStream * lanes) {
      for (int i = 0; i < kLightSums; ++i) {
        const uint32_t* from =
            data + i / kPerStream * stream + first + i % kPerStream * lanes;
        sums[i] = hn::Add(sums[i], hn::Load(d, from));
      }
    }
  }
  for (int i = 1; i < kLightSums; ++i) sums[0] = hn::Add(sums[0], sums[i]);
  *sink = WrappingSum(d, sums[0]);
  return static_cast<double>(bytes) * static_cast<double>(passes);
}

}  // namespace HWY_NAMESPACE
}  // namespace quant_curve
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quant_curve {

HWY_EXPORT(TargetKernel);
HWY_EXPORT(Int8InstructionKernel);
HWY_EXPORT(FmaKernel);
HWY_EXPORT(Int8DotKernel);
HWY_EXPORT(ReadKernel);

const char* ChosenTarget() { return HWY_DYNAMIC_DISPATCH(TargetKernel)(); }

const char* Int8Instruction() {
  return HWY_DYNAMIC_DISPATCH(Int8InstructionKernel)();
}

double RunFma(int64_t iterations, float* sink) {
  return HWY_DYNAMIC_DISPATCH(FmaKernel)(iterations, sink);
}

double RunInt8Dot(int64_t iterations, int32_t* sink) {
  return HWY_DYNAMIC_DISPATCH(Int8DotKernel)(iterations, sink);
}

double RunRead(const uint32_t* data, int64_t bytes, int64_t passes,
               uint32_t* sink) {
  return HWY_DYNAMIC_DISPATCH(ReadKernel)(data, bytes, passes, sink);
}

}  // namespace quant_curve
#endif  // HWY_ONCE
