// Softmax, GELU and LayerNorm in float32, forward and backward, with bits that
// do not depend on the machine.
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

// Rounds each value to the nearest float16, ties to even, as
// lib/artifact/float16.h does in software.
void RoundAllToFloat16(float* x, int64_t n);

// Symmetric int8 codes of a vector: scale = absmax / 127, with absmax at most
// `clip` when that is above 0, codes = round-to-nearest-even(x / scale) in
// [-127, 127]. Returns the scale; 0, and codes of 0, for a vector of zeros.
float QuantizeToInt8(const float* x, int64_t n, float clip, int8_t* codes);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_NUMERICS_NONLINEAR_H_
