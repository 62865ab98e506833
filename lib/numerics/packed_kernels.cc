#include "lib/numerics/packed_kernels.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lib/numerics/packed_kernels.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "lib/numerics/packed_kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace quant_curve {
namespace HWY_NAMESPACE {

// Rows of x that share a decoded weight; as many as the registers take.
#if HWY_TARGET <= HWY_AVX3
constexpr int kMaxRows = 6;
#else
constexpr int kMaxRows = 2;
#endif

template <PackedFormat kFormat>
constexpr int kPlaces =
    kFormat == PackedFormat::kBFloat16 || kFormat == PackedFormat::kInt16 ||
            kFormat == PackedFormat::kInt4 || kFormat == PackedFormat::kTable4
        ? 2
        : 1;

template <PackedFormat kFormat>
constexpr bool kIsFloat =
    kFormat == PackedFormat::kFloat32 || kFormat == PackedFormat::kFloat16 ||
    kFormat == PackedFormat::kBFloat16;

template <PackedFormat kFormat>
constexpr int64_t kStepBytes =
    kFormat == PackedFormat::kFloat16 ? 128
    : kFormat == PackedFormat::kInt4 || kFormat == PackedFormat::kInt8 ||
            kFormat == PackedFormat::kTable4
        ? 64
        : 256;

// What DecodeWeights returns for code 1: a power of two, so that it changes no
// bit of a sum's mantissa and is taken back exactly with the scale.
constexpr int kInt8UnitExponent = HWY_TARGET <= HWY_AVX3 ? 24 : 0;
template <PackedFormat kFormat>
constexpr float kCodeUnit =
    kFormat == PackedFormat::kInt8 ? float{1 << kInt8UnitExponent} : 1.0f;

#if HWY_TARGET <= HWY_AVX3
// The field of kBits bits at bit kBit of each dword, two's complement, as a
// float times 2^kUnitExponent. With its sign flipped, so that it counts from
// the least code on, the field takes its place in the mantissa of the power of
// two whose bit kBit is worth the unit; to take away what is not the code is
// exact. Any port does logic, and the additions' are idle otherwise.
template <int kBit, int kBits, int kUnitExponent>
HWY_INLINE __m512 FieldToFloat(__m512i dwords) {
  static_assert(kBit + kBits <= 23, "must lie in the mantissa");
  const __m512i field = _mm512_set1_epi32(((1 << kBits) - 1) << kBit);
  const __m512i base = _mm512_set1_epi32(
      (127 + 23 - kBit + kUnitExponent) << 23 | 1 << (kBit + kBits - 1));
  constexpr int kAndThenXor = 0x6a;
  return _mm512_sub_ps(_mm512_castsi512_ps(_mm512_ternarylogic_epi32(
                           dwords, field, base, kAndThenXor)),
                       _mm512_castsi512_ps(base));
}

// Nibble 4 * kPlace + v of the dwords at `step`. The permutation looks at the
// low four bits of each dword, so reading some bytes further replaces a
// shift by as many. Half of the nibbles go each way, to use both ports.
template <int kPlace, int v>
HWY_INLINE __m512 DecodeInt4(const uint8_t* step) {
  constexpr int kNibble = 4 * kPlace + v;
  if constexpr (kNibble % 2 == 0) {
    const __m512 table =
        _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1);
    return _mm512_permutexvar_ps(_mm512_loadu_si512(step + kNibble / 2), table);
  } else {
    return FieldToFloat<4 * v, 4, 0>(_mm512_loadu_si512(step + 2 * kPlace));
  }
}

// The level of nibble 4 * kPlace + v of the dwords at `step`. A loop loads the
// table once.
template <int kPlace, int v>
HWY_INLINE __m512 DecodeTable4(const uint8_t* step, const int8_t* table) {
  constexpr int kNibble = 4 * kPlace + v;
  const __m512 levels = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(table))));
  const __m512i dwords = _mm512_loadu_si512(step + kNibble / 2);
  return _mm512_permutexvar_ps(
      kNibble % 2 == 0 ? dwords : _mm512_srli_epi32(dwords, 4), levels);
}

// Byte v of the dwords at `step`, times 2^kInt8UnitExponent.
template <int v>
HWY_INLINE __m512 DecodeInt8(const uint8_t* step) {
  const __m512i dwords = _mm512_loadu_si512(step);
  if constexpr (v < 2) {
    return FieldToFloat<8 * v, 8, kInt8UnitExponent>(dwords);
  } else {
    // One shuffle brings the byte to the top of each dword and clears the rest.
    const __m512i top_bytes =
        _mm512_set4_epi32(0x0c808080 + (v << 24), 0x08808080 + (v << 24),
                          0x04808080 + (v << 24), 0x00808080 + (v << 24));
    return _mm512_cvtepi32_ps(_mm512_shuffle_epi8(dwords, top_bytes));
  }
}
#endif

#if HWY_TARGET > HWY_AVX3
// The level of nibble 4 * kPlace + v of the dwords at `step`. A byte lookup
// takes one nibble of each byte, so that two of them decode all eight vectors
// of a step; the compiler shares them.
template <int kPlace, int v>
HWY_INLINE VF DecodeTable4(const uint8_t* step, int64_t lane,
                           const int8_t* table) {
  const DI di;
  const hn::Repartition<int8_t, DI> d8;
  const hn::Repartition<uint16_t, DI> d16;
  const VI dwords =
      hn::LoadU(di, reinterpret_cast<const int32_t*>(step) + lane);
  const auto nibbles = hn::And(
      hn::BitCast(d8, v % 2 == 0 ? hn::BitCast(d16, dwords)
                                 : hn::ShiftRight<4>(hn::BitCast(d16, dwords))),
      hn::Set(d8, 15));
  const VI levels =
      hn::BitCast(di, hn::TableLookupBytes(hn::LoadDup128(d8, table), nibbles));
  constexpr int kByte = (4 * kPlace + v) / 2;
  return hn::ConvertTo(
      DF(), hn::ShiftRight<24>(hn::ShiftLeft<24 - 8 * kByte>(levels)));
}
#endif

// Code (or float) of vector v, place i of the step at `step`, in kCodeUnit.
// `lane` is the first lane of the block, `table` that of kTable4.
template <PackedFormat kFormat, int kPlace, int v>
HWY_INLINE VF DecodeWeights(const uint8_t* HWY_RESTRICT step, int64_t lane,
                            [[maybe_unused]] const int8_t* table) {
  const DF d;
  [[maybe_unused]] const DI di;
  const int64_t output = v * kVectorOutputs + lane;
  if constexpr (kFormat == PackedFormat::kFloat32) {
    return hn::LoadU(d, reinterpret_cast<const float*>(step) + output);
  } else if constexpr (kFormat == PackedFormat::kFloat16) {
    const hn::Rebind<hwy::float16_t, DF> dh;
    return hn::PromoteTo(
        d,
        hn::LoadU(dh, reinterpret_cast<const hwy::float16_t*>(step) + output));
  } else if constexpr (kFormat == PackedFormat::kBFloat16) {
    // The upper half of a float is the float once the lower half is zero.
    const VI dwords =
        hn::LoadU(di, reinterpret_cast<const int32_t*>(step) + output);
    const VI bits = kPlace == 0 ? hn::ShiftLeft<16>(dwords)
                                : hn::And(dwords, hn::Set(di, ~0xffff));
    return hn::BitCast(d, bits);
  } else if constexpr (kFormat == PackedFormat::kInt4) {
#if HWY_TARGET <= HWY_AVX3
    return VF{DecodeInt4<kPlace, v>(step)};
#else
    const VI dwords =
        hn::LoadU(di, reinterpret_cast<const int32_t*>(step) + lane);
    const VI top = hn::ShiftLeft<28 - 16 * kPlace - 4 * v>(dwords);
    return hn::ConvertTo(d, hn::ShiftRight<28>(top));
#endif
  } else if constexpr (kFormat == PackedFormat::kTable4) {
#if HWY_TARGET <= HWY_AVX3
    return VF{DecodeTable4<kPlace, v>(step, table)};
#else
    return DecodeTable4<kPlace, v>(step, lane, table);
#endif
  } else if constexpr (kFormat == PackedFormat::kInt8) {
#if HWY_TARGET <= HWY_AVX3
    return VF{DecodeInt8<v>(step)};
#else
    const VI dwords =
        hn::LoadU(di, reinterpret_cast<const int32_t*>(step) + lane);
    const VI top = hn::ShiftLeft<24 - 8 * v>(dwords);
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
                         const int8_t* table, const float* HWY_RESTRICT x,
                         int64_t x_stride, VF (&sums)[kRows][kVectors]) {
  const DF d;
  const VF weights[kVectors] = {
      DecodeWeights<kFormat, kPlace, 0>(step, lane, table),
      DecodeWeights<kFormat, kPlace, 1>(step, lane, table),
      DecodeWeights<kFormat, kPlace, 2>(step, lane, table),
      DecodeWeights<kFormat, kPlace, 3>(step, lane, table)};
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
                        const int8_t* table, const float* HWY_RESTRICT x,
                        int64_t x_stride, int64_t places,
                        VF (&sums)[kRows][kVectors]) {
  AddPlace<kFormat, 0, kRows>(step, lane, table, x, x_stride, sums);
  if constexpr (kPlaces<kFormat> == 2) {
    if (places == 2) {
      AddPlace<kFormat, 1, kRows>(step, lane, table, x, x_stride, sums);
    }
  }
}

// One row of x uses each weight once, so that memory is what it waits for. The
// processor fetches ahead on its own, but not into the next page, and not far
// enough for codes: they come to the second-level cache from here on.
template <PackedFormat kFormat>
HWY_INLINE void PrefetchCodes(const uint8_t* step) {
  constexpr int64_t kBytesAhead = 16384;
  constexpr int kSecondLevel = 2;
  if constexpr (kStepBytes<kFormat> == 64) {
    __builtin_prefetch(step + kBytesAhead, /*rw=*/0, kSecondLevel);
  }
}

// sums = the plain sum over the inputs [k, end); returns the step behind them.
template <PackedFormat kFormat, int kRows>
HWY_INLINE const uint8_t* SumGroup(const uint8_t* HWY_RESTRICT step,
                                   int64_t lane, const int8_t* table, int64_t k,
                                   int64_t end, const float* HWY_RESTRICT x,
                                   int64_t x_stride,
                                   VF (&sums)[kRows][kVectors]) {
  constexpr int64_t kInputs = kPlaces<kFormat>;
  for (auto& row : sums) {
    for (VF& sum : row) sum = hn::Zero(DF());
  }
  for (; k + kInputs <= end; k += kInputs, step += kStepBytes<kFormat>) {
    if constexpr (kRows == 1) PrefetchCodes<kFormat>(step);
    AddStep<kFormat, kRows>(step, lane, table, x + k, x_stride, kInputs, sums);
  }
  if (k < end) {
    AddStep<kFormat, kRows>(step, lane, table, x + k, x_stride, end - k, sums);
    step += kStepBytes<kFormat>;
  }
  return step;
}

// One block of lanes of one panel for kRows rows of x.
template <PackedFormat kFormat, int kRows>
HWY_INLINE void PanelTile(const PackedMatrix::View& m, int64_t panel,
                          int64_t lane, const float* x,
                          [[maybe_unused]] const float* input_sums, float* y) {
  const DF d;
  const uint8_t* step = m.data + panel * m.panel_bytes;
  VF totals[kRows][kVectors];
  VF sums[kRows][kVectors];
  if constexpr (kIsFloat<kFormat>) {
    SumGroup<kFormat, kRows>(step, lane, m.table, 0, m.in, x, m.in, totals);
  } else {
    for (auto& row : totals) {
      for (VF& total : row) total = hn::Zero(d);
    }
    const uint16_t* scales = m.scales + panel * m.groups * kPanelOutputs;
    for (int64_t g = 0; g < m.groups; ++g, scales += kPanelOutputs) {
      const int64_t first = g * m.group_size;
      const int64_t end = std::min(first + m.group_size, m.in);
      step = SumGroup<kFormat, kRows>(step, lane, m.table, first, end, x, m.in,
                                      sums);
      for (int v = 0; v < kVectors; ++v) {
        const VF scale = hn::Mul(LoadScale(scales, v, lane),
                                 hn::Set(d, 1.0f / kCodeUnit<kFormat>));
        for (int row = 0; row < kRows; ++row) {
          totals[row][v] = hn::MulAdd(sums[row][v], scale, totals[row][v]);
        }
      }
      if (m.minimums == nullptr) continue;
      const uint16_t* minimums =
          m.minimums + (panel * m.groups + g) * kPanelOutputs;
      for (int v = 0; v < kVectors; ++v) {
        const VF minimum = LoadScale(minimums, v, lane);
        for (int row = 0; row < kRows; ++row) {
          totals[row][v] =
              hn::MulAdd(hn::Set(d, input_sums[row * m.groups + g]), minimum,
                         totals[row][v]);
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
        PanelTile<kFormat, kRows>(
            m, panel, lane, x + row * m.in,
            m.minimums == nullptr ? nullptr : m.input_sums + row * m.groups,
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
    case PackedFormat::kBFloat16:
      return Panels<PackedFormat::kBFloat16>(m, first, last, x, rows, y);
    case PackedFormat::kInt16:
      return Panels<PackedFormat::kInt16>(m, first, last, x, rows, y);
    case PackedFormat::kInt8:
      return Panels<PackedFormat::kInt8>(m, first, last, x, rows, y);
    case PackedFormat::kInt4:
      return Panels<PackedFormat::kInt4>(m, first, last, x, rows, y);
    case PackedFormat::kTable4:
      return Panels<PackedFormat::kTable4>(m, first, last, x, rows, y);
    case PackedFormat::kInt8x4:
      HWY_ABORT("int8x4 is for int8 inputs");
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace quant_curve
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quant_curve {
HWY_EXPORT(MultiplyPanelsKernel);

void MultiplyPanels(const PackedMatrix::View& matrix, int64_t first,
                    int64_t last, const float* x, int64_t rows, float* y) {
  HWY_DYNAMIC_DISPATCH(MultiplyPanelsKernel)(matrix, first, last, x, rows, y);
}

}  // namespace quant_curve
#endif  // HWY_ONCE
