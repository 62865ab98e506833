// What a model knows of positions without having learned it.
#ifndef QUANT_CURVE_LIB_MODEL_POSITIONS_H_
#define QUANT_CURVE_LIB_MODEL_POSITIONS_H_

#include <cstdint>
#include <vector>

namespace quant_curve {

// Sinusoidal positions (arXiv:1706.03762, section 3.5), [context, d_model]:
// column 2i holds sin(position / 10000^(2i / d_model)), column 2i + 1 the
// cosine.
std::vector<float> SinusoidalPositions(int64_t context, int64_t d_model);

// Rotary positions (arXiv:2104.09864): index i of a head is turned by the angle
// position / theta^(2i / head_dim). Both tables are [context, head_dim / 2].
struct RotaryTable {
  std::vector<float> cosines;
  std::vector<float> sines;
};

// `context` is at most 2^20, head_dim even, theta at least 1.
RotaryTable RotaryPositions(int64_t context, int64_t head_dim, float theta);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_POSITIONS_H_
