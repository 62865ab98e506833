#include "lib/families/qwen3.h"

#include "lib/families/llama.h"
#include "lib/families/qwen2.h"

namespace quant_curve {
namespace {

ModelConfig Read(ConfigFields& fields) {
  ModelConfig model =
      ReadLlamaLike(fields, {/*num_kv_heads=*/32, /*head_dim=*/128});
  ReadAttentionBias(fields, model);
  model.set_qk_norm(true);
  IgnoreUnusedWindow(fields, model);
  return model;
}

bool Holds(const ModelConfig& config) {
  return IsLlamaLike(config) &&
         config.qkv_bias() == config.attention_output_bias() &&
         !config.mlp_bias() && config.qk_norm() && config.sliding_window() == 0;
}

Json Write(const ModelConfig& config) {
  Json json = WriteLlamaLike(config);
  json["attention_bias"] = config.qkv_bias();
  json["use_sliding_window"] = false;
  return json;
}

// Head norms are not in the metadata.
ModelConfig InLlamaCpp(ModelConfig config) {
  config.set_qk_norm(true);
  return config;
}

}  // namespace

Family Qwen3() {
  return {"Qwen3ForCausalLM",
          "qwen3",
          "qwen3",
          /*gguf_turns_neighbours=*/false,
          Read,
          Holds,
          Write,
          Unchanged,
          StoredInLlama,
          /*embedding_factor=*/nullptr,
          /*gguf_keys=*/{},
          InLlamaCpp};
}

}  // namespace quant_curve
