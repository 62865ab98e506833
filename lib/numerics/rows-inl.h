// Rows of floats in vectors: what nonlinear.cc and norms.cc share, once for
// each instruction set. Reductions are as nonlinear.h promises.
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
  for (int64_t i = 0; i < n; i += width) {
    const auto mask = hn::FirstN(d, std::min(width, n - i));
    body([&](const float* p)
             HWY_ATTR { return hn::MaskedLoad(mask, d, p + i); },
         [&](V v, float* p) HWY_ATTR { hn::BlendedStore(v, mask, d, p + i); });
  }
}

// A sum over the row in the documented order. `accumulate(sum, i, mask)`
// returns `sum` with the terms of elements i … i + lanes - 1 added; lanes
// outside the mask are ignored.
template <typename Accumulate>
HWY_INLINE float ReduceRow(D d, int64_t n, const Accumulate& accumulate) {
  const int64_t width = static_cast<int64_t>(hn::Lanes(d));
  HWY_ALIGN float sums[kPartialSums] = {};
  for (int64_t first = 0; first < kPartialSums; first += width) {
    V sum = hn::Zero(d);
    for (int64_t i = first; i < n; i += kPartialSums) {
      const auto mask = hn::FirstN(d, std::min(width, n - i));
      sum = hn::IfThenElse(mask, accumulate(sum, i, mask), sum);
    }
    hn::Store(sum, d, sums + first);
  }
  for (int64_t half = kPartialSums / 2; half > 0; half /= 2) {
    for (int64_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  }
  return sums[0];
}

HWY_INLINE float Sum(D d, const float* x, int64_t n) {
  return ReduceRow(d, n, [&](V sum, int64_t i, auto mask) HWY_ATTR {
    return hn::Add(sum, hn::MaskedLoad(mask, d, x + i));
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace quant_curve
HWY_AFTER_NAMESPACE();

#endif  // QUANT_CURVE_LIB_NUMERICS_ROWS_INL_H_
