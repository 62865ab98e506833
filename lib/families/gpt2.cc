#include "lib/families/gpt2.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "lib/families/llama.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

// transformers' GPT2Config also takes the second names of its sizes.
ModelConfig ReadSizes(ConfigFields& fields) {
  ModelConfig model = Gpt2Family();
  model.set_vocab_size(fields.Size("vocab_size"));
  model.set_d_model(fields.Size({"n_embd", "hidden_size"}));
  model.set_num_layers(fields.Size({"n_layer", "num_hidden_layers"}));
  model.set_num_heads(fields.Size({"n_head", "num_attention_heads"}));
  model.set_context_length(
      fields.Size({"n_positions", "max_position_embeddings"}));
  // A width that overflows here is far beyond what ValidateConfig lets pass.
  model.set_d_ff(fields.SizeOr("n_inner", 4 * model.d_model()));
  return model;
}

ModelConfig Read(ConfigFields& fields) {
  fields.RequireOneOf("activation_function", {"gelu_new", "gelu_pytorch_tanh"});
  fields.RequireOneOf("hidden_act", {"gelu_new", "gelu_pytorch_tanh"});
  fields.RequireFlag("scale_attn_weights", true);
  fields.RequireFlag("scale_attn_by_inverse_layer_idx", false);
  ModelConfig model = ReadSizes(fields);
  const float epsilon = fields.Positive("layer_norm_epsilon").value_or(1e-5f);
  model.set_layer_norm_epsilon(epsilon);
  model.set_tied_embeddings(fields.FlagOr("tie_word_embeddings", true));
  fields.RequireSame({"n_ctx", "max_sequence_length", "seq_length"},
                     model.context_length(), "n_positions");
  fields.RequireSame({"intermediate_size"}, model.d_ff(), "n_inner");
  fields.RequireSame({"layer_norm_eps", "norm_epsilon"}, epsilon,
                     "layer_norm_epsilon");
  fields.RequireSame({"head_dim"}, model.d_model() / model.num_heads(),
                     "n_embd / n_head");
  return model;
}

bool Holds(const ModelConfig& config) {
  return IsPlain(config) && config.normalization() == LAYER_NORM &&
         config.positions() != ROTARY && config.mlp() == GELU &&
         QueryWidth(config) == config.d_model() &&
         KeyWidth(config) == config.d_model() && !config.qk_norm() &&
         config.sliding_window() == 0;
}

Json Write(const ModelConfig& config) {
  return {{"activation_function", "gelu_new"},
          {"n_embd", config.d_model()},
          {"n_layer", config.num_layers()},
          {"n_head", config.num_heads()},
          {"n_inner", config.d_ff()},
          {"n_positions", config.context_length()},
          {"n_ctx", config.context_length()},
          {"layer_norm_epsilon", config.layer_norm_epsilon()}};
}

ModelConfig Exported(ModelConfig config) {
  config.set_positions(LEARNED);
  config.set_qkv_bias(true);
  config.set_attention_output_bias(true);
  config.set_mlp_bias(true);
  return config;
}

StoredTensor Stored(absl::string_view name) {
  if (name == "lm_head.weight") return {std::string(name)};
  StoredTensor stored;
  stored.conv1d =
      absl::StrContains(name, ".attn.") || absl::StrContains(name, ".mlp.");
  constexpr absl::string_view kFused[] = {".q_proj.", ".k_proj.", ".v_proj."};
  for (uint64_t part = 0; part < 3; ++part) {
    if (absl::StrContains(name, kFused[part])) {
      stored.part = part;
      stored.parts = 3;
    }
  }
  stored.name = absl::StrCat(
      "transformer.", absl::StrReplaceAll(name, {{".q_proj.", ".c_attn."},
                                                 {".k_proj.", ".c_attn."},
                                                 {".v_proj.", ".c_attn."},
                                                 {".o_proj.", ".c_proj."},
                                                 {".fc1.", ".c_fc."},
                                                 {".fc2.", ".c_proj."}}));
  return stored;
}

}  // namespace

Family Gpt2() {
  return {"GPT2LMHeadModel",
          "gpt2",
          "gpt2",
          /*gguf_turns_neighbours=*/false,
          Read,
          Holds,
          Write,
          Exported,
          Stored};
}

}  // namespace quant_curve
