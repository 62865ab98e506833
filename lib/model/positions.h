// Positions that are computed, not learned.
#ifndef QUANT_CURVE_LIB_MODEL_POSITIONS_H_
#define QUANT_CURVE_LIB_MODEL_POSITIONS_H_

#include <cstdint>
#include <vector>

#include "proto/checkpoint.pb.h"

namespace quant_curve {

// Sinusoidal positions (arXiv:1706.03762, section 3.5), [context, d_model]:
// column 2i holds sin(position / 10000^(2i / d_model)), column 2i + 1 the
// cosine.
std::vector<float> SinusoidalPositions(int64_t context, int64_t d_model);

// The angles per position of rotary positions, [head_dim / 2]: theta^(-2i /
// head_dim) (arXiv:2104.09864), changed as the config's rope_scaling says.
// The config is valid and its positions ROTARY.
std::vector<double> RotaryFrequencies(const ModelConfig& config);

// Cosines and sines of position * frequency, [context, head_dim / 2].
struct RotaryTable {
  std::vector<float> cosines;
  std::vector<float> sines;
};

// Of a valid config whose positions are ROTARY.
RotaryTable RotaryPositions(const ModelConfig& config);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_POSITIONS_H_
