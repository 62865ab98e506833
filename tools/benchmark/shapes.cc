#include "tools/benchmark/shapes.h"

#include <cmath>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

struct Shape {
  const char* name;
  uint32_t num_layers;
  uint32_t d_model;
  uint32_t num_heads;
  uint32_t d_ff;
  uint32_t vocab_size;
};

constexpr Shape kShapes[] = {
    {"minigpt", 2, 64, 4, 256, 64},
    {"1m", 4, 128, 4, 512, 1024},
    {"10m", 5, 384, 6, 1536, 3072},
    {"gpt2_small", 12, 768, 12, 3072, 50257},
};

}  // namespace

absl::StatusOr<ModelConfig> ShapeByName(const std::string& name) {
  std::string known;
  for (const Shape& shape : kShapes) {
    if (name == shape.name) {
      ModelConfig config = MiniGptFamily();
      config.set_vocab_size(shape.vocab_size);
      config.set_d_model(shape.d_model);
      config.set_num_layers(shape.num_layers);
      config.set_num_heads(shape.num_heads);
      config.set_d_ff(shape.d_ff);
      config.set_context_length(kSequenceTokens);
      config.set_layer_norm_epsilon(1e-5f);
      config.set_embedding_multiplier(
          std::sqrt(static_cast<float>(shape.d_model)));
      return config;
    }
    absl::StrAppend(&known, known.empty() ? "" : ", ", shape.name);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("no shape '", name, "'; known are ", known));
}

}  // namespace quant_curve
