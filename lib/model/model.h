// A model in memory, ready for the forward pass.
#ifndef QUANT_CURVE_LIB_MODEL_MODEL_H_
#define QUANT_CURVE_LIB_MODEL_MODEL_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "lib/model/config.h"
#include "lib/model/linear.h"
#include "lib/model/positions.h"
#include "lib/numerics/packed_matrix.h"
#include "proto/checkpoint.pb.h"
#include "proto/scheme.pb.h"

namespace quant_curve {

struct NormWeights {
  std::vector<float> scale;  // [d_model]; with norm_adds_one, 1 + weight
  std::vector<float> shift;  // [d_model]; empty for RMSNorm
};

struct Block {
  NormWeights ln_1, ln_2;
  NormWeights attention_post_norm, mlp_post_norm;  // empty without post_norms
  Linear q, k, v, o;
  // [head_dim], or all heads'; empty without qk_norm.
  std::vector<float> q_norm, k_norm;
  // GELU: fc2(gelu(fc1(x))), and no gate. SWIGLU and GEGLU: fc1 is up_proj, fc2
  // down_proj.
  Linear gate, fc1, fc2;
  int64_t window = 0;  // WindowOf this layer
  Rotation rotation = Rotation::kNone;
};

struct Model {
  ModelConfig config;
  ActivationFormat activation_format = ACTIVATION_FLOAT32;
  PackedMatrix embedding;        // [vocab, d_model]
  PackedMatrix lm_head;          // [vocab, d_model]; empty when tied
  std::vector<float> positions;  // [context, d_model]; empty when rotary
  RotaryTable rotary;            // empty unless rotary
  RotaryTable local_rotary;      // empty without local_rope_theta
  std::vector<Block> blocks;
  NormWeights ln_f;

  // The matrix that multiplies the last norm's output.
  const PackedMatrix& Head() const {
    return config.tied_embeddings() ? embedding : lm_head;
  }
};

// A block of a layer of a valid config without weights, to be set before any
// use, and such a model.
Block MakeBlock(const ModelConfig& config, int64_t layer);
Model MakeModel(const ModelConfig& config);

// Sets all weights; `parameters` holds the tensors of TensorSpecs(config) one
// after another. The config must be valid and `parameters` of the right size.
void SetParameters(absl::Span<const float> parameters, Model& model);

// Moves all weights into one piece of memory (PlaceTogether).
void PlaceWeightsTogether(Model& model);

// The Linear whose weight is called "h.<i>.attn.q_proj.weight" and so on; null
// when there is none.
Linear* FindLinear(const std::string& name, Model& model);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_MODEL_H_
