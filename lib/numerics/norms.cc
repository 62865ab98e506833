// The normalizations of nonlinear.h.
#include <cmath>

#include "lib/numerics/nonlinear.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lib/numerics/norms.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "lib/numerics/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace quant_curve {
namespace HWY_NAMESPACE {

void LayerNormKernel(const float* x, int64_t rows, int64_t n,
                     const float* scale, const float* shift, float epsilon,
                     float* y, float* mean, float* rstd) {
  const D d;
  for (int64_t row = 0; row < rows; ++row, x += n, y += n) {
    const float center = Sum(d, x, n) / static_cast<float>(n);
    const V center_v = hn::Set(d, center);
    const float squares =
        ReduceRow(d, n, [&](V sum, const auto& load) HWY_ATTR {
          const V delta = hn::Sub(load(x), center_v);
          return hn::MulAdd(delta, delta, sum);
        });
    const float inverse =
        1.0f / std::sqrt(squares / static_cast<float>(n) + epsilon);
    const V inverse_v = hn::Set(d, inverse);
    ForEachVector(d, n, [&](auto load, auto store) HWY_ATTR {
      const V normalized = hn::Mul(hn::Sub(load(x), center_v), inverse_v);
      store(hn::MulAdd(normalized, load(scale), load(shift)), y);
    });
    mean[row] = center;
    rstd[row] = inverse;
  }
}

// With xhat = (x - mean) rstd and g = dy * scale:
// dx = rstd (g - mean(g) - xhat mean(g xhat)).
void LayerNormBackwardKernel(const float* x, const float* dy, int64_t rows,
                             int64_t n, const float* scale, const float* mean,
                             const float* rstd, float* dx, float* dscale,
                             float* dshift) {
  const D d;
  for (int64_t row = 0; row < rows; ++row, x += n, dy += n, dx += n) {
    const V center = hn::Set(d, mean[row]);
    const V inverse = hn::Set(d, rstd[row]);
    const auto gradient = [&](const auto& load) HWY_ATTR {
      return hn::Mul(load(dy), load(scale));
    };
    const auto normalized = [&](const auto& load) HWY_ATTR {
      return hn::Mul(hn::Sub(load(x), center), inverse);
    };
    const float sum = ReduceRow(d, n, [&](V s, const auto& load) HWY_ATTR {
      return hn::Add(s, gradient(load));
    });
    const float dot = ReduceRow(d, n, [&](V s, const auto& load) HWY_ATTR {
      return hn::MulAdd(gradient(load), normalized(load), s);
    });
    const V mean_g = hn::Set(d, sum / static_cast<float>(n));
    const V mean_gx = hn::Set(d, dot / static_cast<float>(n));
    ForEachVector(d, n, [&](auto load, auto store) HWY_ATTR {
      const V dy_v = load(dy);
      const V xhat = hn::Mul(hn::Sub(load(x), center), inverse);
      const V g = hn::Mul(dy_v, load(scale));
      const V inner = hn::NegMulAdd(xhat, mean_gx, hn::Sub(g, mean_g));
      store(hn::Mul(inner, inverse), dx);
      store(hn::MulAdd(dy_v, xhat, load(dscale)), dscale);
      store(hn::Add(load(dshift), dy_v), dshift);
    });
  }
}

void RmsNormKernel(const float* x, int64_t rows, int64_t n, const float* scale,
                   float epsilon, float* y) {
  const D d;
  for (int64_t row = 0; row < rows; ++row, x += n, y += n) {
    const float squares =
        ReduceRow(d, n, [&](V sum, const auto& load) HWY_ATTR {
          const V v = load(x);
          return hn::MulAdd(v, v, sum);
        });
    const V inverse =
        hn::Set(d, 1.0f / std::sqrt(squares / static_cast<float>(n) + epsilon));
    ForEachVector(d, n, [&](auto load, auto store) HWY_ATTR {
      store(hn::Mul(hn::Mul(load(x), inverse), load(scale)), y);
    });
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace quant_curve
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quant_curve {

HWY_EXPORT(LayerNormKernel);
HWY_EXPORT(LayerNormBackwardKernel);
HWY_EXPORT(RmsNormKernel);

void LayerNorm(const float* x, int64_t rows, int64_t n, const float* scale,
               const float* shift, float epsilon, float* y, float* mean,
               float* rstd) {
  HWY_DYNAMIC_DISPATCH(LayerNormKernel)
  (x, rows, n, scale, shift, epsilon, y, mean, rstd);
}

void LayerNormBackward(const float* x, const float* dy, int64_t rows, int64_t n,
                       const float* scale, const float* mean, const float* rstd,
                       float* dx, float* dscale, float* dshift) {
  HWY_DYNAMIC_DISPATCH(LayerNormBackwardKernel)
  (x, dy, rows, n, scale, mean, rstd, dx, dscale, dshift);
}

void RmsNorm(const float* x, int64_t rows, int64_t n, const float* scale,
             float epsilon, float* y) {
  HWY_DYNAMIC_DISPATCH(RmsNormKernel)(x, rows, n, scale, epsilon, y);
}

}  // namespace quant_curve
#endif  // HWY_ONCE
