#include "lib/model/places.h"

#include "absl/strings/string_view.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

float NormOffset(const ModelConfig& config) {
  return config.norm_adds_one() ? 1 : 0;
}

void AddPlaces(const ModelConfig& config, const std::string& name,
               NormWeights& norm, Places& places) {
  Place& scale = places[name + ".weight"];
  scale.vector = &norm.scale;
  scale.offset = NormOffset(config);
  places[name + ".bias"].vector = &norm.shift;
}

void AddPlaces(const ModelConfig&, const std::string& name, Linear& linear,
               Places& places) {
  places[name + ".weight"].linear = &linear;
  places[name + ".bias"].vector = &linear.bias;
}

}  // namespace

void AddOffset(const Place& place) {
  if (place.offset == 0) return;
  for (float& value : *place.vector) value += place.offset;
}

void AddPlacesOfEnds(Model& model, Places& places) {
  places["wte.weight"].matrix = &model.embedding;
  places["wpe.weight"].vector = &model.positions;
  places["lm_head.weight"].matrix = &model.lm_head;
  AddPlaces(model.config, "ln_f", model.ln_f, places);
}

void AddPlacesOfBlock(const ModelConfig& config, int64_t layer, Block& block,
                      Places& places) {
  const bool gated = HasGate(config);
  const auto add = [&](absl::string_view rest, auto& weights) {
    AddPlaces(config, LayerTensorName(layer, rest), weights, places);
  };
  add("ln_1", block.ln_1);
  add("ln_2", block.ln_2);
  const auto add_vector = [&](absl::string_view rest,
                              std::vector<float>& values) {
    Place& place = places[LayerTensorName(layer, rest)];
    place.vector = &values;
    place.offset = NormOffset(config);
  };
  add("attn.post_norm", block.attention_post_norm);
  add("mlp.post_norm", block.mlp_post_norm);
  add_vector("attn.q_norm.weight", block.q_norm);
  add_vector("attn.k_norm.weight", block.k_norm);
  add("attn.q_proj", block.q);
  add("attn.k_proj", block.k);
  add("attn.v_proj", block.v);
  add("attn.o_proj", block.o);
  if (gated) add("mlp.gate_proj", block.gate);
  add(gated ? "mlp.up_proj" : "mlp.fc1", block.fc1);
  add(gated ? "mlp.down_proj" : "mlp.fc2", block.fc2);
}

Places PlacesOf(Model& model) {
  Places places;
  AddPlacesOfEnds(model, places);
  for (size_t i = 0; i < model.blocks.size(); ++i) {
    AddPlacesOfBlock(model.config, static_cast<int64_t>(i), model.blocks[i],
                     places);
  }
  return places;
}

}  // namespace quant_curve
