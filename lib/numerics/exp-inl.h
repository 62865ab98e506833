// e^x of a vector: what nonlinear.cc and kl_divergence.cc share, once for each
// instruction set.
#if defined(QUANT_CURVE_LIB_NUMERICS_EXP_INL_H_) == \
    defined(HWY_TARGET_TOGGLE)  // NOLINT
#ifdef QUANT_CURVE_LIB_NUMERICS_EXP_INL_H_
#undef QUANT_CURVE_LIB_NUMERICS_EXP_INL_H_
#else
#define QUANT_CURVE_LIB_NUMERICS_EXP_INL_H_
#endif

#include "hwy/highway.h"
#include "lib/numerics/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace quant_curve {
namespace HWY_NAMESPACE {

// e^x: x = k ln2 + r, |r| <= ln2/2, Taylor's polynomial of degree 6 in r
// (relative error 1.2e-7 at the ends), times 2^k put together from bits.
HWY_INLINE V ExpVector(D d, V x) {
  const auto is_nan = hn::IsNaN(x);  // Min and Max may drop it
  x = hn::IfThenElse(
      is_nan, x, hn::Min(hn::Max(x, hn::Set(d, -87.0f)), hn::Set(d, 88.0f)));
  const V k = hn::Round(hn::Mul(x, hn::Set(d, 1.44269504f)));
  V r = hn::NegMulAdd(k, hn::Set(d, 0.693359375f), x);
  r = hn::NegMulAdd(k, hn::Set(d, -2.12194440e-4f), r);
  V p = hn::Set(d, 1.0f / 720);
  for (const float c : {1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f}) {
    p = hn::MulAdd(p, r, hn::Set(d, c));
  }
  const hn::RebindToSigned<D> di;
  const auto exponent =
      hn::ShiftLeft<23>(hn::Add(hn::ConvertTo(di, k), hn::Set(di, 127)));
  return hn::Mul(p, hn::BitCast(d, exponent));
}

}  // namespace HWY_NAMESPACE
}  // namespace quant_curve
HWY_AFTER_NAMESPACE();

#endif  // QUANT_CURVE_LIB_NUMERICS_EXP_INL_H_
