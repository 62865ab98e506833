#include "absl/strings/str_cat.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

void AppendNorm(const ModelConfig& config, const std::string& name,
                std::vector<TensorSpec>& specs) {
  specs.push_back({name + ".weight", {config.d_model()}, TensorRole::kNorm});
  if (config.normalization() == RMS_NORM) return;
  specs.push_back({name + ".bias", {config.d_model()}, TensorRole::kNorm});
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

std::vector<TensorSpec> SpecsBeforeBlocks(const ModelConfig& config) {
  const uint64_t d = config.d_model();
  std::vector<TensorSpec> specs = {
      {"wte.weight", {config.vocab_size(), d}, TensorRole::kEmbedding}};
  if (config.positions() == LEARNED) {
    specs.push_back(
        {"wpe.weight", {config.context_length(), d}, TensorRole::kPositions});
  }
  return specs;
}

void AppendAttention(const ModelConfig& config, uint64_t layer,
                     std::vector<TensorSpec>& specs) {
  const uint64_t d = config.d_model();
  const auto append = [&](absl::string_view rest, uint64_t out, uint64_t in,
                          bool bias) {
    AppendLinear(LayerTensorName(layer, rest), out, in, bias, specs);
  };
  append("attn.q_proj", QueryWidth(config), d, config.qkv_bias());
  append("attn.k_proj", KeyWidth(config), d, config.qkv_bias());
  append("attn.v_proj", KeyWidth(config), d, config.qkv_bias());
  append("attn.o_proj", d, QueryWidth(config), config.attention_output_bias());
  if (config.qk_norm()) {
    const bool over_heads = config.qk_norm_over_heads();
    specs.push_back({LayerTensorName(layer, "attn.q_norm.weight"),
                     {over_heads ? QueryWidth(config) : HeadDim(config)},
                     TensorRole::kNorm});
    specs.push_back({LayerTensorName(layer, "attn.k_norm.weight"),
                     {over_heads ? KeyWidth(config) : HeadDim(config)},
                     TensorRole::kNorm});
  }
  if (config.post_norms()) {
    AppendNorm(config, LayerTensorName(layer, "attn.post_norm"), specs);
  }
}

void AppendMlp(const ModelConfig& config, uint64_t layer,
               std::vector<TensorSpec>& specs) {
  const uint64_t d = config.d_model();
  const uint64_t ff = config.d_ff();
  const auto append = [&](absl::string_view rest, uint64_t out, uint64_t in) {
    AppendLinear(LayerTensorName(layer, rest), out, in, config.mlp_bias(),
                 specs);
  };
  if (HasGate(config)) {
    append("mlp.gate_proj", ff, d);
    append("mlp.up_proj", ff, d);
    append("mlp.down_proj", d, ff);
  } else {
    append("mlp.fc1", ff, d);
    append("mlp.fc2", d, ff);
  }
  if (config.post_norms()) {
    AppendNorm(config, LayerTensorName(layer, "mlp.post_norm"), specs);
  }
}

void AppendBlock(const ModelConfig& config, uint64_t layer,
                 std::vector<TensorSpec>& specs) {
  const bool pre_norms = !config.no_pre_norms();
  if (pre_norms) AppendNorm(config, LayerTensorName(layer, "ln_1"), specs);
  AppendAttention(config, layer, specs);
  if (pre_norms) AppendNorm(config, LayerTensorName(layer, "ln_2"), specs);
  AppendMlp(config, layer, specs);
}

void AppendAfterBlocks(const ModelConfig& config,
                       std::vector<TensorSpec>& specs) {
  AppendNorm(config, "ln_f", specs);
  if (config.tied_embeddings()) return;
  specs.push_back({"lm_head.weight",
                   {config.vocab_size(), config.d_model()},
                   TensorRole::kEmbedding});
}

uint64_t Count(const std::vector<TensorSpec>& specs) {
  uint64_t count = 0;
  for (const TensorSpec& spec : specs) {
    uint64_t product = 1;
    for (const uint64_t extent : spec.shape) product *= extent;
    count += product;
  }
  return count;
}

}  // namespace

std::vector<TensorSpec> TensorSpecs(const ModelConfig& config) {
  std::vector<TensorSpec> specs = SpecsBeforeBlocks(config);
  for (uint64_t layer = 0; layer < config.num_layers(); ++layer) {
    AppendBlock(config, layer, specs);
  }
  AppendAfterBlocks(config, specs);
  return specs;
}

uint64_t NumTensors(const ModelConfig& config) {
  std::vector<TensorSpec> specs = SpecsBeforeBlocks(config);
  AppendAfterBlocks(config, specs);
  const uint64_t around = specs.size();
  AppendBlock(config, 0, specs);
  return around + config.num_layers() * (specs.size() - around);
}

uint64_t NumLinears(const ModelConfig& config) {
  return uint64_t{config.num_layers()} * (HasGate(config) ? 7 : 6);
}

// Before its bound is checked, a config has sizes of at most 2^20. A block then
// has fewer than 8 matrices of at most 2^40 weights, and there are at most 2^20
// blocks: fewer than 2^63 parameters, so that no sum overflows.
uint64_t NumParameters(const ModelConfig& config) {
  std::vector<TensorSpec> around = SpecsBeforeBlocks(config);
  AppendAfterBlocks(config, around);
  std::vector<TensorSpec> block;
  AppendBlock(config, 0, block);
  return Count(around) + config.num_layers() * Count(block);
}

std::vector<LinearInputSpec> LinearInputSpecs(const ModelConfig& config) {
  std::vector<LinearInputSpec> inputs;
  for (uint64_t layer = 0; layer < config.num_layers(); ++layer) {
    const auto names = [layer](const std::vector<absl::string_view>& linears) {
      std::vector<std::string> full;
      for (const absl::string_view linear : linears) {
        full.push_back(LayerTensorName(layer, absl::StrCat(linear, ".weight")));
      }
      return full;
    };
    const bool gated = HasGate(config);
    inputs.push_back({names({"attn.q_proj", "attn.k_proj", "attn.v_proj"}),
                      config.d_model()});
    inputs.push_back({names({"attn.o_proj"}), QueryWidth(config)});
    inputs.push_back(
        {gated ? names({"mlp.gate_proj", "mlp.up_proj"}) : names({"mlp.fc1"}),
         config.d_model()});
    inputs.push_back(
        {names({gated ? "mlp.down_proj" : "mlp.fc2"}), config.d_ff()});
  }
  return inputs;
}

std::string LayerTensorName(uint64_t layer, absl::string_view rest) {
  return absl::StrCat("h.", layer, ".", rest);
}

}  // namespace quant_curve
