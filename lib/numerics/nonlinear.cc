#include "lib/numerics/nonlinear.h"

#include <algorithm>
#include <cmath>

#include "lib/numerics/scalar_math.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lib/numerics/nonlinear.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "lib/numerics/exp-inl.h"
#include "lib/numerics/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace quant_curve {
namespace HWY_NAMESPACE {

void ExpKernel(const float* x, int64_t n, float* y) {
  const D d;
  ForEachVector(d, n, [&](auto load, auto store) HWY_ATTR {
    store(ExpVector(d, load(x)), y);
  });
}

void SoftmaxKernel(float* x, int64_t n) {
  const D d;
  const V max = hn::Set(d, MaxOf(d, x, n));
  ForEachVector(d, n, [&](auto load, auto store) HWY_ATTR {
    store(ExpVector(d, hn::Sub(load(x), max)), x);
  });
  const V inverse = hn::Set(d, 1.0f / Sum(d, x, n));
  ForEachVector(d, n, [&](auto load, auto store) HWY_ATTR {
    store(hn::Mul(load(x), inverse), x);
  });
}

double LogSumExpKernel(const float* x, int64_t n) {
  const D d;
  const float max = MaxOf(d, x, n);
  const V shift = hn::Set(d, max);
  const float sum = ReduceRow(d, n, [&](V sum, const auto& load) HWY_ATTR {
    return hn::Add(sum, ExpVector(d, hn::Sub(load(x), shift)));
  });
  return max + Log(sum);
}

// sigmoid(2 u(x)), the factor that GELU multiplies x with.
HWY_INLINE V GeluGate(D d, V x) {
  const V inner =
      hn::MulAdd(hn::Mul(x, x), hn::Set(d, 0.044715f), hn::Set(d, 1.0f));
  const V minus_2u = hn::Mul(hn::Mul(x, hn::Set(d, -1.5957691216f)), inner);
  const V one = hn::Set(d, 1.0f);
  return hn::Div(one, hn::Add(one, ExpVector(d, minus_2u)));
}

void GeluKernel(const float* x, int64_t n, float* y) {
  const D d;
  ForEachVector(d, n, [&](auto load, auto store) HWY_ATTR {
    const V v = load(x);
    store(hn::Mul(v, GeluGate(d, v)), y);
  });
}

// d/dx x g(x) = g + x g (1 - g) 2 u', 2 u' = 2 sqrt(2/pi) (1 + 3*0.044715 x^2).
void GeluBackwardKernel(const float* x, const float* dy, int64_t n, float* dx) {
  const D d;
  ForEachVector(d, n, [&](auto load, auto store) HWY_ATTR {
    const V v = load(x);
    const V gate = GeluGate(d, v);
    const V slope = hn::MulAdd(hn::Mul(v, v), hn::Set(d, 0.2140644488f),
                               hn::Set(d, 1.5957691216f));
    const V closed = hn::NegMulAdd(gate, gate, gate);  // g - g^2
    const V derivative = hn::MulAdd(hn::Mul(v, closed), slope, gate);
    store(hn::Mul(load(dy), derivative), dx);
  });
}

void SiluKernel(const float* x, int64_t n, float* y) {
  const D d;
  const V one = hn::Set(d, 1.0f);
  ForEachVector(d, n, [&](auto load, auto store) HWY_ATTR {
    const V v = load(x);
    const V gate = hn::Div(one, hn::Add(one, ExpVector(d, hn::Neg(v))));
    store(hn::Mul(v, gate), y);
  });
}

// tanh(u): near 0 Taylor's polynomial, as the other form would lose digits
// there; its next term is below 1e-8 u at the bound.
HWY_INLINE V TanhVector(D d, V u) {
  const V square = hn::Mul(u, u);
  V p = hn::Set(d, 62.0f / 2835);
  for (const float c : {-17.0f / 315, 2.0f / 15, -1.0f / 3, 1.0f}) {
    p = hn::MulAdd(p, square, hn::Set(d, c));
  }
  const V one = hn::Set(d, 1.0f);
  const V two = hn::Set(d, 2.0f);
  const V far =
      hn::Sub(one, hn::Div(two, hn::Add(one, ExpVector(d, hn::Mul(u, two)))));
  return hn::IfThenElse(hn::Lt(hn::Abs(u), hn::Set(d, 0.25f)), hn::Mul(u, p),
                        far);
}

void SoftcapKernel(float cap, float* x, int64_t n) {
  const D d;
  const V factor = hn::Set(d, cap);
  ForEachVector(d, n, [&](auto load, auto store) HWY_ATTR {
    store(hn::Mul(factor, TanhVector(d, hn::Div(load(x), factor))), x);
  });
}

void RotateKernel(const float* cosines, const float* sines, int64_t heads,
                  int64_t head_dim, float* x) {
  const D d;
  const int64_t half = head_dim / 2;
  for (int64_t head = 0; head < heads; ++head, x += head_dim) {
    ForEachVector(d, half, [&](auto load, auto store) HWY_ATTR {
      const V low = load(x);
      const V high = load(x + half);
      const V cosine = load(cosines);
      const V sine = load(sines);
      store(hn::NegMulAdd(high, sine, hn::Mul(low, cosine)), x);
      store(hn::MulAdd(low, sine, hn::Mul(high, cosine)), x + half);
    });
  }
}

void RoundAllToFloat16Kernel(float* x, int64_t n) {
  const D d;
  const hn::Rebind<hwy::float16_t, D> d16;
  ForEachVector(d, n, [&](auto load, auto store) HWY_ATTR {
    store(hn::PromoteTo(d, hn::DemoteTo(d16, load(x))), x);
  });
}

float QuantizeToInt8Kernel(const float* x, int64_t n, float clip,
                           int8_t* codes) {
  const D d;
  const hn::Rebind<int32_t, D> d32;
  const hn::Rebind<int8_t, D> d8;
  const int64_t width = static_cast<int64_t>(hn::Lanes(d));
  V largest = hn::Zero(d);
  V not_finite = hn::Zero(d);  // x - x: NaN for infinities and NaNs, else 0
  ForEachVector(d, n, [&](auto load, auto) HWY_ATTR {
    const V v = load(x);
    largest = hn::Max(largest, hn::Abs(v));
    not_finite = hn::Add(not_finite, hn::Sub(v, v));
  });
  // Codes can't hold them, and a clip would hide them.
  const float overflow = hn::GetLane(hn::SumOfLanes(d, not_finite));
  if (std::isnan(overflow)) {
    std::fill(codes, codes + n, int8_t{0});
    return overflow;
  }
  float absmax = hn::GetLane(hn::MaxOfLanes(d, largest));
  if (clip > 0) absmax = std::min(absmax, clip);
  const float scale = absmax / 127.0f;
  if (scale == 0) {
    std::fill(codes, codes + n, int8_t{0});
    return 0;
  }
  const V scale_v = hn::Set(d, scale);
  const V limit = hn::Set(d, 127.0f);
  HWY_ALIGN int8_t rest[kPartialSums];
  for (int64_t i = 0; i < n; i += width) {
    const int64_t count = std::min(width, n - i);
    const V v = hn::MaskedLoad(hn::FirstN(d, count), d, x + i);
    const V code =
        hn::Min(hn::Max(hn::Round(hn::Div(v, scale_v)), hn::Neg(limit)), limit);
    hn::StoreU(hn::DemoteTo(d8, hn::ConvertTo(d32, code)), d8, rest);
    std::copy(rest, rest + count, codes + i);
  }
  return scale;
}

}  // namespace HWY_NAMESPACE
}  // namespace quant_curve
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quant_curve {

HWY_EXPORT(ExpKernel);
HWY_EXPORT(SoftmaxKernel);
HWY_EXPORT(LogSumExpKernel);
HWY_EXPORT(GeluKernel);
HWY_EXPORT(GeluBackwardKernel);
HWY_EXPORT(SiluKernel);
HWY_EXPORT(SoftcapKernel);
HWY_EXPORT(RotateKernel);
HWY_EXPORT(RoundAllToFloat16Kernel);
HWY_EXPORT(QuantizeToInt8Kernel);

void Exp(const float* x, int64_t n, float* y) {
  HWY_DYNAMIC_DISPATCH(ExpKernel)(x, n, y);
}

void Softmax(float* x, int64_t n) { HWY_DYNAMIC_DISPATCH(SoftmaxKernel)(x, n); }

double LogSumExp(const float* x, int64_t n) {
  return HWY_DYNAMIC_DISPATCH(LogSumExpKernel)(x, n);
}

void Gelu(const float* x, int64_t n, float* y) {
  HWY_DYNAMIC_DISPATCH(GeluKernel)(x, n, y);
}

void GeluBackward(const float* x, const float* dy, int64_t n, float* dx) {
  HWY_DYNAMIC_DISPATCH(GeluBackwardKernel)(x, dy, n, dx);
}

void Silu(const float* x, int64_t n, float* y) {
  HWY_DYNAMIC_DISPATCH(SiluKernel)(x, n, y);
}

void Softcap(float cap, float* x, int64_t n) {
  HWY_DYNAMIC_DISPATCH(SoftcapKernel)(cap, x, n);
}

void Rotate(const float* cosines, const float* sines, int64_t heads,
            int64_t head_dim, float* x) {
  HWY_DYNAMIC_DISPATCH(RotateKernel)(cosines, sines, heads, head_dim, x);
}

void RoundAllToFloat16(float* x, int64_t n) {
  HWY_DYNAMIC_DISPATCH(RoundAllToFloat16Kernel)(x, n);
}

float QuantizeToInt8(const float* x, int64_t n, float clip, int8_t* codes) {
  return HWY_DYNAMIC_DISPATCH(QuantizeToInt8Kernel)(x, n, clip, codes);
}

}  // namespace quant_curve
#endif  // HWY_ONCE
