#include "tools/evaluate/overflow.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/model/config.h"
#include "lib/model/forward.h"

namespace quant_curve {
namespace {

bool IsFinite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(),
                     [](float value) { return std::isfinite(value); });
}

// A block's results in the order in which they are computed; `output` is the
// block's.
std::string FirstInBlock(const Model& model, int64_t layer,
                         const BlockActivations& block,
                         const std::vector<float>& output) {
  const bool gated = HasGate(model.config);
  const std::pair<const std::vector<float>*, const char*> results[] = {
      {&block.ln_1.output, "ln_1"},
      {&block.q, "attn.q_proj"},
      {&block.k, "attn.k_proj"},
      {&block.v, "attn.v_proj"},
      {&block.probabilities, "attn's scores"},
      {&block.attention, "attn's mean of the values"},
      {&block.after_attention, "attn.o_proj with the residual stream"},
      {&block.ln_2.output, "ln_2"},
      {&block.gate, "mlp.gate_proj"},
      {&block.fc1, gated ? "mlp.up_proj" : "mlp.fc1"},
      {&block.gelu, gated ? "mlp's activation and product" : "mlp's GELU"},
      {&output, gated ? "mlp.down_proj with the residual stream"
                      : "mlp.fc2 with the residual stream"},
  };
  for (const auto& [values, name] : results) {
    if (!IsFinite(*values)) return LayerTensorName(layer, name);
  }
  return "";
}

}  // namespace

absl::StatusOr<std::string> FirstNotFinite(const ModelReader& model,
                                           absl::Span<const uint32_t> tokens) {
  ASSIGN_OR_RETURN(const Model ends, model.ReadEnds(Vocabulary::kEmbedding));
  Activations activations;
  activations.keep_probabilities = true;
  Embed(ends, tokens, 1, activations);
  if (!IsFinite(activations.output)) return "the embedding";
  for (int64_t layer = 0; layer < model.num_layers(); ++layer) {
    ASSIGN_OR_RETURN(const Block weights, model.ReadBlock(layer));
    BlockActivations block;
    RunBlock(ends, weights, activations, block);
    const std::string name =
        FirstInBlock(ends, layer, block, activations.output);
    if (!name.empty()) return absl::StrCat("the output of ", name);
  }
  NormalizeOutput(ends, activations);
  if (!IsFinite(activations.ln_f.output)) return "the output of ln_f";
  return "the logits";
}

absl::Status OverflowError(const ModelReader& model, absl::string_view what,
                           absl::Span<const uint32_t> tokens) {
  ASSIGN_OR_RETURN(const std::string place, FirstNotFinite(model, tokens));
  if (model.activation_format() == ACTIVATION_FLOAT16) {
    return absl::FailedPreconditionError(absl::StrCat(
        what, " has no score: ", place,
        " is beyond float16's largest value 65504; use a scheme with "
        "ACTIVATION_FLOAT32, such as fp32 or one with integer weights"));
  }
  return absl::FailedPreconditionError(
      absl::StrCat(what, " has no score: ", place,
                   " is beyond float32's largest value 3.4e38, or not a "
                   "number; the checkpoint is not a working model"));
}

}  // namespace quant_curve
