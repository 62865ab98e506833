#include "lib/families/gemma.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "lib/artifact/bfloat16.h"
#include "lib/artifact/float16.h"
#include "lib/families/llama.h"

namespace quant_curve {
namespace {

// sqrt(hidden_size) in the dtype of the weights, which multiplies the
// embedding.
float ReadMultiplier(ConfigFields& fields, const ModelConfig& model) {
  const float root = std::sqrt(static_cast<float>(model.d_model()));
  std::string dtype = "float32";
  for (const char* key : {"torch_dtype", "dtype"}) {
    dtype =
        fields.OneOf(key, {"float32", "float16", "bfloat16"}).value_or(dtype);
  }
  if (dtype == "bfloat16") {
    return FloatFromBFloat16(BFloat16FromFloat(root));
  }
  return dtype == "float16" ? RoundToFloat16(root) : root;
}

// The fields of all three classes.
ModelConfig ReadGemma(ConfigFields& fields, uint32_t num_kv_heads,
                      float rope_theta) {
  LlamaDefaults defaults;
  defaults.num_kv_heads = num_kv_heads;
  defaults.head_dim = 256;
  defaults.rope_theta = rope_theta;
  defaults.tied_embeddings = true;
  defaults.gelu = true;
  ModelConfig model = ReadLlamaLike(fields, defaults);
  ReadAttentionBias(fields, model);
  model.set_norm_adds_one(true);
  model.set_embedding_multiplier(ReadMultiplier(fields, model));
  // Only the class's own cache for generation.
  fields.Ignore({"cache_implementation"});
  fields.RequireFlag("use_bidirectional_attention", false);
  return model;
}

ModelConfig ReadGemma1(ConfigFields& fields) {
  return ReadGemma(fields, 16, 10000);
}

// A softcap; null means none, an absent field the class's default.
float ReadSoftcap(ConfigFields& fields, absl::string_view name,
                  float by_default) {
  const bool present = fields.Has(name);
  return fields.Positive(name).value_or(present ? 0 : by_default);
}

// Without layer_types, all layers but every `pattern`-th have a window.
void ReadLayerTypes(ConfigFields& fields, uint32_t pattern,
                    ModelConfig& model) {
  const std::vector<int> types =
      fields.EachOf("layer_types", {"sliding_attention", "full_attention"});
  for (const int type : types) model.add_full_attention(type == 1);
  if (!types.empty() || model.num_layers() > kMaxListedLayers) return;
  for (uint32_t i = 0; i < model.num_layers(); ++i) {
    model.add_full_attention((i + 1) % pattern == 0);
  }
}

// The fields of Gemma 2 and 3.
void ReadAttention(ConfigFields& fields, float softcap, float logits_softcap,
                   ModelConfig& model) {
  model.set_post_norms(true);
  const float scalar = fields.Positive("query_pre_attn_scalar").value_or(256);
  model.set_attention_scale(1 / std::sqrt(scalar));
  model.set_sliding_window(fields.SizeOr("sliding_window", 4096));
  fields.RequireSame({"sliding_window_size"}, model.sliding_window(),
                     "sliding_window");
  model.set_attention_softcap(
      ReadSoftcap(fields, "attn_logit_softcapping", softcap));
  model.set_logits_softcap(
      ReadSoftcap(fields, "final_logit_softcapping", logits_softcap));
}

ModelConfig ReadGemma2(ConfigFields& fields) {
  ModelConfig model = ReadGemma(fields, 4, 10000);
  ReadAttention(fields, 50, 30, model);
  ReadLayerTypes(fields, 2, model);
  return model;
}

ModelConfig ReadGemma3(ConfigFields& fields) {
  ModelConfig model = ReadGemma(fields, 4, 1000000);
  ReadAttention(fields, 0, 0, model);
  model.set_qk_norm(true);
  const uint32_t pattern = fields.SizeOr(
      "sliding_window_pattern", fields.SizeOr("_sliding_window_pattern", 6));
  fields.RequireSame({"_sliding_window_pattern"}, pattern,
                     "sliding_window_pattern");
  ReadLayerTypes(fields, pattern, model);
  model.set_local_rope_theta(
      fields.Positive("rope_local_base_freq").value_or(10000));
  return model;
}

// query_pre_attn_scalar, which transformers takes as an integer.
double QueryScalar(const ModelConfig& config) {
  const double scale = config.attention_scale();
  return std::nearbyint(1 / (scale * scale));
}

bool HoldsGemma(const ModelConfig& config) {
  return config.normalization() == RMS_NORM && config.positions() == ROTARY &&
         config.mlp() == GEGLU && config.norm_adds_one() &&
         config.qkv_bias() == config.attention_output_bias() &&
         !config.mlp_bias() && !config.no_pre_norms() &&
         !config.qk_norm_over_heads() && config.no_rotation_size() == 0 &&
         config.residual_multiplier() == 0 && config.logits_divisor() == 0;
}

bool HoldsGemma1(const ModelConfig& config) {
  ModelConfig rest = config;
  rest.clear_norm_adds_one();
  return HoldsGemma(config) && IsPlain(rest) && !config.qk_norm() &&
         config.sliding_window() == 0;
}

bool HoldsAttention(const ModelConfig& config) {
  return HoldsGemma(config) && config.post_norms() &&
         config.full_attention_size() > 0 && config.attention_scale() > 0 &&
         static_cast<float>(
             1 / std::sqrt(static_cast<float>(QueryScalar(config)))) ==
             config.attention_scale();
}

bool HoldsGemma2(const ModelConfig& config) {
  return HoldsAttention(config) && !config.qk_norm() &&
         config.local_rope_theta() == 0;
}

bool HoldsGemma3(const ModelConfig& config) {
  return HoldsAttention(config) && config.qk_norm() &&
         config.local_rope_theta() > 0;
}

Json WriteGemma(const ModelConfig& config) {
  Json json = WriteLlamaLike(config);
  json["hidden_activation"] = "gelu_pytorch_tanh";
  json["attention_bias"] = config.qkv_bias();
  // Without the field the classes of transformers take 256.
  if (config.head_dim() == 0) {
    json["head_dim"] = config.d_model() / config.num_heads();
  }
  return json;
}

Json SoftcapJson(float cap) { return cap == 0 ? Json() : Json(cap); }

Json WriteGemma2(const ModelConfig& config) {
  Json json = WriteGemma(config);
  json["query_pre_attn_scalar"] = static_cast<int64_t>(QueryScalar(config));
  json["sliding_window"] = config.sliding_window();
  json["attn_logit_softcapping"] = SoftcapJson(config.attention_softcap());
  json["final_logit_softcapping"] = SoftcapJson(config.logits_softcap());
  Json types = Json::array();
  for (const bool full : config.full_attention()) {
    types.push_back(full ? "full_attention" : "sliding_attention");
  }
  json["layer_types"] = types;
  return json;
}

Json WriteGemma3(const ModelConfig& config) {
  Json json = WriteGemma2(config);
  json["rope_local_base_freq"] = config.local_rope_theta();
  return json;
}

StoredTensor StoredInGemma2(absl::string_view name) {
  return StoredWithPostNorms(
      absl::StrReplaceAll(name, {{".ln_2.", ".pre_feedforward_layernorm."}}));
}

float EmbeddingFactor(const ModelConfig& config) {
  return std::sqrt(static_cast<float>(config.d_model()));
}

}  // namespace

Family Gemma() {
  return {"GemmaForCausalLM",
          "gemma",
          /*gguf=*/"",
          /*gguf_turns_neighbours=*/false,
          ReadGemma1,
          HoldsGemma1,
          WriteGemma,
          Unchanged,
          StoredInLlama,
          EmbeddingFactor};
}

Family Gemma2() {
  return {"Gemma2ForCausalLM",
          "gemma2",
          /*gguf=*/"",
          /*gguf_turns_neighbours=*/false,
          ReadGemma2,
          HoldsGemma2,
          WriteGemma2,
          Unchanged,
          StoredInGemma2,
          EmbeddingFactor};
}

Family Gemma3() {
  return {"Gemma3ForCausalLM",
          "gemma3_text",
          /*gguf=*/"",
          /*gguf_turns_neighbours=*/false,
          ReadGemma3,
          HoldsGemma3,
          WriteGemma3,
          Unchanged,
          StoredInGemma2,
          EmbeddingFactor};
}

}  // namespace quant_curve
