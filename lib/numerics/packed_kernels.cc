#include "lib/numerics/packed_kernels.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lib/numerics/packed_kernels.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace quant_curve {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// A panel's 64 outputs are four vectors of sixteen; targets with narrower
// vectors go through them in blocks of lanes: vector v of block b holds the
// outputs 16 v + b * lanes on.
using DF = hn::CappedTag<float, 16>;
using DI = hn::RebindToSigned<DF>;
using VF = hn::Vec<DF>;
using VI = hn::Vec<DI>;
constexpr int kVectors = 4;
constexpr int64_t kVectorOutputs = kPanelOutputs / kVectors;

// Rows of x that share a decoded weight; as many as the registers take.
#if HWY_TARGET <= HWY_AVX3
constexpr int kMaxRows = 6;
#else
constexpr int kMaxRows = 2;
#endif

template <PackedFormat kFormat>
constexpr int kPlaces =
    kFormat == PackedFormat::kInt16 || kFormat == PackedFormat::kInt4 ? 2 : 1;

template <PackedFormat kFormat>
constexpr bool kIsFloat =
    kFormat == PackedFormat::kFloat32 || kFormat == PackedFormat::kFloat16;

template <PackedFormat kFormat>
constexpr int64_t kStepBytes =
    kFormat == PackedFormat::kFloat16                                  ? 128
    : kFormat == PackedFormat::kInt4 || kFormat == PackedFormat::kInt8 ? 64
                                                                       : 256;

// What DecodeWeights returns for code 1: a power of two, so that it changes no
// bit of a sum's mantissa and is taken back exactly with the scale.
template <PackedFormat kFormat>
constexpr float kCodeUnit =
    kFormat == PackedFormat::kInt8&& HWY_TARGET <= HWY_AVX3 ? 0x1p24f : 1.0f;

// Code (or float) of vector v, place i of the step at `step`, in kCodeUnit.
// `lane` is the first lane of the block.
template <PackedFormat kFormat, int kPlace>
HWY_INLINE VF DecodeWeights(const uint8_t* HWY_RESTRICT step, int v,
                            int64_t lane) {
  const DF d;
  const DI di;
  const int64_t output = v * kVectorOutputs + lane;
  if constexpr (kFormat == PackedFormat::kFloat32) {
    return hn::LoadU(d, reinterpret_cast<const float*>(step) + output);
  } else if constexpr (kFormat == PackedFormat::kFloat16) {
    const hn::Rebind<hwy::float16_t, DF> dh;
    return hn::PromoteTo(
        d,
        hn::LoadU(dh, reinterpret_cast<const hwy::float16_t*>(step) + output));
  } else if constexpr (kFormat == PackedFormat::kInt4) {
    const int32_t* dwords = reinterpret_cast<const int32_t*>(step) + lane;
#if HWY_TARGET <= HWY_AVX3
    // The permutation looks at the low four bits of each dword alone, so that
    // reading some bytes further stands for a shift by as many: two of three
    // ports are busy with shifts and permutations here.
    const int nibble = 4 * kPlace + v;
    const __m512i shifted_by_bytes = _mm512_loadu_si512(
        reinterpret_cast<const uint8_t*>(dwords) + nibble / 2);
    const __m512i index = nibble % 2 == 0
                              ? shifted_by_bytes
                              : _mm512_srli_epi32(shifted_by_bytes, 4);
    const __m512 table =
        _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1);
    return VF{_mm512_permutexvar_ps(index, table)};
#else
    const VI top =
        hn::ShiftLeftSame(hn::LoadU(di, dwords), 28 - 16 * kPlace - 4 * v);
    return hn::ConvertTo(d, hn::ShiftRight<28>(top));
#endif
  } else if constexpr (kFormat == PackedFormat::kInt8) {
    const VI dwords =
        hn::LoadU(di, reinterpret_cast<const int32_t*>(step) + lane);
#if HWY_TARGET <= HWY_AVX3
    // One shuffle brings byte v to the top of each dword and clears the rest:
    // the code times 2^24, which kCodeUnit takes back in the scale.
    const __m512i top_bytes =
        _mm512_set4_epi32(0x0c808080 + (v << 24), 0x08808080 + (v << 24),
                          0x04808080 + (v << 24), 0x00808080 + (v << 24));
    return VF{_mm512_cvtepi32_ps(_mm512_shuffle_epi8(dwords.raw, top_bytes))};
#else
    const VI top = hn::ShiftLeftSame(dwords, 24 - 8 * v);
    return hn::ConvertTo(d, hn::ShiftRight<24>(top));
#endif
  } else {
    const VI dwords =
        hn::LoadU(di, reinterpret_cast<const int32_t*>(step) + output);
    const VI top = hn::ShiftLeft<16 - 16 * kPlace>(dwords);
    return hn::ConvertTo(d, hn::ShiftRight<16>(top));
  }
}

// sums[row][v] += x[row] * code for one place of one step.
template <PackedFormat kFormat, int kPlace, int kRows>
HWY_INLINE void AddPlace(const uint8_t* HWY_RESTRICT step, int64_t lane,
                         const float* HWY_RESTRICT x, int64_t x_stride,
                         VF (&sums)[kRows][kVectors]) {
  const DF d;
  VF weights[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    weights[v] = DecodeWeights<kFormat, kPlace>(step, v, lane);
  }
  for (int row = 0; row < kRows; ++row) {
    const VF input = hn::Set(d, x[row * x_stride + kPlace]);
    for (int v = 0; v < kVectors; ++v) {
      sums[row][v] = hn::MulAdd(input, weights[v], sums[row][v]);
    }
  }
}

// The first `places` places of a step.
template <PackedFormat kFormat, int kRows>
HWY_INLINE void AddStep(const uint8_t* HWY_RESTRICT step, int64_t lane,
                        const float* HWY_RESTRICT x, int64_t x_stride,
                        int64_t places, VF (&sums)[kRows][kVectors]) {
  AddPlace<kFormat, 0, kRows>(step, lane, x, x_stride, sums);
  if constexpr (kPlaces<kFormat> == 2) {
    if (places == 2) AddPlace<kFormat, 1, kRows>(step, lane, x, x_stride, sums);
  }
}

// sums = the plain sum over the inputs [k, end); returns the step behind them.
template <PackedFormat kFormat, int kRows>
HWY_INLINE const uint8_t* SumGroup(const uint8_t* HWY_RESTRICT step,
                                   int64_t lane, int64_t k, int64_t end,
                                   const float* HWY_RESTRICT x,
                                   int64_t x_stride,
                                   VF (&sums)[kRows][kVectors]) {
  constexpr int64_t kInputs = kPlaces<kFormat>;
  for (auto& row : sums) {
    for (VF& sum : row) sum = hn::Zero(DF());
  }
  for (; k + kInputs <= end; k += kInputs, step += kStepBytes<kFormat>) {
    AddStep<kFormat, kRows>(step, lane, x + k, x_stride, kInputs, sums);
  }
  if (k < end) {
    AddStep<kFormat, kRows>(step, lane, x + k, x_stride, end - k, sums);
    step += kStepBytes<kFormat>;
  }
  return step;
}

HWY_INLINE VF LoadScale(const uint16_t* scales, int v, int64_t lane) {
  const hn::Rebind<hwy::float16_t, DF> dh;
  return hn::PromoteTo(
      DF(), hn::LoadU(dh, reinterpret_cast<const hwy::float16_t*>(scales) +
                              v * kVectorOutputs + lane));
}

// One block of lanes of one panel for kRows rows of x.
template <PackedFormat kFormat, int kRows>
HWY_INLINE void PanelTile(const PackedMatrix::View& m, int64_t panel,
                          int64_t lane, const float* x, float* y) {
  const DF d;
  const uint8_t* step = m.data + panel * m.panel_bytes;
  VF totals[kRows][kVectors];
  VF sums[kRows][kVectors];
  if constexpr (kIsFloat<kFormat>) {
    SumGroup<kFormat, kRows>(step, lane, 0, m.in, x, m.in, totals);
  } else {
    for (auto& row : totals) {
      for (VF& total : row) total = hn::Zero(d);
    }
    const uint16_t* scales = m.scales + panel * m.groups * kPanelOutputs;
    for (int64_t g = 0; g < m.groups; ++g, scales += kPanelOutputs) {
      const int64_t first = g * m.group_size;
      const int64_t end = std::min(first + m.group_size, m.in);
      step = SumGroup<kFormat, kRows>(step, lane, first, end, x, m.in, sums);
      for (int v = 0; v < kVectors; ++v) {
        const VF scale = hn::Mul(LoadScale(scales, v, lane),
                                 hn::Set(d, 1.0f / kCodeUnit<kFormat>));
        for (int row = 0; row < kRows; ++row) {
          totals[row][v] = hn::MulAdd(sums[row][v], scale, totals[row][v]);
        }
      }
    }
  }
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int row = 0; row < kRows; ++row) {
    for (int v = 0; v < kVectors; ++v) {
      const int64_t o = panel * kPanelOutputs + v * kVectorOutputs + lane;
      if (o + lanes <= m.out) {
        hn::StoreU(totals[row][v], d, y + row * m.out + o);
      } else if (o < m.out) {
        hn::BlendedStore(totals[row][v], hn::FirstN(d, m.out - o), d,
                         y + row * m.out + o);
      }
    }
  }
}

template <PackedFormat kFormat, int kRows>
void PanelRows(const PackedMatrix::View& m, int64_t panel, const float* x,
               int64_t rows, int64_t& row, float* y) {
  if constexpr (kRows <= kMaxRows) {
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(DF()));
    for (; row + kRows <= rows; row += kRows) {
      for (int64_t lane = 0; lane < kVectorOutputs; lane += lanes) {
        PanelTile<kFormat, kRows>(m, panel, lane, x + row * m.in,
                                  y + row * m.out);
      }
    }
  }
}

template <PackedFormat kFormat>
void Panels(const PackedMatrix::View& m, int64_t first, int64_t last,
            const float* x, int64_t rows, float* y) {
  for (int64_t panel = first; panel < last; ++panel) {
    int64_t row = 0;
    PanelRows<kFormat, 6>(m, panel, x, rows, row, y);
    PanelRows<kFormat, 4>(m, panel, x, rows, row, y);
    PanelRows<kFormat, 2>(m, panel, x, rows, row, y);
    PanelRows<kFormat, 1>(m, panel, x, rows, row, y);
  }
}

void MultiplyPanelsKernel(const PackedMatrix::View& m, int64_t first,
                          int64_t last, const float* x, int64_t rows,
                          float* y) {
  switch (m.format) {
    case PackedFormat::kFloat32:
      return Panels<PackedFormat::kFloat32>(m, first, last, x, rows, y);
    case PackedFormat::kFloat16:
      return Panels<PackedFormat::kFloat16>(m, first, last, x, rows, y);
    case PackedFormat::kInt16:
      return Panels<PackedFormat::kInt16>(m, first, last, x, rows, y);
    case PackedFormat::kInt8:
      return Panels<PackedFormat::kInt8>(m, first, last, x, rows, y);
    case PackedFormat::kInt4:
      return Panels<PackedFormat::kInt4>(m, first, last, x, rows, y);
    case PackedFormat::kInt8x4:
      HWY_ABORT("int8x4 is for int8 inputs");
  }
}

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
HWY_EXPORT(MultiplyPanelsKernel);
HWY_EXPORT(ArrangeInt8InputKernel);
HWY_EXPORT(MultiplyInt8PanelsKernel);

void MultiplyPanels(const PackedMatrix::View& matrix, int64_t first,
                    int64_t last, const float* x, int64_t rows, float* y) {
  HWY_DYNAMIC_DISPATCH(MultiplyPanelsKernel)(matrix, first, last, x, rows, y);
}

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
