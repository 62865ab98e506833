// One Linear, y = x W^T + b, as the forward pass applies it.
#ifndef QUANT_CURVE_LIB_MODEL_LINEAR_H_
#define QUANT_CURVE_LIB_MODEL_LINEAR_H_

#include <cstdint>
#include <vector>

#include "lib/quantization/linear.h"
#include "proto/scheme.pb.h"

namespace quant_curve {

struct Linear {
  int64_t out_features = 0;
  int64_t in_features = 0;
  // W transposed, [in, out], so that Gemm's vectors run over the outputs.
  // Empty when `integer` is used.
  std::vector<float> weight_transposed;
  std::vector<float> bias;  // [out], or empty
  // With int8 activations: the codes themselves, multiplied as integers.
  UnpackedLinear integer;
  float activation_clip = 0;  // |x| is clipped here; 0: no clip
};

// Sets weight_transposed from W, [out, in] row-major.
void SetWeight(const float* weight, Linear& linear);

// y[rows, out] = x[rows, in] W^T + b.
//
// Float weights: the order of Gemm, then one addition of the bias.
// Integer weights (int8 activations, dynamic): each row of x, a token's
// activation vector, gets one scale s = absmax / 127 (absmax at most the clip),
// and codes round-to-nearest-even(x / s) in [-127, 127]; a token never sees
// another's values, so decoding token by token gives the same numbers. Then
// y = s * sum_g scale_g * (integer dot product of group g), groups in order.
void ApplyLinear(const Linear& linear, const float* x, int64_t rows, float* y);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_LINEAR_H_
