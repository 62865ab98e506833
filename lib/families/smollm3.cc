#include "lib/families/smollm3.h"

#include <vector>

#include "lib/families/llama.h"

namespace quant_curve {
namespace {

constexpr uint32_t kInterval = 4;

// All layers but every `interval`-th.
std::vector<bool> TurnedBut(uint32_t interval, uint32_t num_layers) {
  std::vector<bool> turned;
  if (num_layers > kMaxListedLayers) return turned;
  for (uint32_t i = 0; i < num_layers; ++i) {
    turned.push_back((i + 1) % interval != 0);
  }
  return turned;
}

void SetTurned(const std::vector<bool>& turned, ModelConfig& model) {
  model.clear_no_rotation();
  for (const bool layer : turned) model.add_no_rotation(!layer);
}

// Of the layers: whether they turn queries and keys. Without the list, all but
// every no_rope_layer_interval-th do.
std::vector<bool> ReadTurned(ConfigFields& fields, uint32_t num_layers) {
  std::vector<bool> turned = fields.Bits("no_rope_layers");
  const uint32_t interval = fields.SizeOr("no_rope_layer_interval", kInterval);
  return turned.empty() ? TurnedBut(interval, num_layers) : turned;
}

ModelConfig Read(ConfigFields& fields) {
  LlamaDefaults defaults;
  defaults.num_kv_heads = 4;
  defaults.rope_theta = 2000000;
  defaults.tied_embeddings = true;
  ModelConfig model = ReadLlamaLike(fields, defaults);
  ReadAttentionBias(fields, model);
  model.set_mlp_bias(fields.FlagOr("mlp_bias", false));
  SetTurned(ReadTurned(fields, model.num_layers()), model);
  // The window counts only with use_sliding_window, which must be false. How
  // products were cut over GPUs in training changes no value.
  fields.Ignore({"sliding_window", "pretraining_tp"});
  return model;
}

bool Holds(const ModelConfig& config) {
  ModelConfig rest = config;
  rest.clear_no_rotation();
  return config.no_rotation_size() > 0 && IsLlamaLike(rest) &&
         config.qkv_bias() == config.attention_output_bias() &&
         !config.qk_norm() && config.sliding_window() == 0;
}

Json Write(const ModelConfig& config) {
  Json json = WriteLlamaLike(config);
  json["attention_bias"] = config.qkv_bias();
  json["mlp_bias"] = config.mlp_bias();
  json["use_sliding_window"] = false;
  Json turned = Json::array();
  for (const bool no_rotation : config.no_rotation()) {
    turned.push_back(no_rotation ? 0 : 1);
  }
  json["no_rope_layers"] = turned;
  return json;
}

// llama.cpp always leaves every fourth layer unturned, and has no biases here.
ModelConfig InLlamaCpp(ModelConfig config) {
  SetTurned(TurnedBut(kInterval, config.num_layers()), config);
  config.clear_qkv_bias();
  config.clear_attention_output_bias();
  config.clear_mlp_bias();
  return config;
}

}  // namespace

Family SmolLm3() {
  return {"SmolLM3ForCausalLM",
          "smollm3",
          "smollm3",
          /*gguf_turns_neighbours=*/true,
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
