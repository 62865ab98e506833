#include "lib/families/olmo2.h"

#include "lib/families/llama.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

// The class has these, no field says so.
ModelConfig WithNorms(ModelConfig model) {
  model.set_qk_norm(true);
  model.set_qk_norm_over_heads(true);
  model.set_post_norms(true);
  model.set_no_pre_norms(true);
  return model;
}

ModelConfig Read(ConfigFields& fields) {
  LlamaDefaults defaults;
  defaults.epsilon = 1e-5f;
  ModelConfig model = ReadLlamaLike(fields, defaults);
  ReadAttentionBias(fields, model);
  return WithNorms(model);
}

bool Holds(const ModelConfig& config) {
  ModelConfig rest = config;
  rest.clear_qk_norm_over_heads();
  rest.clear_post_norms();
  rest.clear_no_pre_norms();
  return config.qk_norm_over_heads() && config.no_pre_norms() &&
         IsLlamaLike(rest) &&
         config.qkv_bias() == config.attention_output_bias() &&
         !config.mlp_bias() && config.sliding_window() == 0;
}

Json Write(const ModelConfig& config) {
  Json json = WriteLlamaLike(config);
  json["attention_bias"] = config.qkv_bias();
  return json;
}

// llama.cpp has no biases here, needs a head, and splits d_model into heads.
ModelConfig InLlamaCpp(ModelConfig config) {
  config = WithNorms(config);
  config.clear_qkv_bias();
  config.clear_attention_output_bias();
  config.clear_mlp_bias();
  config.clear_tied_embeddings();
  if (QueryWidth(config) != config.d_model()) config.clear_head_dim();
  return config;
}

}  // namespace

Family Olmo2() {
  return {"Olmo2ForCausalLM",
          "olmo2",
          "olmo2",
          /*gguf_turns_neighbours=*/false,
          Read,
          Holds,
          Write,
          Unchanged,
          StoredWithPostNorms,
          /*embedding_factor=*/nullptr,
          /*gguf_keys=*/{},
          InLlamaCpp};
}

}  // namespace quant_curve
