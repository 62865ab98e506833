// Softmax, GELU, SiLU, norms and rotations in float32 (GELU and LayerNorm
// backward, too), with bits that do not depend on the machine.
//
// Reductions over a row follow one order, whatever the vector width: element i
// goes to partial sum i mod 16 (in order of i, by fused multiply-add where
// there is a product), and the sixteen are added pairwise: s[l] += s[l + 8],
// then + 4, + 2, + 1.
#ifndef QUANT_CURVE_LIB_NUMERICS_NONLINEAR_H_
#define QUANT_CURVE_LIB_NUMERICS_NONLINEAR_H_

#include <cstdint>

namespace quant_curve {

// y[i] = exp(x[i]), relative error below 2.5e-7 for x in [-87, 88]; clamped
// outside. x and y may be the same.
void Exp(const float* x, int64_t n, float* y);

// x becomes softmax(x): exp(x - max) / sum.
void Softmax(float* x, int64_t n);

// log(sum(exp(x[i]))) in double from float exponentials; n >= 1.
double LogSumExp(const float* x, int64_t n);

// tanh-GELU (arXiv:1606.08415): y = x * sigmoid(2 u), with
// u = sqrt(2/pi) (x + 0.044715 x^3), which equals x/2 (1 + tanh u).
void Gelu(const float* x, int64_t n, float* y);

// dx[i] = dy[i] * gelu'(x[i]).
void GeluBackward(const float* x, const float* dy, int64_t n, float* dx);

// y = x * sigmoid(x) (arXiv:1702.03118), relative error below 5e-7 for
// x >= -87; below, |y| < 1e-35. x and y may be the same.
void Silu(const float* x, int64_t n, float* y);

// x becomes cap * tanh(x / cap), relative error below 1e-6; cap > 0.
void Softcap(float cap, float* x, int64_t n);

// y = (x - mean) * rstd * scale + shift for each of `rows` rows of width n
// (arXiv:1607.06450), rstd = 1 / sqrt(variance + epsilon). Writes each row's
// mean and rstd, for the backward pass.
void LayerNorm(const float* x, int64_t rows, int64_t n, const float* scale,
               const float* shift, float epsilon, float* y, float* mean,
               float* rstd);

// Gradients of LayerNorm: writes dx, adds to dscale and dshift (row by row).
void LayerNormBackward(const float* x, const float* dy, int64_t rows, int64_t n,
                       const float* scale, const float* mean, const float* rstd,
                       float* dx, float* dscale, float* dshift);

// y = (x * rstd) * scale for each row, rstd = 1 / sqrt(mean(x^2) + epsilon)
// (arXiv:1910.07467).
void RmsNorm(const float* x, int64_t rows, int64_t n, const float* scale,
             float epsilon, float* y);

// Rotary positions (arXiv:2104.09864) in place: in each of `heads` vectors of
// even width head_dim that stand one after another in x, elements i and
// j = i + head_dim / 2 are turned by the angle of index i:
//   x[i] cos - x[j] sin, x[j] cos + x[i] sin,
// the first product rounded, the second added by fused multiply-add. `cosines`
// and `sines` are [head_dim / 2].
void Rotate(const float* cosines, const float* sines, int64_t heads,
            int64_t head_dim, float* x);

// Rounds each value to the nearest float16, ties to even, as
// lib/artifact/float16.h does in software.
void RoundAllToFloat16(float* x, int64_t n);

// Symmetric int8 codes of a vector: scale = absmax / 127, with absmax at most
// `clip` when that is above 0, codes = round-to-nearest-even(x / scale) in
// [-127, 127]. Returns the scale; 0, and codes of 0, for a vector of zeros;
// NaN, and codes of 0, for one with an infinity or a NaN, whatever `clip` is.
float QuantizeToInt8(const float* x, int64_t n, float clip, int8_t* codes);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_NUMERICS_NONLINEAR_H_
