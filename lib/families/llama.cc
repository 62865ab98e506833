#include "lib/families/llama.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "lib/families/rope.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

ModelConfig Read(ConfigFields& fields) {
  ModelConfig model = ReadLlamaLike(fields, {});
  ReadAttentionBias(fields, model);
  model.set_mlp_bias(fields.FlagOr("mlp_bias", false));
  // The class has no window, whatever a config copied from Mistral says. How
  // products were cut over GPUs in training changes no value.
  fields.Ignore({"sliding_window", "pretraining_tp"});
  return model;
}

bool Holds(const ModelConfig& config) {
  return IsLlamaLike(config) &&
         config.qkv_bias() == config.attention_output_bias() &&
         !config.qk_norm() && config.sliding_window() == 0;
}

Json Write(const ModelConfig& config) {
  Json json = WriteLlamaLike(config);
  json["attention_bias"] = config.qkv_bias();
  json["mlp_bias"] = config.mlp_bias();
  return json;
}

}  // namespace

ModelConfig ReadLlamaLike(ConfigFields& fields, const LlamaDefaults& defaults) {
  ModelConfig model = LlamaFamily(0);
  for (const char* key : {"hidden_act", "hidden_activation"}) {
    // Where Gemma's config says "gelu", transformers computes the tanh form,
    // with a warning.
    defaults.gelu ? fields.RequireOneOf(key, {"gelu_pytorch_tanh", "gelu"})
                  : fields.RequireOneOf(key, {"silu", "swish"});
  }
  if (defaults.gelu) model.set_mlp(GEGLU);
  ReadRope(fields, defaults.rope_theta, model);
  model.set_vocab_size(fields.Size("vocab_size"));
  model.set_d_model(fields.Size("hidden_size"));
  model.set_num_layers(fields.Size("num_hidden_layers"));
  model.set_num_heads(fields.Size("num_attention_heads"));
  model.set_d_ff(fields.Size("intermediate_size"));
  model.set_context_length(fields.Size("max_position_embeddings"));
  const uint32_t kv_heads =
      defaults.num_kv_heads == 0 ? model.num_heads() : defaults.num_kv_heads;
  model.set_num_kv_heads(fields.SizeOr("num_key_value_heads", kv_heads));
  model.set_head_dim(fields.SizeOr("head_dim", defaults.head_dim));
  const float epsilon =
      fields.Positive("rms_norm_eps").value_or(defaults.epsilon);
  model.set_layer_norm_epsilon(epsilon);
  model.set_tied_embeddings(
      fields.FlagOr("tie_word_embeddings", defaults.tied_embeddings));
  fields.RequireSame({"n_ctx", "n_positions", "max_sequence_length",
                      "seq_length", "model_max_length"},
                     model.context_length(), "max_position_embeddings");
  fields.RequireSame({"n_embd", "n_embed", "d_model"}, model.d_model(),
                     "hidden_size");
  fields.RequireSame({"n_layer", "n_layers", "num_layers"}, model.num_layers(),
                     "num_hidden_layers");
  fields.RequireSame({"n_head", "n_heads"}, model.num_heads(),
                     "num_attention_heads");
  fields.RequireSame({"n_inner"}, model.d_ff(), "intermediate_size");
  fields.RequireSame({"layer_norm_eps", "layer_norm_epsilon", "norm_eps"},
                     epsilon, "rms_norm_eps");
  return model;
}

void ReadAttentionBias(ConfigFields& fields, ModelConfig& model) {
  const bool bias = fields.FlagOr("attention_bias", false);
  model.set_qkv_bias(bias);
  model.set_attention_output_bias(bias);
}

bool IsPlain(const ModelConfig& config) {
  return !config.norm_adds_one() && !config.post_norms() &&
         !config.no_pre_norms() && !config.qk_norm_over_heads() &&
         config.attention_scale() == 0 && config.attention_softcap() == 0 &&
         config.logits_softcap() == 0 && config.full_attention_size() == 0 &&
         config.no_rotation_size() == 0 && config.local_rope_theta() == 0 &&
         config.residual_multiplier() == 0 && config.logits_divisor() == 0;
}

bool IsLlamaLike(const ModelConfig& config) {
  return IsPlain(config) && config.normalization() == RMS_NORM &&
         config.positions() == ROTARY && config.mlp() == SWIGLU;
}

Json WriteLlamaLike(const ModelConfig& config) {
  Json json = {
      {"hidden_act", config.mlp() == GEGLU ? "gelu_pytorch_tanh" : "silu"},
      {"hidden_size", config.d_model()},
      {"num_hidden_layers", config.num_layers()},
      {"num_attention_heads", config.num_heads()},
      {"num_key_value_heads", NumKvHeads(config)},
      {"intermediate_size", config.d_ff()},
      {"max_position_embeddings", config.context_length()},
      {"rms_norm_eps", config.layer_norm_epsilon()},
      {"rope_theta", config.rope_theta()},
      {"rope_scaling", RopeScalingJson(config)}};
  if (config.head_dim() != 0) json["head_dim"] = config.head_dim();
  return json;
}

StoredTensor StoredInLlama(absl::string_view name) {
  if (name == "lm_head.weight") return {std::string(name)};
  if (name == "wte.weight") return {"model.embed_tokens.weight"};
  if (name == "ln_f.weight") return {"model.norm.weight"};
  absl::ConsumePrefix(&name, "h.");
  return {absl::StrCat(
      "model.layers.",
      absl::StrReplaceAll(name, {{".ln_1.", ".input_layernorm."},
                                 {".ln_2.", ".post_attention_layernorm."},
                                 {".attn.", ".self_attn."}}))};
}

StoredTensor StoredWithPostNorms(absl::string_view name) {
  return StoredInLlama(absl::StrReplaceAll(
      name, {{".attn.post_norm.", ".post_attention_layernorm."},
             {".mlp.post_norm.", ".post_feedforward_layernorm."}}));
}

ModelConfig Unchanged(ModelConfig config) { return config; }

Family Llama() {
  return {"LlamaForCausalLM",
          "llama",
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
