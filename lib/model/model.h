// A model in memory, ready for the forward pass.
#ifndef QUANT_CURVE_LIB_MODEL_MODEL_H_
#define QUANT_CURVE_LIB_MODEL_MODEL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/model/linear.h"
#include "lib/numerics/packed_matrix.h"
#include "proto/checkpoint.pb.h"
#include "proto/quantized_model.pb.h"
#include "proto/scheme.pb.h"

namespace quant_curve {

struct LayerNormWeights {
  std::vector<float> scale;  // [d_model]
  std::vector<float> shift;  // [d_model]
};

struct Block {
  LayerNormWeights ln_1, ln_2;
  Linear q, k, v, o, fc1, fc2;
};

struct Model {
  ModelConfig config;
  ActivationFormat activation_format = ACTIVATION_FLOAT32;
  PackedMatrix embedding;        // [vocab, d_model]; the LM head, too
  std::vector<float> positions;  // [context, d_model]
  std::vector<Block> blocks;
  LayerNormWeights ln_f;
};

// Sinusoidal positions (arXiv:1706.03762, section 3.5), [context, d_model]:
// column 2i holds sin(position / 10000^(2i / d_model)), column 2i + 1 the
// cosine.
std::vector<float> SinusoidalPositions(int64_t context, int64_t d_model);

// Sets all weights; `parameters` holds the tensors of TensorSpecs(config) one
// after another. The config must be valid and `parameters` of the right size.
void SetParameters(absl::Span<const float> parameters, Model& model);

// A model of zeros with the shapes of a valid config.
Model MakeModel(const ModelConfig& config);

// All parameters of a validated checkpoint, in order.
std::vector<float> FlatParameters(const Checkpoint& checkpoint);

// The float32 model of a validated checkpoint.
Model ModelFromCheckpoint(const Checkpoint& checkpoint);

// The model that a quantized artifact holds: every weight goes from the packed
// payload into the kernels' packing, never through a matrix of floats. Refuses
// what does not belong to the config.
absl::StatusOr<Model> ModelFromQuantized(const QuantizedModel& quantized);

// The Linear called "h.<i>.attn.q_proj.weight" and so on; null when there is
// none.
Linear* FindLinear(const std::string& name, Model& model);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_MODEL_H_
