#include "lib/families/gemma.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "lib/artifact/bfloat16.h"
#include "lib/artifact/float16.h"
#include "lib/families/gguf.h"
#include "lib/families/llama.h"
#include "lib/model/config.h"

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

// Without layer_types, all layers but every so many-th have a window.
constexpr uint32_t kGemma2Period = 2;
constexpr uint32_t kGemma3Period = 6;

constexpr float kGemma2AttentionSoftcap = 50;
constexpr float kGemma2LogitsSoftcap = 30;
constexpr uint32_t kWindow = 4096;
constexpr float kLocalRopeTheta = 10000;

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

void ReadLayerTypes(ConfigFields& fields, uint32_t period, ModelConfig& model) {
  const std::vector<int> types =
      fields.EachOf("layer_types", {"sliding_attention", "full_attention"});
  for (const int type : types) model.add_full_attention(type == 1);
  if (types.empty()) SetFullAttentionPeriod(period, model);
}

// The fields of Gemma 2 and 3.
void ReadAttention(ConfigFields& fields, float softcap, float logits_softcap,
                   ModelConfig& model) {
  model.set_post_norms(true);
  const float scalar = fields.Positive("query_pre_attn_scalar").value_or(256);
  model.set_attention_scale(1 / std::sqrt(scalar));
  model.set_sliding_window(fields.SizeOr("sliding_window", kWindow));
  fields.RequireSame({"sliding_window_size"}, model.sliding_window(),
                     "sliding_window");
  model.set_attention_softcap(
      ReadSoftcap(fields, "attn_logit_softcapping", softcap));
  model.set_logits_softcap(
      ReadSoftcap(fields, "final_logit_softcapping", logits_softcap));
}

ModelConfig ReadGemma2(ConfigFields& fields) {
  ModelConfig model = ReadGemma(fields, 4, 10000);
  ReadAttention(fields, kGemma2AttentionSoftcap, kGemma2LogitsSoftcap, model);
  ReadLayerTypes(fields, kGemma2Period, model);
  return model;
}

ModelConfig ReadGemma3(ConfigFields& fields) {
  ModelConfig model = ReadGemma(fields, 4, 1000000);
  ReadAttention(fields, 0, 0, model);
  model.set_qk_norm(true);
  const uint32_t pattern =
      fields.SizeOr("sliding_window_pattern",
                    fields.SizeOr("_sliding_window_pattern", kGemma3Period));
  fields.RequireSame({"_sliding_window_pattern"}, pattern,
                     "sliding_window_pattern");
  ReadLayerTypes(fields, pattern, model);
  model.set_local_rope_theta(
      fields.Positive("rope_local_base_freq").value_or(kLocalRopeTheta));
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

template <typename Number>
Number OrDefault(Number value, Number by_default) {
  return value == 0 ? by_default : value;
}

// llama.cpp multiplies by the root in float32, has no biases, and takes the
// token embedding for the head.
ModelConfig InLlamaCpp1(ModelConfig config) {
  config.set_mlp(GEGLU);
  config.set_norm_adds_one(true);
  config.set_embedding_multiplier(EmbeddingFactor(config));
  config.set_tied_embeddings(true);
  config.clear_qkv_bias();
  config.clear_attention_output_bias();
  config.clear_mlp_bias();
  return config;
}

// The scale is not in the metadata. llama.cpp takes that of the head, or, in a
// model of `wide_layers` layers, which is the one of 27B parameters, that of
// d_model / num_heads.
ModelConfig WithScaleAndPeriod(ModelConfig config, uint32_t wide_layers,
                               uint32_t period) {
  uint64_t scalar = HeadDim(config);
  if (config.num_layers() == wide_layers) {
    scalar = config.d_model() / config.num_heads();
  }
  config.set_attention_scale(1 / std::sqrt(static_cast<float>(scalar)));
  config.set_post_norms(true);
  // It refuses a model without any window.
  if (config.full_attention_size() > 0 && FullAttentionPeriod(config) > 1) {
    period = FullAttentionPeriod(config);
  }
  SetFullAttentionPeriod(period, config);
  return config;
}

ModelConfig InLlamaCpp2(ModelConfig config) {
  config = WithScaleAndPeriod(InLlamaCpp1(config), 46, kGemma2Period);
  config.set_sliding_window(OrDefault(config.sliding_window(), kWindow));
  config.set_attention_softcap(
      OrDefault(config.attention_softcap(), kGemma2AttentionSoftcap));
  config.set_logits_softcap(
      OrDefault(config.logits_softcap(), kGemma2LogitsSoftcap));
  return config;
}

ModelConfig InLlamaCpp3(ModelConfig config) {
  const bool tied = config.tied_embeddings();
  config = WithScaleAndPeriod(InLlamaCpp1(config), 62, kGemma3Period);
  config.set_tied_embeddings(tied);
  config.set_qk_norm(true);
  config.clear_attention_softcap();
  config.set_local_rope_theta(
      OrDefault(config.local_rope_theta(), kLocalRopeTheta));
  return config;
}

}  // namespace

Family Gemma() {
  return {"GemmaForCausalLM",
          "gemma",
          "gemma",
          /*gguf_turns_neighbours=*/false,
          ReadGemma1,
          HoldsGemma1,
          WriteGemma,
          Unchanged,
          StoredInLlama,
          EmbeddingFactor,
          /*gguf_keys=*/{},
          InLlamaCpp1};
}

Family Gemma2() {
  return {
      "Gemma2ForCausalLM",
      "gemma2",
      "gemma2",
      /*gguf_turns_neighbours=*/false,
      ReadGemma2,
      HoldsGemma2,
      WriteGemma2,
      Unchanged,
      StoredInGemma2,
      EmbeddingFactor,
      {{"attention.sliding_window", ModelConfig::kSlidingWindowFieldNumber},
       {"attention.sliding_window_pattern",
        ModelConfig::kFullAttentionFieldNumber},
       {"attn_logit_softcapping", ModelConfig::kAttentionSoftcapFieldNumber},
       {"final_logit_softcapping", ModelConfig::kLogitsSoftcapFieldNumber}},
      InLlamaCpp2};
}

Family Gemma3() {
  return {"Gemma3ForCausalLM",
          "gemma3_text",
          "gemma3",
          /*gguf_turns_neighbours=*/false,
          ReadGemma3,
          HoldsGemma3,
          WriteGemma3,
          Unchanged,
          StoredInGemma2,
          EmbeddingFactor,
          {{"attention.sliding_window", ModelConfig::kSlidingWindowFieldNumber},
           {"attention.sliding_window_pattern",
            ModelConfig::kFullAttentionFieldNumber},
           {"rope.freq_base_swa", ModelConfig::kLocalRopeThetaFieldNumber},
           {"final_logit_softcapping", ModelConfig::kLogitsSoftcapFieldNumber}},
          InLlamaCpp3};
}

}  // namespace quant_curve
