#include "tools/train/gradients.h"

#include <cstdint>

#include "lib/model/config.h"

namespace quant_curve {

ParameterViews ViewParameters(const ModelConfig& config,
                              absl::Span<float> flat) {
  const std::vector<TensorSpec> specs = TensorSpecs(config);
  size_t tensor = 0;
  float* position = flat.data();
  const auto next = [&] {
    float* start = position;
    uint64_t size = 1;
    for (const uint64_t extent : specs[tensor].shape) size *= extent;
    ++tensor;
    position += size;
    return start;
  };
  ParameterViews views;
  views.embedding = next();
  views.blocks.resize(config.num_layers());
  for (BlockParameters& block : views.blocks) {
    for (float** field :
         {&block.ln_1_weight, &block.ln_1_bias, &block.q, &block.k, &block.v,
          &block.o, &block.ln_2_weight, &block.ln_2_bias, &block.fc1_weight,
          &block.fc1_bias, &block.fc2_weight, &block.fc2_bias}) {
      *field = next();
    }
  }
  views.ln_f_weight = next();
  views.ln_f_bias = next();
  return views;
}

}  // namespace quant_curve
