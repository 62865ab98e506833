// Llama (transformers' LlamaForCausalLM: Llama 2 and 3, TinyLlama, SmolLM2),
// and what its relatives share with it.
#ifndef QUANT_CURVE_LIB_FAMILIES_LLAMA_H_
#define QUANT_CURVE_LIB_FAMILIES_LLAMA_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "lib/families/family.h"

namespace quant_curve {

Family Llama();

// The following are for families whose blocks are a Llama's: RMSNorm, rotary
// positions, SwiGLU.

// Where classes of transformers have different defaults.
struct LlamaDefaults {
  uint32_t num_kv_heads = 0;  // 0: num_attention_heads
  uint32_t head_dim = 0;      // 0: hidden_size / num_attention_heads
  float rope_theta = 10000;
  float epsilon = 1e-6f;
  bool tied_embeddings = false;
  bool gelu = false;  // GEGLU instead of SWIGLU
};

// Sizes, norms, activation, rope and ties; no biases.
ModelConfig ReadLlamaLike(ConfigFields& fields, const LlamaDefaults& defaults);

// "attention_bias": of q, k, v and o.
void ReadAttentionBias(ConfigFields& fields, ModelConfig& model);

// The numbers of layers for which a list by layer is made; ValidateConfig
// refuses more.
inline constexpr uint32_t kMaxListedLayers = 1 << 20;

// Whether the config has no feature of the later families: one of the fields
// from norm_adds_one on.
bool IsPlain(const ModelConfig& config);

// RMS_NORM, ROTARY, SWIGLU, and plain.
bool IsLlamaLike(const ModelConfig& config);

// The fields that ReadLlamaLike reads.
Json WriteLlamaLike(const ModelConfig& config);

// "model.layers.<i>.self_attn.q_proj.weight" and so on.
StoredTensor StoredInLlama(absl::string_view name);

// The same, with post_norms: post_attention_layernorm, Llama's name of the norm
// before the MLP, is the one after attention.
StoredTensor StoredWithPostNorms(absl::string_view name);

ModelConfig Unchanged(ModelConfig config);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FAMILIES_LLAMA_H_
