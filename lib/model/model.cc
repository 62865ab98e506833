#include "lib/model/model.h"

#include "lib/model/config.h"
#include "lib/model/places.h"

namespace quant_curve {
namespace {

void SetTensor(const TensorSpec& spec, absl::Span<const float> values,
               const Place& place) {
  if (place.vector != nullptr) {
    place.vector->assign(values.begin(), values.end());
    AddOffset(place);
    return;
  }
  PackedMatrix& matrix = place.linear ? place.linear->weight : *place.matrix;
  matrix = PackedMatrix::Float32(values.data(), spec.shape[0], spec.shape[1]);
}

}  // namespace

Block MakeBlock(const ModelConfig& config, int64_t layer) {
  Block block;
  block.window = static_cast<int64_t>(WindowOf(config, layer));
  block.rotation = RotationOf(config, layer);
  return block;
}

Model MakeModel(const ModelConfig& config) {
  Model model;
  model.config = config;
  for (uint32_t layer = 0; layer < config.num_layers(); ++layer) {
    model.blocks.push_back(MakeBlock(config, layer));
  }
  if (config.positions() == SINUSOIDAL) {
    model.positions =
        SinusoidalPositions(config.context_length(), config.d_model());
  } else if (config.positions() == ROTARY) {
    model.rotary = RotaryPositions(config);
    if (config.local_rope_theta() > 0) {
      model.local_rotary = RotaryPositions(WithLocalRope(config));
    }
  }
  return model;
}

void SetParameters(absl::Span<const float> parameters, Model& model) {
  Places places = PlacesOf(model);
  size_t offset = 0;
  for (const TensorSpec& spec : TensorSpecs(model.config)) {
    size_t size = 1;
    for (const uint64_t extent : spec.shape) size *= extent;
    SetTensor(spec, parameters.subspan(offset, size), places[spec.name]);
    offset += size;
  }
}

void PlaceWeightsTogether(Model& model) {
  std::vector<PackedMatrix*> matrices = {&model.embedding, &model.lm_head};
  for (Block& block : model.blocks) {
    for (Linear* linear : {&block.q, &block.k, &block.v, &block.o, &block.gate,
                           &block.fc1, &block.fc2}) {
      matrices.push_back(&linear->weight);
    }
  }
  PlaceTogether(matrices);
}

Linear* FindLinear(const std::string& name, Model& model) {
  return PlacesOf(model)[name].linear;
}

}  // namespace quant_curve
