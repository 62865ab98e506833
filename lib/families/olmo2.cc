#include "lib/families/olmo2.h"

#include "lib/families/llama.h"

namespace quant_curve {
namespace {

ModelConfig Read(ConfigFields& fields) {
  LlamaDefaults defaults;
  defaults.epsilon = 1e-5f;
  ModelConfig model = ReadLlamaLike(fields, defaults);
  ReadAttentionBias(fields, model);
  // The class has these, no field says so.
  model.set_qk_norm(true);
  model.set_qk_norm_over_heads(true);
  model.set_post_norms(true);
  model.set_no_pre_norms(true);
  return model;
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

}  // namespace

Family Olmo2() {
  return {"Olmo2ForCausalLM",
          "olmo2",
          /*gguf=*/"",
          /*gguf_turns_neighbours=*/false,
          Read,
          Holds,
          Write,
          Unchanged,
          StoredWithPostNorms};
}

}  // namespace quant_curve
