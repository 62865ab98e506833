// A model's shape, and the name, shape and role of each of its tensors.
#ifndef QUANT_CURVE_LIB_MODEL_CONFIG_H_
#define QUANT_CURVE_LIB_MODEL_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

// A tensor's role in quantization and in the byte account. kEmbedding is the
// token embedding and the LM head, kPositions learned positions.
enum class TensorRole {
  kLinearWeight,
  kLinearBias,
  kNorm,
  kEmbedding,
  kPositions
};

struct TensorSpec {
  std::string name;
  std::vector<uint64_t> shape;  // a Linear's weight is [out, in]
  TensorRole role;
};

// Configs with the fields that define a family. The caller sets the sizes, the
// epsilon and MiniGPT's embedding_multiplier, which is 1 for the others.
// LayerNorm, sinusoidal positions, GELU with biases, tied embeddings:
ModelConfig MiniGptFamily();
// LayerNorm, learned positions, GELU, biases everywhere, tied embeddings:
ModelConfig Gpt2Family();
// RMSNorm, rotary positions of base `rope_theta`, SwiGLU, no biases, a head of
// its own:
ModelConfig LlamaFamily(float rope_theta);

// Refuses, naming every such field and its value: zero or absurd sizes (each at
// most 2^20; at most 2^40 parameters; a table of positions, which no file
// holds, of at most 2^24 elements or as many as there are parameters), heads
// that do not divide what they share, unspecified kinds, fields that the kinds
// do not use.
absl::Status ValidateConfig(const ModelConfig& config);

// Of a valid config; the fields' zeros resolved.
uint64_t NumKvHeads(const ModelConfig& config);
uint64_t HeadDim(const ModelConfig& config);
// Outputs of q, and of k and v.
uint64_t QueryWidth(const ModelConfig& config);
uint64_t KeyWidth(const ModelConfig& config);
// Whether the MLP has a gate_proj: SWIGLU or GEGLU.
bool HasGate(const ModelConfig& config);
// The sliding window of a layer in tokens; 0: none.
uint64_t WindowOf(const ModelConfig& config, uint64_t layer);
// How a layer turns queries and keys: not at all, by rope_theta and
// rope_scaling, or by local_rope_theta.
enum class Rotation { kNone, kGlobal, kLocal };
Rotation RotationOf(const ModelConfig& config, uint64_t layer);
// The factor of attention's scores: attention_scale or 1 / sqrt(head_dim).
float AttentionScale(const ModelConfig& config);
// The rotary fields of the layers of Rotation::kLocal as those of all.
ModelConfig WithLocalRope(ModelConfig config);

// All tensors of a valid config, in the order in which checkpoints hold them;
// every family's parts have the same names:
//   wte.weight  wpe.weight (LEARNED)
//   h.<i>.ln_1.{weight,bias}  h.<i>.attn.{q,k,v,o}_proj.{weight,bias}
//   h.<i>.attn.{q,k}_norm.weight (qk_norm)
//   h.<i>.attn.post_norm.weight (post_norms)
//   h.<i>.ln_2.{weight,bias}
//   h.<i>.mlp.{fc1,fc2}.{weight,bias} (GELU), or
//   h.<i>.mlp.{gate_proj,up_proj,down_proj}.{weight,bias} (SWIGLU, GEGLU)
//   h.<i>.mlp.post_norm.weight (post_norms)
//   ln_f.{weight,bias}  lm_head.weight (embeddings not tied)
// Without ln_1 and ln_2 in case of no_pre_norms. RMSNorms have no bias, Linears
// have one where the config says so.
std::vector<TensorSpec> TensorSpecs(const ModelConfig& config);

// The size of TensorSpecs(), and how many of them are Linears' weights. Compare
// them with a file before you make lists of that length.
uint64_t NumTensors(const ModelConfig& config);
uint64_t NumLinears(const ModelConfig& config);

// Sum of the shapes' products.
uint64_t NumParameters(const ModelConfig& config);

// An input of [rows, in_features] that one or more Linears share.
struct LinearInputSpec {
  std::vector<std::string> linears;  // names of their weights
  uint64_t in_features;
};

inline constexpr int64_t kInputsPerBlock = 4;

// The inputs of all Linears of a valid config, four per block: of q, k and v;
// of o; of fc1 (gate_proj and up_proj); of fc2 (down_proj). LinearInputs
// (lib/model/forward.h) finds them in a block's activations.
std::vector<LinearInputSpec> LinearInputSpecs(const ModelConfig& config);

// The default length of a sequence where the context is longer: with a context
// of 131072 tokens, 128 calibration sequences would have 16.8 million tokens.
inline constexpr uint32_t kDefaultSequenceTokens = 2048;

// The sequence length that --`flag`=`asked` means for the model in
// `model_path`: 0 means its context, but at most kDefaultSequenceTokens.
// Refuses more than the context.
absl::StatusOr<uint64_t> LengthWithinContext(absl::string_view flag,
                                             uint64_t asked,
                                             const ModelConfig& config,
                                             absl::string_view model_path);

// "h.<layer>.<rest>".
std::string LayerTensorName(uint64_t layer, absl::string_view rest);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_CONFIG_H_
