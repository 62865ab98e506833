#include "tools/import/hugging_face_config.h"

#include <initializer_list>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "lib/artifact/status_macros.h"
#include "lib/json/json.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

constexpr uint32_t kMaxUint32 = std::numeric_limits<uint32_t>::max();
constexpr int64_t kMaxConfigBytes = int64_t{1} << 20;

absl::StatusOr<uint32_t> Size(const JsonView& config, absl::string_view key) {
  ASSIGN_OR_RETURN(const JsonView field, config.Member(key));
  ASSIGN_OR_RETURN(const uint64_t value, field.Uint(kMaxUint32));
  if (value == 0) return field.Refuse("is 0, expected at least 1");
  return static_cast<uint32_t>(value);
}

absl::StatusOr<uint32_t> SizeOr(const JsonView& config, absl::string_view key,
                                uint32_t fallback) {
  ASSIGN_OR_RETURN(const JsonView field, config.MemberOrNull(key));
  if (field.IsNull()) return fallback;
  return Size(config, key);
}

// Fields of the file that are fields of ModelConfig.
struct SizeField {
  absl::string_view key;
  void (ModelConfig::*set)(uint32_t);
};
struct FlagField {
  absl::string_view key;
  bool fallback;
  void (ModelConfig::*set)(bool);
};

absl::Status ReadSizes(const JsonView& config,
                       std::initializer_list<SizeField> fields,
                       ModelConfig& model) {
  for (const SizeField& field : fields) {
    ASSIGN_OR_RETURN(const uint32_t value, Size(config, field.key));
    (model.*field.set)(value);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> FlagOr(const JsonView& config, absl::string_view key,
                            bool fallback) {
  ASSIGN_OR_RETURN(const JsonView field, config.MemberOrNull(key));
  return field.BoolOr(fallback);
}

absl::Status ReadFlags(const JsonView& config,
                       std::initializer_list<FlagField> fields,
                       ModelConfig& model) {
  for (const FlagField& field : fields) {
    ASSIGN_OR_RETURN(const bool value,
                     FlagOr(config, field.key, field.fallback));
    (model.*field.set)(value);
  }
  return absl::OkStatus();
}

// The number must be a positive float, not only a positive double.
absl::StatusOr<float> PositiveOr(const JsonView& config, absl::string_view key,
                                 double fallback) {
  ASSIGN_OR_RETURN(const JsonView field, config.MemberOrNull(key));
  ASSIGN_OR_RETURN(const double value, field.NumberOr(fallback));
  if (value >= std::numeric_limits<float>::min() &&
      value <= std::numeric_limits<float>::max()) {
    return static_cast<float>(value);
  }
  return field.Refuse(absl::StrCat(
      "is ", value, ", expected a positive number that a float holds"));
}

// The following let a field say what is implemented, and nothing else.
absl::Status RequireAbsent(const JsonView& config, absl::string_view key) {
  ASSIGN_OR_RETURN(const JsonView field, config.MemberOrNull(key));
  return field.IsNull() ? absl::OkStatus()
                        : field.Refuse("is not supported: only null is");
}

absl::Status RequireFlag(const JsonView& config, absl::string_view key,
                         bool only) {
  ASSIGN_OR_RETURN(const bool value, FlagOr(config, key, only));
  if (value == only) return absl::OkStatus();
  return config.MemberOrNull(key)->Refuse(
      absl::StrCat("is ", value ? "true" : "false", ", only ",
                   only ? "true" : "false", " is supported"));
}

absl::Status RequireNumber(const JsonView& config, absl::string_view key,
                           double only) {
  ASSIGN_OR_RETURN(const JsonView field, config.MemberOrNull(key));
  ASSIGN_OR_RETURN(const double value, field.NumberOr(only));
  if (value == only) return absl::OkStatus();
  return field.Refuse(
      absl::StrCat("is ", value, ", only ", only, " is supported"));
}

absl::Status RequireOneOf(const JsonView& config, absl::string_view key,
                          absl::Span<const absl::string_view> supported) {
  ASSIGN_OR_RETURN(const JsonView field, config.MemberOrNull(key));
  ASSIGN_OR_RETURN(const std::string value, field.StringOr(supported[0]));
  for (const absl::string_view one : supported) {
    if (value == one) return absl::OkStatus();
  }
  return field.Refuse(absl::StrCat("is ", Excerpt(value), ", supported are ",
                                   absl::StrJoin(supported, " and ")));
}

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

absl::StatusOr<ModelConfig> ReadGpt2(const JsonView& config) {
  RETURN_IF_ERROR(RequireOneOf(config, "activation_function",
                               {"gelu_new", "gelu_pytorch_tanh"}));
  RETURN_IF_ERROR(RequireFlag(config, "scale_attn_weights", true));
  RETURN_IF_ERROR(
      RequireFlag(config, "scale_attn_by_inverse_layer_idx", false));
  RETURN_IF_ERROR(RequireFlag(config, "add_cross_attention", false));
  ModelConfig model = Gpt2Family();
  RETURN_IF_ERROR(ReadSizes(config,
                            {{"vocab_size", &ModelConfig::set_vocab_size},
                             {"n_embd", &ModelConfig::set_d_model},
                             {"n_layer", &ModelConfig::set_num_layers},
                             {"n_head", &ModelConfig::set_num_heads},
                             {"n_positions", &ModelConfig::set_context_length}},
                            model));
  // A width that overflows here is far beyond what ValidateConfig lets pass.
  ASSIGN_OR_RETURN(const uint32_t inner,
                   SizeOr(config, "n_inner", 4 * model.d_model()));
  model.set_d_ff(inner);
  ASSIGN_OR_RETURN(const float epsilon,
                   PositiveOr(config, "layer_norm_epsilon", 1e-5));
  model.set_layer_norm_epsilon(epsilon);
  RETURN_IF_ERROR(ReadFlags(
      config,
      {{"tie_word_embeddings", true, &ModelConfig::set_tied_embeddings}},
      model));
  return model;
}

// "rope_theta", or since transformers 5 that of "rope_parameters".
absl::StatusOr<float> ReadRopeTheta(const JsonView& config) {
  RETURN_IF_ERROR(RequireAbsent(config, "rope_scaling"));
  ASSIGN_OR_RETURN(const JsonView parameters,
                   config.MemberOrNull("rope_parameters"));
  if (parameters.IsNull()) return PositiveOr(config, "rope_theta", 10000);
  RETURN_IF_ERROR(RequireOneOf(parameters, "rope_type", {"default"}));
  RETURN_IF_ERROR(RequireNumber(parameters, "partial_rotary_factor", 1));
  return PositiveOr(parameters, "rope_theta", 10000);
}

absl::StatusOr<ModelConfig> ReadLlama(const JsonView& config) {
  RETURN_IF_ERROR(RequireOneOf(config, "hidden_act", {"silu", "swish"}));
  RETURN_IF_ERROR(RequireNumber(config, "pretraining_tp", 1));
  RETURN_IF_ERROR(RequireNumber(config, "partial_rotary_factor", 1));
  RETURN_IF_ERROR(RequireAbsent(config, "sliding_window"));
  ASSIGN_OR_RETURN(const float theta, ReadRopeTheta(config));
  ModelConfig model = LlamaFamily(theta);
  RETURN_IF_ERROR(
      ReadSizes(config,
                {{"vocab_size", &ModelConfig::set_vocab_size},
                 {"hidden_size", &ModelConfig::set_d_model},
                 {"num_hidden_layers", &ModelConfig::set_num_layers},
                 {"num_attention_heads", &ModelConfig::set_num_heads},
                 {"intermediate_size", &ModelConfig::set_d_ff},
                 {"max_position_embeddings", &ModelConfig::set_context_length}},
                model));
  ASSIGN_OR_RETURN(const uint32_t kv_heads,
                   SizeOr(config, "num_key_value_heads", model.num_heads()));
  model.set_num_kv_heads(kv_heads);
  ASSIGN_OR_RETURN(const uint32_t head_dim, SizeOr(config, "head_dim", 0));
  model.set_head_dim(head_dim);
  ASSIGN_OR_RETURN(const float epsilon,
                   PositiveOr(config, "rms_norm_eps", 1e-6));
  model.set_layer_norm_epsilon(epsilon);
  RETURN_IF_ERROR(ReadFlags(
      config,
      {{"attention_bias", false, &ModelConfig::set_attention_bias},
       {"mlp_bias", false, &ModelConfig::set_mlp_bias},
       {"tie_word_embeddings", false, &ModelConfig::set_tied_embeddings}},
      model));
  return model;
}

// A number, or a list of which the first counts.
absl::StatusOr<absl::optional<uint32_t>> ReadTokenId(const JsonView& config,
                                                     absl::string_view key) {
  ASSIGN_OR_RETURN(JsonView field, config.MemberOrNull(key));
  if (field.CheckArray().ok() && field.size() > 0) field = field.Element(0);
  if (field.IsNull()) return absl::optional<uint32_t>();
  ASSIGN_OR_RETURN(const uint64_t id, field.Uint(kMaxUint32));
  return absl::optional<uint32_t>(static_cast<uint32_t>(id));
}

}  // namespace

absl::StatusOr<HuggingFaceConfig> ReadHuggingFaceConfig(
    const std::string& path) {
  JsonLimits limits;
  limits.max_bytes = kMaxConfigBytes;
  ASSIGN_OR_RETURN(const Json json, ReadJsonFile(path, limits));
  const JsonView config(json, path);
  HuggingFaceConfig result;
  ASSIGN_OR_RETURN(result.family, ReadFamily(config));
  RETURN_IF_ERROR(RequireAbsent(config, "quantization_config"));
  ASSIGN_OR_RETURN(result.model, result.family == HuggingFaceFamily::kGpt2
                                     ? ReadGpt2(config)
                                     : ReadLlama(config));
  ASSIGN_OR_RETURN(result.bos_id, ReadTokenId(config, "bos_token_id"));
  ASSIGN_OR_RETURN(result.eos_id, ReadTokenId(config, "eos_token_id"));
  const absl::Status valid = ValidateConfig(result.model);
  if (!valid.ok()) return config.Refuse(valid.message());
  return result;
}

}  // namespace quant_curve
