#include "lib/families/mistral.h"

#include "lib/families/llama.h"

namespace quant_curve {
namespace {

ModelConfig Read(ConfigFields& fields) {
  ModelConfig model = ReadLlamaLike(fields, {/*num_kv_heads=*/8});
  // Null means no window; where the key is absent it is 4096.
  const uint32_t window =
      fields.SizeOr("sliding_window", fields.Has("sliding_window") ? 0 : 4096);
  // One that is as long as the context hides nothing.
  if (window < model.context_length()) model.set_sliding_window(window);
  return model;
}

bool Holds(const ModelConfig& config) {
  return IsLlamaLike(config) && !config.qkv_bias() &&
         !config.attention_output_bias() && !config.mlp_bias() &&
         !config.qk_norm() && config.sliding_window() > 0;
}

Json Write(const ModelConfig& config) {
  Json json = WriteLlamaLike(config);
  json["sliding_window"] = config.sliding_window();
  return json;
}

}  // namespace

Family Mistral() {
  return {"MistralForCausalLM",
          "mistral",
          "llama",
          /*gguf_turns_neighbours=*/true,
          Read,
          Holds,
          Write,
          Unchanged,
          StoredInLlama,
          /*embedding_factor=*/nullptr,
          /*gguf_keys=*/{},
          /*in_llama_cpp=*/nullptr,
          /*gguf_rope_factors=*/true};
}

}  // namespace quant_curve
