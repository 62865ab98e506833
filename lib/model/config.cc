#include "lib/model/config.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

constexpr uint64_t kMaxExtent = uint64_t{1} << 20;
constexpr uint64_t kMaxParameters = uint64_t{1} << 40;
constexpr uint64_t kMaxPositionsOfSmallModel = uint64_t{1} << 24;

// Refuses `value` of `field` unless `holds`.
template <typename Value>
absl::Status Require(bool holds, absl::string_view field, const Value& value,
                     absl::string_view bound) {
  if (holds) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("model config: ", field, "=", value, ": must be ", bound));
}

absl::Status CheckExtent(absl::string_view field, uint64_t value) {
  return Require(value >= 1 && value <= kMaxExtent, field, value,
                 absl::StrCat("in [1, ", kMaxExtent, "]"));
}

absl::Status CheckPositive(absl::string_view field, float value) {
  return Require(value > 0 && std::isfinite(value), field, value,
                 "positive and finite");
}

absl::Status CheckKinds(const ModelConfig& config) {
  RETURN_IF_ERROR(Require(config.normalization() == LAYER_NORM ||
                              config.normalization() == RMS_NORM,
                          "normalization", config.normalization(),
                          "LAYER_NORM or RMS_NORM"));
  RETURN_IF_ERROR(Require(
      config.positions() >= SINUSOIDAL && config.positions() <= ROTARY,
      "positions", config.positions(), "SINUSOIDAL, LEARNED or ROTARY"));
  return Require(config.mlp() >= GELU && config.mlp() <= GEGLU, "mlp",
                 config.mlp(), "GELU, SWIGLU or GEGLU");
}

// Combines all faults into one status, so that a user sees them together.
absl::Status All(std::initializer_list<absl::Status> statuses) {
  std::vector<absl::string_view> refusals;
  for (const absl::Status& status : statuses) {
    if (!status.ok()) refusals.push_back(status.message());
  }
  if (refusals.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(refusals, "; "));
}

absl::Status CheckSizes(const ModelConfig& config) {
  return All({CheckExtent("vocab_size", config.vocab_size()),
              CheckExtent("d_model", config.d_model()),
              CheckExtent("num_layers", config.num_layers()),
              CheckExtent("num_heads", config.num_heads()),
              CheckExtent("d_ff", config.d_ff()),
              CheckExtent("context_length", config.context_length())});
}

absl::Status CheckHeads(const ModelConfig& config) {
  const uint64_t heads = config.num_heads();
  if (config.head_dim() == 0) {
    RETURN_IF_ERROR(
        Require(config.d_model() % heads == 0, "num_heads", heads,
                absl::StrCat("a divisor of d_model=", config.d_model(),
                             " where head_dim is not set")));
  }
  RETURN_IF_ERROR(CheckExtent("num_heads * head_dim", QueryWidth(config)));
  return Require(heads % NumKvHeads(config) == 0, "num_kv_heads",
                 NumKvHeads(config),
                 absl::StrCat("a divisor of num_heads=", heads));
}

absl::Status CheckRopeFactor(absl::string_view field, float factor) {
  return Require(factor >= 1 && std::isfinite(factor), field, factor,
                 "at least 1 and finite");
}

absl::Status CheckLlama3Rope(const Llama3Rope& rope) {
  RETURN_IF_ERROR(CheckRopeFactor("llama3_rope.factor", rope.factor()));
  RETURN_IF_ERROR(CheckPositive("llama3_rope.low_frequency_factor",
                                rope.low_frequency_factor()));
  RETURN_IF_ERROR(
      Require(rope.high_frequency_factor() > rope.low_frequency_factor() &&
                  std::isfinite(rope.high_frequency_factor()),
              "llama3_rope.high_frequency_factor", rope.high_frequency_factor(),
              absl::StrCat("finite and more than low_frequency_factor=",
                           rope.low_frequency_factor())));
  return CheckExtent("llama3_rope.original_context", rope.original_context());
}

absl::Status CheckRopeScaling(const ModelConfig& config) {
  switch (config.rope_scaling_case()) {
    case ModelConfig::kLinearRope:
      return CheckRopeFactor("linear_rope.factor",
                             config.linear_rope().factor());
    case ModelConfig::kLlama3Rope:
      return CheckLlama3Rope(config.llama3_rope());
    case ModelConfig::ROPE_SCALING_NOT_SET:
      break;
  }
  return absl::OkStatus();
}

absl::Status CheckPositions(const ModelConfig& config) {
  if (config.positions() == SINUSOIDAL) {
    RETURN_IF_ERROR(Require(config.d_model() % 2 == 0, "d_model",
                            config.d_model(),
                            "even (sine and cosine share the positions)"));
  }
  if (config.positions() != ROTARY) {
    RETURN_IF_ERROR(
        Require(config.rope_scaling_case() == ModelConfig::ROPE_SCALING_NOT_SET,
                "rope_scaling", config.rope_scaling_case(),
                "unset unless positions are ROTARY"));
    RETURN_IF_ERROR(Require(config.no_rotation_size() == 0, "no_rotation",
                            config.no_rotation_size(),
                            "empty unless positions are ROTARY"));
    RETURN_IF_ERROR(Require(config.local_rope_theta() == 0, "local_rope_theta",
                            config.local_rope_theta(),
                            "unset unless positions are ROTARY"));
    return Require(config.rope_theta() == 0, "rope_theta", config.rope_theta(),
                   "unset unless positions are ROTARY");
  }
  if (config.local_rope_theta() != 0) {
    RETURN_IF_ERROR(Require(config.local_rope_theta() >= 1 &&
                                std::isfinite(config.local_rope_theta()),
                            "local_rope_theta", config.local_rope_theta(),
                            "at least 1 and finite"));
    RETURN_IF_ERROR(Require(config.sliding_window() > 0, "local_rope_theta",
                            config.local_rope_theta(),
                            "unset without a sliding_window"));
  }
  RETURN_IF_ERROR(CheckRopeScaling(config));
  RETURN_IF_ERROR(Require(HeadDim(config) % 2 == 0, "head_dim", HeadDim(config),
                          "even (its elements are turned in pairs)"));
  return Require(config.rope_theta() >= 1 && std::isfinite(config.rope_theta()),
                 "rope_theta", config.rope_theta(), "at least 1 and finite");
}

// A value per layer, or none.
absl::Status CheckPerLayer(const ModelConfig& config, absl::string_view field,
                           int size) {
  return Require(
      size == 0 || static_cast<uint32_t>(size) == config.num_layers(),
      absl::StrCat("values of ", field), size,
      absl::StrCat("0 or num_layers=", config.num_layers()));
}

// 0 is allowed: it means the default.
absl::Status CheckFactor(absl::string_view field, float value) {
  return value == 0 ? absl::OkStatus() : CheckPositive(field, value);
}

absl::Status CheckNorms(const ModelConfig& config) {
  const bool rms = config.normalization() == RMS_NORM;
  return All({Require(rms || !config.norm_adds_one(), "norm_adds_one", "true",
                      "false unless normalization is RMS_NORM"),
              Require(rms || !config.post_norms(), "post_norms", "true",
                      "false unless normalization is RMS_NORM"),
              Require(config.post_norms() || !config.no_pre_norms(),
                      "no_pre_norms", "true", "false without post_norms"),
              Require(config.qk_norm() || !config.qk_norm_over_heads(),
                      "qk_norm_over_heads", "true", "false without qk_norm")});
}

absl::Status CheckAttention(const ModelConfig& config) {
  return All(
      {CheckPerLayer(config, "full_attention", config.full_attention_size()),
       CheckPerLayer(config, "no_rotation", config.no_rotation_size()),
       Require(config.sliding_window() > 0 || config.full_attention_size() == 0,
               "values of full_attention", config.full_attention_size(),
               "0 without a sliding_window"),
       CheckFactor("attention_scale", config.attention_scale()),
       CheckFactor("attention_softcap", config.attention_softcap())});
}

}  // namespace

ModelConfig MiniGptFamily() {
  ModelConfig config;
  config.set_normalization(LAYER_NORM);
  config.set_positions(SINUSOIDAL);
  config.set_mlp(GELU);
  config.set_mlp_bias(true);
  config.set_tied_embeddings(true);
  return config;
}

ModelConfig Gpt2Family() {
  ModelConfig config = MiniGptFamily();
  config.set_positions(LEARNED);
  config.set_qkv_bias(true);
  config.set_attention_output_bias(true);
  config.set_embedding_multiplier(1);
  return config;
}

ModelConfig LlamaFamily(float rope_theta) {
  ModelConfig config;
  config.set_normalization(RMS_NORM);
  config.set_positions(ROTARY);
  config.set_rope_theta(rope_theta);
  config.set_mlp(SWIGLU);
  config.set_embedding_multiplier(1);
  return config;
}

absl::Status ValidateConfig(const ModelConfig& config) {
  RETURN_IF_ERROR(All({CheckKinds(config), CheckSizes(config)}));
  // These divide by sizes.
  RETURN_IF_ERROR(
      All({CheckHeads(config), CheckPositions(config),
           CheckPositive("layer_norm_epsilon", config.layer_norm_epsilon()),
           CheckPositive("embedding_multiplier", config.embedding_multiplier()),
           CheckNorms(config), CheckAttention(config),
           CheckFactor("logits_softcap", config.logits_softcap()),
           CheckFactor("residual_multiplier", config.residual_multiplier()),
           CheckFactor("logits_divisor", config.logits_divisor())}));
  const uint64_t parameters = NumParameters(config);
  if (parameters > kMaxParameters) {
    return absl::InvalidArgumentError(absl::StrCat(
        "model config: more than ", kMaxParameters, " parameters"));
  }
  // The table is computed: a file of a few bytes could ask for gigabytes.
  const uint64_t positions =
      uint64_t{config.context_length()} *
      (config.positions() == ROTARY ? HeadDim(config) : config.d_model());
  const uint64_t bound = std::max(parameters, kMaxPositionsOfSmallModel);
  return Require(positions <= bound, "context_length * width of a position",
                 positions,
                 absl::StrCat("at most ", bound, " in a model of ", parameters,
                              " parameters"));
}

uint64_t NumKvHeads(const ModelConfig& config) {
  return config.num_kv_heads() == 0 ? config.num_heads()
                                    : config.num_kv_heads();
}

uint64_t HeadDim(const ModelConfig& config) {
  return config.head_dim() == 0 ? config.d_model() / config.num_heads()
                                : config.head_dim();
}

uint64_t QueryWidth(const ModelConfig& config) {
  return config.num_heads() * HeadDim(config);
}

uint64_t KeyWidth(const ModelConfig& config) {
  return NumKvHeads(config) * HeadDim(config);
}

bool HasGate(const ModelConfig& config) {
  return config.mlp() == SWIGLU || config.mlp() == GEGLU;
}

uint64_t WindowOf(const ModelConfig& config, uint64_t layer) {
  const bool full =
      config.full_attention_size() > 0 && config.full_attention(layer);
  return full ? 0 : config.sliding_window();
}

Rotation RotationOf(const ModelConfig& config, uint64_t layer) {
  if (config.positions() != ROTARY ||
      (config.no_rotation_size() > 0 && config.no_rotation(layer))) {
    return Rotation::kNone;
  }
  const bool local =
      config.local_rope_theta() > 0 && WindowOf(config, layer) > 0;
  return local ? Rotation::kLocal : Rotation::kGlobal;
}

float AttentionScale(const ModelConfig& config) {
  if (config.attention_scale() != 0) return config.attention_scale();
  return 1.0f / std::sqrt(static_cast<float>(HeadDim(config)));
}

ModelConfig WithLocalRope(ModelConfig config) {
  config.set_rope_theta(config.local_rope_theta());
  config.clear_rope_scaling();
  return config;
}

absl::StatusOr<uint64_t> LengthWithinContext(absl::string_view flag,
                                             uint64_t asked,
                                             const ModelConfig& config,
                                             absl::string_view model_path) {
  if (asked > config.context_length()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", flag, "=", asked, ": longer than the context of ",
                     model_path, ", ", config.context_length(), " tokens"));
  }
  return asked == 0 ? std::min(config.context_length(), kDefaultSequenceTokens)
                    : asked;
}

}  // namespace quant_curve
