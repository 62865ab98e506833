#include "lib/families/granite.h"

#include "lib/families/llama.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

ModelConfig Read(ConfigFields& fields) {
  ModelConfig model = ReadLlamaLike(fields, {});
  ReadAttentionBias(fields, model);
  model.set_mlp_bias(fields.FlagOr("mlp_bias", false));
  const auto factor = [&fields](absl::string_view name) {
    return fields.Positive(name).value_or(1);
  };
  model.set_embedding_multiplier(factor("embedding_multiplier"));
  // Instead of 1 / sqrt(head_dim), also where the field is absent.
  model.set_attention_scale(factor("attention_multiplier"));
  model.set_residual_multiplier(factor("residual_multiplier"));
  model.set_logits_divisor(factor("logits_scaling"));
  return model;
}

bool Holds(const ModelConfig& config) {
  ModelConfig rest = config;
  rest.clear_attention_scale();
  rest.clear_residual_multiplier();
  rest.clear_logits_divisor();
  return config.attention_scale() > 0 && IsLlamaLike(rest) &&
         config.qkv_bias() == config.attention_output_bias() &&
         !config.qk_norm() && config.sliding_window() == 0;
}

float OneIfUnset(float factor) { return factor == 0 ? 1 : factor; }

Json Write(const ModelConfig& config) {
  Json json = WriteLlamaLike(config);
  json["attention_bias"] = config.qkv_bias();
  json["mlp_bias"] = config.mlp_bias();
  json["embedding_multiplier"] = config.embedding_multiplier();
  json["attention_multiplier"] = config.attention_scale();
  json["residual_multiplier"] = OneIfUnset(config.residual_multiplier());
  json["logits_scaling"] = OneIfUnset(config.logits_divisor());
  return json;
}

float EmbeddingFactor(const ModelConfig& config) {
  return config.embedding_multiplier();
}

// llama.cpp divides by the root of head_dim where no scale is given.
ModelConfig InLlamaCpp(ModelConfig config) {
  config.set_attention_scale(AttentionScale(config));
  config.set_embedding_multiplier(OneIfUnset(config.embedding_multiplier()));
  config.set_logits_divisor(OneIfUnset(config.logits_divisor()));
  return config;
}

}  // namespace

Family Granite() {
  return {"GraniteForCausalLM",
          "granite",
          "granite",
          /*gguf_turns_neighbours=*/true,
          Read,
          Holds,
          Write,
          Unchanged,
          StoredInLlama,
          EmbeddingFactor,
          {{"attention.scale", ModelConfig::kAttentionScaleFieldNumber},
           {"embedding_scale", ModelConfig::kEmbeddingMultiplierFieldNumber},
           {"residual_scale", ModelConfig::kResidualMultiplierFieldNumber},
           {"logit_scale", ModelConfig::kLogitsDivisorFieldNumber}},
          InLlamaCpp,
          /*gguf_rope_factors=*/true};
}

}  // namespace quant_curve
