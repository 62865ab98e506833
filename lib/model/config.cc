#include "lib/model/config.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

constexpr uint64_t kMaxExtent = uint64_t{1} << 20;
constexpr uint64_t kMaxParameters = uint64_t{1} << 31;

absl::Status CheckExtent(absl::string_view field, uint64_t value) {
  if (value >= 1 && value <= kMaxExtent) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("model config: ", field, "=",
                                                 value, ": must be in [1, ",
                                                 kMaxExtent, "]"));
}

void AppendLayerNorm(const std::string& name, uint64_t d_model,
                     std::vector<TensorSpec>& specs) {
  specs.push_back({name + ".weight", {d_model}, TensorRole::kLayerNorm});
  specs.push_back({name + ".bias", {d_model}, TensorRole::kLayerNorm});
}

void AppendLinear(const std::string& name, uint64_t out_features,
                  uint64_t in_features, bool bias,
                  std::vector<TensorSpec>& specs) {
  specs.push_back({name + ".weight",
                   {out_features, in_features},
                   TensorRole::kLinearWeight});
  if (bias) {
    specs.push_back({name + ".bias", {out_features}, TensorRole::kLinearBias});
  }
}

}  // namespace

absl::Status ValidateConfig(const ModelConfig& config) {
  RETURN_IF_ERROR(CheckExtent("vocab_size", config.vocab_size()));
  RETURN_IF_ERROR(CheckExtent("d_model", config.d_model()));
  RETURN_IF_ERROR(CheckExtent("num_layers", config.num_layers()));
  RETURN_IF_ERROR(CheckExtent("num_heads", config.num_heads()));
  RETURN_IF_ERROR(CheckExtent("d_ff", config.d_ff()));
  RETURN_IF_ERROR(CheckExtent("context_length", config.context_length()));
  if (config.d_model() % config.num_heads() != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("model config: num_heads=", config.num_heads(),
                     ": must divide d_model=", config.d_model()));
  }
  if (config.d_model() % 2 != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("model config: d_model=", config.d_model(),
                     ": must be even (sine and cosine share the positions)"));
  }
  const float epsilon = config.layer_norm_epsilon();
  if (!(epsilon > 0) || !std::isfinite(epsilon)) {
    return absl::InvalidArgumentError(
        absl::StrCat("model config: layer_norm_epsilon=", epsilon,
                     ": must be positive and finite"));
  }
  const float multiplier = config.embedding_multiplier();
  if (!(multiplier > 0) || !std::isfinite(multiplier)) {
    return absl::InvalidArgumentError(
        absl::StrCat("model config: embedding_multiplier=", multiplier,
                     ": must be positive and finite"));
  }
  const uint64_t d = config.d_model();
  const uint64_t per_layer = 4 * d * d + 2 * d * config.d_ff();
  if (per_layer > kMaxParameters ||
      config.num_layers() > kMaxParameters / per_layer ||
      NumParameters(config) > kMaxParameters) {
    return absl::InvalidArgumentError(absl::StrCat(
        "model config: more than ", kMaxParameters, " parameters"));
  }
  return absl::OkStatus();
}

std::vector<TensorSpec> TensorSpecs(const ModelConfig& config) {
  const uint64_t d = config.d_model();
  std::vector<TensorSpec> specs;
  specs.push_back(
      {"wte.weight", {config.vocab_size(), d}, TensorRole::kEmbedding});
  for (uint64_t layer = 0; layer < config.num_layers(); ++layer) {
    AppendLayerNorm(LayerTensorName(layer, "ln_1"), d, specs);
    for (const char* name : {"q", "k", "v", "o"}) {
      const std::string rest = absl::StrCat("attn.", name, "_proj");
      AppendLinear(LayerTensorName(layer, rest), d, d, /*bias=*/false, specs);
    }
    AppendLayerNorm(LayerTensorName(layer, "ln_2"), d, specs);
    AppendLinear(LayerTensorName(layer, "mlp.fc1"), config.d_ff(), d,
                 /*bias=*/true, specs);
    AppendLinear(LayerTensorName(layer, "mlp.fc2"), d, config.d_ff(),
                 /*bias=*/true, specs);
  }
  AppendLayerNorm("ln_f", d, specs);
  return specs;
}

uint64_t NumParameters(const ModelConfig& config) {
  const uint64_t d = config.d_model();
  const uint64_t block =
      4 * d * d + 2 * d * config.d_ff() + config.d_ff() + d + 4 * d;
  return config.vocab_size() * d + config.num_layers() * block + 2 * d;
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
  return asked == 0 ? config.context_length() : asked;
}

std::string LayerTensorName(uint64_t layer, absl::string_view rest) {
  return absl::StrCat("h.", layer, ".", rest);
}

}  // namespace quant_curve
