#include "tools/train/trainable.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/status_macros.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

absl::Status CheckField(absl::string_view field, uint64_t actual,
                        uint64_t expected) {
  if (actual == expected) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("model config: ", field, "=", actual, ": must be ", expected,
                   "; only models of MiniGPT's family can be trained"));
}

// The backward pass has none of these.
absl::Status CheckWithoutFactors(const ModelConfig& config) {
  const std::pair<absl::string_view, float> fields[] = {
      {"attention_scale", config.attention_scale()},
      {"attention_softcap", config.attention_softcap()},
      {"logits_softcap", config.logits_softcap()},
      {"residual_multiplier", config.residual_multiplier()},
      {"logits_divisor", config.logits_divisor()}};
  for (const auto& [field, value] : fields) {
    if (value == 0) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("model config: ", field, "=", value,
                     ": must be unset; only models of MiniGPT's family can be "
                     "trained"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckTrainable(const ModelConfig& config) {
  const ModelConfig family = MiniGptFamily();
  RETURN_IF_ERROR(CheckField("normalization", config.normalization(),
                             family.normalization()));
  RETURN_IF_ERROR(
      CheckField("positions", config.positions(), family.positions()));
  RETURN_IF_ERROR(CheckField("mlp", config.mlp(), family.mlp()));
  RETURN_IF_ERROR(CheckField("qkv_bias", config.qkv_bias(), family.qkv_bias()));
  RETURN_IF_ERROR(CheckField("attention_output_bias",
                             config.attention_output_bias(),
                             family.attention_output_bias()));
  RETURN_IF_ERROR(CheckField("qk_norm", config.qk_norm(), family.qk_norm()));
  RETURN_IF_ERROR(CheckField("sliding_window", config.sliding_window(),
                             family.sliding_window()));
  RETURN_IF_ERROR(CheckField("mlp_bias", config.mlp_bias(), family.mlp_bias()));
  RETURN_IF_ERROR(CheckField("tied_embeddings", config.tied_embeddings(),
                             family.tied_embeddings()));
  RETURN_IF_ERROR(
      CheckField("num_kv_heads", NumKvHeads(config), config.num_heads()));
  RETURN_IF_ERROR(CheckWithoutFactors(config));
  return CheckField("num_heads * head_dim", QueryWidth(config),
                    config.d_model());
}

}  // namespace quant_curve
