#include "lib/families/qwen2.h"

#include "lib/families/llama.h"

namespace quant_curve {
namespace {

ModelConfig Read(ConfigFields& fields) {
  ModelConfig model = ReadLlamaLike(fields, {/*num_kv_heads=*/32});
  // The class has these, no field says so.
  model.set_qkv_bias(true);
  IgnoreUnusedWindow(fields, model);
  return model;
}

bool Holds(const ModelConfig& config) {
  return IsLlamaLike(config) && config.qkv_bias() &&
         !config.attention_output_bias() && !config.mlp_bias() &&
         !config.qk_norm() && config.sliding_window() == 0;
}

Json Write(const ModelConfig& config) {
  Json json = WriteLlamaLike(config);
  json["use_sliding_window"] = false;
  return json;
}

}  // namespace

void IgnoreUnusedWindow(ConfigFields& fields, const ModelConfig& model) {
  const uint32_t first_with_window = fields.SizeOr("max_window_layers", 28);
  if (first_with_window < model.num_layers()) {
    fields.RequireFlag("use_sliding_window", false);
  } else {
    fields.Ignore({"use_sliding_window"});
  }
  fields.Ignore({"sliding_window"});
}

Family Qwen2() {
  return {"Qwen2ForCausalLM",
          "qwen2",
          "qwen2",
          /*gguf_turns_neighbours=*/false,
          Read,
          Holds,
          Write,
          Unchanged,
          StoredInLlama};
}

}  // namespace quant_curve
