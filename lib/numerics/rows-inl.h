// Rows of floats in vectors: what nonlinear.cc, norms.cc and kl_divergence.cc
// share, once for each instruction set. Reductions are as nonlinear.h promises.
#if defined(QUANT_CURVE_LIB_NUMERICS_ROWS_INL_H_) == \
    defined(HWY_TARGET_TOGGLE)  // NOLINT
#ifdef QUANT_CURVE_LIB_NUMERICS_ROWS_INL_H_
#undef QUANT_CURVE_LIB_NUMERICS_ROWS_INL_H_
#else
#define QUANT_CURVE_LIB_NUMERICS_ROWS_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace quant_curve {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// At most 16 lanes, so that a row's sixteen partial sums are whole vectors.
using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr int64_t kPartialSums = 16;

// Calls body(load, store) for each vector of [0, n), the last one masked:
// load(p) and store(v, p) go to that vector's place in the row at p.
template <typename Body>
HWY_INLINE void ForEachVector(D d, int64_t n, const Body& body) {
  const int64_t width = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + width <= n; i += width) {
    body([&](const float* p) HWY_ATTR { return hn::LoadU(d, p + i); },
         [&](V v, float* p) HWY_ATTR { hn::StoreU(v, d, p + i); });
  }
  if (i == n) return;
  const auto mask = hn::FirstN(d, n - i);
  body([&](const float* p) HWY_ATTR { return hn::MaskedLoad(mask, d, p + i); },
       [&](V v, float* p) HWY_ATTR { hn::BlendedStore(v, mask, d, p + i); });
}

// The sum of a vector's lanes: upper half to lower half until one is left.
template <typename DX>
HWY_INLINE float SumOfHalves(DX d, hn::Vec<DX> v) {
  if constexpr (hn::MaxLanes(d) == 1) {
    return hn::GetLane(v);
  } else {
    const hn::Half<DX> half;
    return SumOfHalves(half,
                       hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  }
}

// A sum over the row in the documented order. `accumulate(sum, load)` returns
// `sum` with the terms of one vector's elements added, which load(p) takes from
// the row at p.
template <typename Accumulate>
HWY_INLINE float ReduceRow(D d, int64_t n, const Accumulate& accumulate) {
  constexpr int64_t kWidth = hn::MaxLanes(d);
  constexpr int kVectors = static_cast<int>(kPartialSums / kWidth);
  V sums[kVectors];
  for (V& sum : sums) sum = hn::Zero(d);
  int64_t i = 0;
  const auto load = [&](const float* p)
                        HWY_ATTR { return hn::LoadU(d, p + i); };
  for (; i + kPartialSums <= n;) {
    for (int v = 0; v < kVectors; ++v, i += kWidth) {
      sums[v] = accumulate(sums[v], load);
    }
  }
  for (int v = 0; v < kVectors && i < n; ++v, i += kWidth) {
    const auto mask = hn::FirstN(d, std::min(kWidth, n - i));
    const auto masked_load = [&](const float* p) HWY_ATTR {
      return hn::MaskedLoad(mask, d, p + i);
    };
    sums[v] = hn::IfThenElse(mask, accumulate(sums[v], masked_load), sums[v]);
  }
  for (int half = kVectors / 2; half > 0; half /= 2) {
    for (int v = 0; v < half; ++v) sums[v] = hn::Add(sums[v], sums[v + half]);
  }
  return SumOfHalves(d, sums[0]);
}

HWY_INLINE float Sum(D d, const float* x, int64_t n) {
  return ReduceRow(d, n, [&](V sum, const auto& load) HWY_ATTR {
    return hn::Add(sum, load(x));
  });
}

// Exact in any order, so the last vector may repeat elements.
HWY_INLINE float MaxOf(D d, const float* x, int64_t n) {
  const int64_t width = static_cast<int64_t>(hn::Lanes(d));
  V max = hn::Set(d, x[0]);
  if (n < width) {
    const auto mask = hn::FirstN(d, n);
    max = hn::IfThenElse(mask, hn::MaskedLoad(mask, d, x), max);
  } else {
    for (int64_t i = 0; i < n - width; i += width) {
      max = hn::Max(max, hn::LoadU(d, x + i));
    }
    max = hn::Max(max, hn::LoadU(d, x + n - width));
  }
  return hn::GetLane(hn::MaxOfLanes(d, max));
}

}  // namespace HWY_NAMESPACE
}  // namespace quant_curve
HWY_AFTER_NAMESPACE();

#endif  // QUANT_CURVE_LIB_NUMERICS_ROWS_INL_H_
