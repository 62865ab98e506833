// One Linear, y = x W^T + b, as the forward pass and the decoder apply it.
#ifndef QUANT_CURVE_LIB_MODEL_LINEAR_H_
#define QUANT_CURVE_LIB_MODEL_LINEAR_H_

#include <cstdint>
#include <vector>

#include "lib/numerics/packed_matrix.h"
#include "lib/numerics/parallel.h"

namespace quant_curve {

struct Linear {
  PackedMatrix weight;
  std::vector<float> bias;  // [out], or empty
  // Column j of the weight belongs to input permutation[j]; empty: in order.
  std::vector<uint32_t> permutation;
  // Inputs are rounded to int8 first (ACTIVATION_INT8), |x| clipped at
  // activation_clip before (0: no clip).
  bool int8_inputs = false;
  float activation_clip = 0;

  int64_t out_features() const { return weight.out_features(); }
  int64_t in_features() const { return weight.in_features(); }
};

// y[rows, out] = x[rows, in] W^T + b: PackedMatrix::Multiply, then one addition
// of the bias. `threads` share out a single product; null: the caller's thread.
//
// With int8_inputs each row of x, a token's activation vector, gets one scale
// s = absmax / 127 (absmax at most the clip), and codes
// round-to-nearest-even(x / s) in [-127, 127] for MultiplyInt8; a token never
// sees another's values, so decoding token by token gives the same numbers.
void ApplyLinear(const Linear& linear, const float* x, int64_t rows, float* y,
                 ThreadPool* threads = nullptr);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_LINEAR_H_
