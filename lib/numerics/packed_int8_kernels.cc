// Products of packed codes with int8 inputs: exact integer sums.
#include <algorithm>
#include <cstring>

#include "lib/numerics/packed_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lib/numerics/packed_int8_kernels.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "lib/numerics/packed_kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace quant_curve {
namespace HWY_NAMESPACE {

// sums + the dot products of two int16 each in `dwords` and `pair`.
HWY_INLINE VI AddPairs(VI sums, VI dwords, uint32_t pair) {
#if HWY_TARGET <= HWY_AVX3
  return VI{_mm512_add_epi32(
      sums.raw, _mm512_madd_epi16(dwords.raw, _mm512_set1_epi32(pair)))};
#elif HWY_TARGET == HWY_AVX2
  return VI{_mm256_add_epi32(
      sums.raw, _mm256_madd_epi16(dwords.raw, _mm256_set1_epi32(pair)))};
#else
  const DI di;
  const VI low = hn::ShiftRight<16>(hn::ShiftLeft<16>(dwords));
  const VI high = hn::ShiftRight<16>(dwords);
  const auto half = [&](int shift) {
    return hn::Set(di, static_cast<int16_t>(pair >> shift));
  };
  return hn::Add(sums, hn::Add(hn::Mul(low, half(0)), hn::Mul(high, half(16))));
#endif
}

// Dwords of x for one step: four bytes x + 128 for VNNI's unsigned operand, or
// inputs 0 and 2 as two int16, then 1 and 3.
#if HWY_TARGET == HWY_AVX3_DL
constexpr int64_t kInputDwords = 1;
#else
constexpr int64_t kInputDwords = 2;
#endif

// sums + the products of one step's four int8 with those of x, exact.
HWY_INLINE VI AddInt8Step(VI sums, VI dwords, const uint32_t* x) {
#if HWY_TARGET == HWY_AVX3_DL
  // Highway 1.0.3 detects VNNI but doesn't tell the compiler, which then
  // refuses the intrinsic.
  const __m512i input = _mm512_set1_epi32(static_cast<int>(*x));
  asm("vpdpbusd %2, %1, %0" : "+v"(sums.raw) : "v"(input), "v"(dwords.raw));
  return sums;
#else
  const hn::Repartition<int16_t, DI> d16;
  const DI di;
  const auto pairs = hn::BitCast(d16, dwords);
  const VI even = hn::BitCast(di, hn::ShiftRight<8>(hn::ShiftLeft<8>(pairs)));
  const VI odd = hn::BitCast(di, hn::ShiftRight<8>(pairs));
  return AddPairs(AddPairs(sums, even, x[0]), odd, x[1]);
#endif
}

// The exact integer sums of one group, [kVectors]; `step` counts on.
template <PackedFormat kFormat>
HWY_INLINE void SumInt8Group(const PackedMatrix::View& m, int64_t panel,
                             int64_t group, int64_t lane, int64_t steps,
                             const uint32_t* x, int64_t& step,
                             VI (&sums)[kVectors]) {
  const DI di;
  for (VI& sum : sums) sum = hn::Zero(di);
  const uint8_t* base = m.data + panel * m.panel_bytes;
  for (const int64_t end = step + steps; step < end; ++step) {
    const int32_t* dwords =
        reinterpret_cast<const int32_t*>(base + step * 256) + lane;
    for (int v = 0; v < kVectors; ++v) {
      const VI codes = hn::LoadU(di, dwords + v * kVectorOutputs);
      sums[v] = kFormat == PackedFormat::kInt8x4
                    ? AddInt8Step(sums[v], codes, x + step * kInputDwords)
                    : AddPairs(sums[v], codes, x[step]);
    }
  }
#if HWY_TARGET == HWY_AVX3_DL
  if (kFormat != PackedFormat::kInt8x4) return;
  const int32_t* code_sums =
      m.code_sums + (panel * m.groups + group) * kPanelOutputs + lane;
  for (int v = 0; v < kVectors; ++v) {
    const VI excess =
        hn::ShiftLeft<7>(hn::LoadU(di, code_sums + v * kVectorOutputs));
    sums[v] = hn::Sub(sums[v], excess);
  }
#else
  (void)group;
#endif
}

uint32_t Pair(int16_t low, int16_t high) {
  return static_cast<uint16_t>(low) |
         static_cast<uint32_t>(static_cast<uint16_t>(high)) << 16;
}

// The dwords of one step; `count` of its inputs exist.
void ArrangeStep(PackedFormat format, const int8_t* x, int64_t count,
                 uint32_t* dwords) {
  int8_t step[4] = {0, 0, 0, 0};
  std::copy(x, x + count, step);
  if (format == PackedFormat::kInt16) {
    dwords[0] = Pair(step[0], step[1]);
    return;
  }
#if HWY_TARGET == HWY_AVX3_DL
  std::memcpy(dwords, step, 4);
  dwords[0] ^= 0x80808080;  // + 128
#else
  dwords[0] = Pair(step[0], step[2]);
  dwords[1] = Pair(step[1], step[3]);
#endif
}

std::vector<uint32_t> ArrangeInt8InputKernel(const PackedMatrix::View& m,
                                             const int8_t* x) {
  const int64_t per_step = InputsPerStep(m.format);
  const int64_t per_group = (m.group_size + per_step - 1) / per_step;
  const int64_t dwords = m.format == PackedFormat::kInt16 ? 1 : kInputDwords;
  std::vector<uint32_t> input(m.groups * per_group * dwords);
  uint32_t* next = input.data();
  for (int64_t g = 0; g < m.groups; ++g) {
    const int64_t end = std::min((g + 1) * m.group_size, m.in);
    for (int64_t k = g * m.group_size; k < end; k += per_step) {
      ArrangeStep(m.format, x + k, std::min(per_step, end - k), next);
      next += dwords;
    }
  }
  return input;
}

template <PackedFormat kFormat>
void Int8Panels(const PackedMatrix::View& m, int64_t first, int64_t last,
                const uint32_t* x, float scale, float* y) {
  const DF d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const int64_t per_step = InputsPerStep(m.format);
  for (int64_t panel = first; panel < last; ++panel) {
    for (int64_t lane = 0; lane < kVectorOutputs; lane += lanes) {
      VF totals[kVectors];
      VI sums[kVectors];
      for (VF& total : totals) total = hn::Zero(d);
      const uint16_t* scales = m.scales + panel * m.groups * kPanelOutputs;
      int64_t step = 0;
      for (int64_t g = 0; g < m.groups; ++g, scales += kPanelOutputs) {
        const int64_t inputs = std::min(m.group_size, m.in - g * m.group_size);
        SumInt8Group<kFormat>(m, panel, g, lane,
                              (inputs + per_step - 1) / per_step, x, step,
                              sums);
        for (int v = 0; v < kVectors; ++v) {
          totals[v] = hn::MulAdd(hn::ConvertTo(d, sums[v]),
                                 LoadScale(scales, v, lane), totals[v]);
        }
      }
      for (int v = 0; v < kVectors; ++v) {
        const int64_t o = panel * kPanelOutputs + v * kVectorOutputs + lane;
        if (o >= m.out) break;
        const VF result = hn::Mul(hn::Set(d, scale), totals[v]);
        hn::BlendedStore(result, hn::FirstN(d, std::min(lanes, m.out - o)), d,
                         y + o);
      }
    }
  }
}

void MultiplyInt8PanelsKernel(const PackedMatrix::View& m, int64_t first,
                              int64_t last, const uint32_t* x, float scale,
                              float* y) {
  if (m.format == PackedFormat::kInt8x4) {
    Int8Panels<PackedFormat::kInt8x4>(m, first, last, x, scale, y);
  } else {
    Int8Panels<PackedFormat::kInt16>(m, first, last, x, scale, y);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace quant_curve
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quant_curve {
HWY_EXPORT(ArrangeInt8InputKernel);
HWY_EXPORT(MultiplyInt8PanelsKernel);

std::vector<uint32_t> ArrangeInt8Input(const PackedMatrix::View& matrix,
                                       const int8_t* x) {
  return HWY_DYNAMIC_DISPATCH(ArrangeInt8InputKernel)(matrix, x);
}

void MultiplyInt8Panels(const PackedMatrix::View& matrix, int64_t first,
                        int64_t last, const uint32_t* x, float scale,
                        float* y) {
  HWY_DYNAMIC_DISPATCH(MultiplyInt8PanelsKernel)
  (matrix, first, last, x, scale, y);
}

}  // namespace quant_curve
#endif  // HWY_ONCE
