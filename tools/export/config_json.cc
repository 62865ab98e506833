#include "lib/artifact/status_macros.h"
#include "lib/json/json.h"
#include "lib/model/config.h"
#include "tools/export/hugging_face_json.h"
#include "tools/export/stored_model.h"

namespace quant_curve {
namespace {

Json Gpt2Config(const ModelConfig& config) {
  return {{"architectures", {"GPT2LMHeadModel"}},
          {"model_type", "gpt2"},
          {"activation_function", "gelu_new"},
          {"n_embd", config.d_model()},
          {"n_layer", config.num_layers()},
          {"n_head", config.num_heads()},
          {"n_inner", config.d_ff()},
          {"n_positions", config.context_length()},
          {"n_ctx", config.context_length()},
          {"layer_norm_epsilon", config.layer_norm_epsilon()}};
}

Json LlamaConfig(const ModelConfig& config) {
  return {{"architectures", {"LlamaForCausalLM"}},
          {"model_type", "llama"},
          {"hidden_act", "silu"},
          {"hidden_size", config.d_model()},
          {"num_hidden_layers", config.num_layers()},
          {"num_attention_heads", config.num_heads()},
          {"num_key_value_heads", NumKvHeads(config)},
          {"intermediate_size", config.d_ff()},
          {"max_position_embeddings", config.context_length()},
          {"rms_norm_eps", config.layer_norm_epsilon()},
          {"rope_theta", config.rope_theta()},
          {"rope_scaling", nullptr},
          {"attention_bias", config.attention_bias()},
          {"mlp_bias", config.mlp_bias()}};
}

}  // namespace

absl::StatusOr<std::string> ConfigJson(const ModelConfig& config,
                                       const BpeTokenizer* tokenizer) {
  ASSIGN_OR_RETURN(const ExportFamily family, FamilyOf(config));
  Json json =
      family == ExportFamily::kGpt2 ? Gpt2Config(config) : LlamaConfig(config);
  if (config.head_dim() != 0) json["head_dim"] = config.head_dim();
  json["vocab_size"] = config.vocab_size();
  json["tie_word_embeddings"] =
      config.tied_embeddings() && !FoldsMultiplier(config);
  json["torch_dtype"] = "float32";
  // Not left out: both configs would take ids of their own then.
  json["bos_token_id"] = nullptr;
  json["eos_token_id"] = nullptr;
  if (tokenizer != nullptr && tokenizer->has_bos_id()) {
    json["bos_token_id"] = tokenizer->bos_id();
  }
  if (tokenizer != nullptr && tokenizer->has_eos_id()) {
    json["eos_token_id"] = tokenizer->eos_id();
  }
  return json.dump(2) + "\n";
}

}  // namespace quant_curve
