#include "lib/numerics/kl_divergence.h"

#include <algorithm>
#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lib/numerics/kl_divergence.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "lib/numerics/exp-inl.h"
#include "lib/numerics/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace quant_curve {
namespace HWY_NAMESPACE {

// A double as the sum of two floats. x - high is exact when the two are close,
// so the difference keeps its digits.
struct SplitDouble {
  SplitDouble(D d, double x)
      : high(hn::Set(d, static_cast<float>(x))),
        low(hn::Set(d, static_cast<float>(x - static_cast<float>(x)))) {}

  HWY_INLINE V SubtractFrom(V x) const {
    return hn::Sub(hn::Sub(x, high), low);
  }

  V high;
  V low;
};

// y - x - shift, with the rounding error of y - x added back (Knuth's exact
// difference).
HWY_INLINE V Difference(V y, V x, const SplitDouble& shift) {
  const V difference = hn::Sub(y, x);
  const V minus_x = hn::Sub(difference, y);
  const V error =
      hn::Sub(hn::Sub(y, hn::Sub(difference, minus_x)), hn::Add(x, minus_x));
  return hn::Add(hn::Sub(difference, shift.high), hn::Sub(error, shift.low));
}

// (e^x - 1 - x) / x^2 for |x| <= 1: Taylor's series; the first term left out is
// below 7e-8 of the sum.
HWY_INLINE V ExpRemainder(D d, V x) {
  V p = hn::Set(d, 1.0f / 3628800);
  for (const float c : {1.0f / 362880, 1.0f / 40320, 1.0f / 5040, 1.0f / 720,
                        1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f}) {
    p = hn::MulAdd(p, x, hn::Set(d, c));
  }
  return p;
}

double KlDivergenceKernel(const LogitRow& a, const LogitRow& b, int64_t n) {
  const D d;
  const V one = hn::Set(d, 1.0f);
  const SplitDouble log_sum_a(d, a.log_sum_exp);
  const SplitDouble log_sum_b(d, b.log_sum_exp);
  const SplitDouble shift(d, b.log_sum_exp - a.log_sum_exp);
  return ReduceRow(d, n, [&](V sum, const auto& load) HWY_ATTR {
    const V a_i = load(a.logits);
    const V b_i = load(b.logits);
    const V log_p = log_sum_a.SubtractFrom(a_i);
    // ExpVector's least value would count when delta is huge.
    const V p = hn::IfThenZeroElse(hn::Lt(log_p, hn::Set(d, -87.0f)),
                                   ExpVector(d, log_p));
    const V delta = Difference(b_i, a_i, shift);
    const V near =
        hn::Mul(hn::Mul(p, delta), hn::Mul(delta, ExpRemainder(d, delta)));
    const auto is_near = hn::Le(hn::Abs(delta), one);
    // Similar models rarely need the second exponential. The result is the
    // same with and without this line.
    if (hn::AllTrue(d, is_near)) return hn::Add(sum, near);
    // Not as p exp(delta), which can overflow.
    const V q = ExpVector(d, log_sum_b.SubtractFrom(b_i));
    const V far = hn::NegMulAdd(p, hn::Add(one, delta), q);
    return hn::Add(sum, hn::IfThenElse(is_near, near, far));
  });
}

bool FirstMaximaAgreeKernel(const float* a, const float* b, int64_t n) {
  const D d;
  const int64_t width = static_cast<int64_t>(hn::Lanes(d));
  const V max_a = hn::Set(d, MaxOf(d, a, n));
  const V max_b = hn::Set(d, MaxOf(d, b, n));
  for (int64_t i = 0; i < n; i += width) {
    const auto mask = hn::FirstN(d, std::min(width, n - i));
    const auto first = [&](const float* x, V max) HWY_ATTR {
      return hn::FindFirstTrue(
          d, hn::And(mask, hn::Eq(hn::MaskedLoad(mask, d, x + i), max)));
    };
    const auto first_a = first(a, max_a);
    const auto first_b = first(b, max_b);
    if (first_a >= 0 || first_b >= 0) return first_a == first_b;
  }
  return false;
}

}  // namespace HWY_NAMESPACE
}  // namespace quant_curve
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quant_curve {

HWY_EXPORT(KlDivergenceKernel);
HWY_EXPORT(FirstMaximaAgreeKernel);

double KlDivergence(const LogitRow& a, const LogitRow& b, int64_t n) {
  const double kl = HWY_DYNAMIC_DISPATCH(KlDivergenceKernel)(a, b, n);
  // A logit that is not finite makes its term infinite or NaN.
  return std::isfinite(kl) ? kl : std::numeric_limits<double>::quiet_NaN();
}

bool FirstMaximaAgree(const float* a, const float* b, int64_t n) {
  return HWY_DYNAMIC_DISPATCH(FirstMaximaAgreeKernel)(a, b, n);
}

}  // namespace quant_curve
#endif  // HWY_ONCE
