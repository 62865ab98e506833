#include "tools/import/hugging_face_config.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/json/json.h"
#include "lib/model/config.h"
#include "tools/import/config_fields.h"
#include "tools/import/config_keys.h"

namespace quant_curve {
namespace {

constexpr int64_t kMaxConfigBytes = int64_t{1} << 20;

absl::StatusOr<HuggingFaceFamily> ReadFamily(const JsonView& config) {
  ASSIGN_OR_RETURN(JsonView field, config.Member("architectures"));
  RETURN_IF_ERROR(field.CheckArray());
  if (field.size() != 1) {
    return field.Refuse(
        absl::StrCat("names ", field.size(), " architectures, expected one"));
  }
  field = field.Element(0);
  ASSIGN_OR_RETURN(const std::string name, field.String());
  if (name == "GPT2LMHeadModel") return HuggingFaceFamily::kGpt2;
  if (name == "LlamaForCausalLM") return HuggingFaceFamily::kLlama;
  return field.Refuse(
      absl::StrCat("is ", Excerpt(name),
                   ", supported are GPT2LMHeadModel and LlamaForCausalLM"));
}

// transformers' GPT2Config takes the second names of its sizes, too.
ModelConfig ReadGpt2Sizes(ConfigFields& fields) {
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

ModelConfig ReadGpt2(ConfigFields& fields) {
  fields.RequireOneOf("model_type", {"gpt2"});
  fields.RequireOneOf("activation_function", {"gelu_new", "gelu_pytorch_tanh"});
  fields.RequireOneOf("hidden_act", {"gelu_new", "gelu_pytorch_tanh"});
  fields.RequireFlag("scale_attn_weights", true);
  fields.RequireFlag("scale_attn_by_inverse_layer_idx", false);
  ModelConfig model = ReadGpt2Sizes(fields);
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

// The same blocks are called rope_scaling before transformers 5 and
// rope_parameters since; "type" is the name of "rope_type" before 4.45.
void CheckRope(ConfigFields& rope) {
  rope.RequireOneOf("rope_type", {"default"});
  rope.RequireOneOf("type", {"default"});
  rope.RequireNumber("partial_rotary_factor", 1);
  rope.RequireNumber("factor", 1);
}

// Keeps the base that `fields` says, and refuses one that differs from another
// place's.
struct RopeBase {
  absl::optional<float> value;
  absl::string_view where;

  void Add(ConfigFields& fields, absl::string_view key,
           absl::string_view place) {
    const absl::optional<float> said = fields.Positive(key);
    if (!said.has_value()) return;
    if (!value.has_value()) {
      value = said;
      where = place;
    } else if (*value != *said) {
      fields.Refuse(absl::InvalidArgumentError(
          absl::StrCat(place, " is ", *said, ", but ", where, " is ", *value,
                       ": they must agree")));
    }
  }
};

float ReadRopeTheta(ConfigFields& fields) {
  RopeBase base;
  base.Add(fields, "rope_theta", "rope_theta");
  for (const auto& [key, theta] :
       {std::make_pair("rope_parameters", "rope_parameters.rope_theta"),
        std::make_pair("rope_scaling", "rope_scaling.rope_theta")}) {
    absl::optional<ConfigFields> rope = fields.Object(key);
    if (!rope.has_value()) continue;
    CheckRope(*rope);
    base.Add(*rope, "rope_theta", theta);
    fields.Take(*rope);
  }
  return base.value.value_or(10000);
}

ModelConfig ReadLlamaSizes(ConfigFields& fields) {
  ModelConfig model = LlamaFamily(ReadRopeTheta(fields));
  model.set_vocab_size(fields.Size("vocab_size"));
  model.set_d_model(fields.Size("hidden_size"));
  model.set_num_layers(fields.Size("num_hidden_layers"));
  model.set_num_heads(fields.Size("num_attention_heads"));
  model.set_d_ff(fields.Size("intermediate_size"));
  model.set_context_length(fields.Size("max_position_embeddings"));
  model.set_num_kv_heads(
      fields.SizeOr("num_key_value_heads", model.num_heads()));
  model.set_head_dim(fields.SizeOr("head_dim", 0));
  return model;
}

ModelConfig ReadLlama(ConfigFields& fields) {
  fields.RequireOneOf("model_type", {"llama"});
  fields.RequireOneOf("hidden_act", {"silu", "swish"});
  fields.RequireOneOf("hidden_activation", {"silu", "swish"});
  fields.RequireNumber("pretraining_tp", 1);
  ModelConfig model = ReadLlamaSizes(fields);
  const float epsilon = fields.Positive("rms_norm_eps").value_or(1e-6f);
  model.set_layer_norm_epsilon(epsilon);
  model.set_attention_bias(fields.FlagOr("attention_bias", false));
  model.set_mlp_bias(fields.FlagOr("mlp_bias", false));
  model.set_tied_embeddings(fields.FlagOr("tie_word_embeddings", false));
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

}  // namespace

absl::StatusOr<HuggingFaceConfig> ReadHuggingFaceConfig(
    const std::string& path) {
  JsonLimits limits;
  limits.max_bytes = kMaxConfigBytes;
  ASSIGN_OR_RETURN(const Json json, ReadJsonFile(path, limits));
  const JsonView config(json, path);
  HuggingFaceConfig result;
  // What other keys mean depends on it.
  ASSIGN_OR_RETURN(result.family, ReadFamily(config));
  ConfigFields fields(config);
  fields.Ignore({"architectures"});
  result.model = result.family == HuggingFaceFamily::kGpt2 ? ReadGpt2(fields)
                                                           : ReadLlama(fields);
  result.bos_ids = fields.TokenIds("bos_token_id");
  result.eos_ids = fields.TokenIds("eos_token_id");
  CheckOtherKeys(fields);
  // With a size that is made up, it would complain of that.
  if (fields.has_sizes()) fields.Refuse(ValidateConfig(result.model));
  RETURN_IF_ERROR(fields.Finish());
  return result;
}

}  // namespace quant_curve
