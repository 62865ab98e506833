#include "lib/model/config.h"
#include "lib/model/reference_model.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

ModelConfig WithTinySizes(ModelConfig config) {
  config.set_vocab_size(11);
  config.set_d_model(12);
  config.set_num_layers(2);
  config.set_num_heads(3);
  config.set_d_ff(20);
  config.set_context_length(9);
  config.set_layer_norm_epsilon(1e-5f);
  return config;
}

}  // namespace

ModelConfig TinyConfig() {
  ModelConfig config = WithTinySizes(MiniGptFamily());
  config.set_embedding_multiplier(3);
  return config;
}

std::vector<NamedConfig> TinyConfigs() {
  ModelConfig llama = WithTinySizes(LlamaFamily(100));
  llama.set_num_heads(4);
  llama.set_num_kv_heads(2);
  llama.set_head_dim(6);
  ModelConfig one_key = WithTinySizes(LlamaFamily(10000));
  one_key.set_num_kv_heads(1);
  one_key.set_tied_embeddings(true);
  one_key.set_qkv_bias(true);
  one_key.set_attention_output_bias(true);
  one_key.set_mlp_bias(true);
  // Qwen2 with Llama 3.1's frequencies: of three, the first stays, the second
  // is interpolated, the third divided.
  ModelConfig qwen2 = WithTinySizes(LlamaFamily(100));
  qwen2.set_head_dim(6);
  qwen2.set_qkv_bias(true);
  Llama3Rope& rope = *qwen2.mutable_llama3_rope();
  rope.set_factor(8);
  rope.set_low_frequency_factor(1);
  rope.set_high_frequency_factor(4);
  rope.set_original_context(50);
  ModelConfig qwen3 = WithTinySizes(LlamaFamily(100));
  qwen3.set_num_kv_heads(1);
  qwen3.set_qk_norm(true);
  qwen3.mutable_linear_rope()->set_factor(2);
  ModelConfig mistral = WithTinySizes(LlamaFamily(100));
  mistral.set_sliding_window(3);
  // Of two layers one sees all positions. The caps are low: scores and logits
  // reach the bent part of the curve.
  ModelConfig gemma2 = WithTinySizes(LlamaFamily(100));
  gemma2.set_mlp(GEGLU);
  gemma2.set_norm_adds_one(true);
  gemma2.set_post_norms(true);
  gemma2.set_embedding_multiplier(3);
  gemma2.set_tied_embeddings(true);
  gemma2.set_sliding_window(3);
  gemma2.add_full_attention(false);
  gemma2.add_full_attention(true);
  gemma2.set_attention_scale(0.25f);
  gemma2.set_attention_softcap(0.5f);
  gemma2.set_logits_softcap(2);
  ModelConfig gemma3 = gemma2;
  gemma3.clear_attention_softcap();
  gemma3.clear_logits_softcap();
  gemma3.set_qk_norm(true);
  gemma3.set_num_kv_heads(1);
  gemma3.set_local_rope_theta(10);
  gemma3.mutable_linear_rope()->set_factor(2);
  ModelConfig granite = WithTinySizes(LlamaFamily(100));
  granite.set_embedding_multiplier(4);
  granite.set_attention_scale(0.5f);
  granite.set_residual_multiplier(0.375f);
  granite.set_logits_divisor(3);
  ModelConfig olmo2 = WithTinySizes(LlamaFamily(100));
  olmo2.set_num_kv_heads(1);
  olmo2.set_qk_norm(true);
  olmo2.set_qk_norm_over_heads(true);
  olmo2.set_post_norms(true);
  olmo2.set_no_pre_norms(true);
  ModelConfig smollm3 = WithTinySizes(LlamaFamily(100));
  smollm3.add_no_rotation(false);
  smollm3.add_no_rotation(true);
  ModelConfig mixed = WithTinySizes(Gpt2Family());
  mixed.set_normalization(RMS_NORM);
  mixed.set_mlp(SWIGLU);
  mixed.set_embedding_multiplier(2);
  return {{"MiniGpt", TinyConfig()}, {"Gpt2", WithTinySizes(Gpt2Family())},
          {"Llama", llama},          {"OneKeyHead", one_key},
          {"Qwen2", qwen2},          {"Qwen3", qwen3},
          {"Mistral", mistral},      {"Gemma2", gemma2},
          {"Gemma3", gemma3},        {"Granite", granite},
          {"Olmo2", olmo2},          {"SmolLm3", smollm3},
          {"Mixed", mixed}};
}

std::vector<double> TinyParameters(const ModelConfig& config, uint64_t seed) {
  Random random(seed);
  std::vector<double> parameters(NumParameters(config));
  // Exact in float, so that both sides start from the same numbers.
  for (double& p : parameters) {
    p = static_cast<float>(random.Uniform() - 0.5);
  }
  return parameters;
}

}  // namespace quant_curve
