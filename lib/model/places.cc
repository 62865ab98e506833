#include "lib/model/places.h"

#include "absl/strings/string_view.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

void AddPlaces(const std::string& name, NormWeights& norm, Places& places) {
  places[name + ".weight"].vector = &norm.scale;
  places[name + ".bias"].vector = &norm.shift;
}

void AddPlaces(const std::string& name, Linear& linear, Places& places) {
  places[name + ".weight"].linear = &linear;
  places[name + ".bias"].vector = &linear.bias;
}

}  // namespace

void AddPlacesOfEnds(Model& model, Places& places) {
  places["wte.weight"].matrix = &model.embedding;
  places["wpe.weight"].vector = &model.positions;
  places["lm_head.weight"].matrix = &model.lm_head;
  AddPlaces("ln_f", model.ln_f, places);
}

void AddPlacesOfBlock(const ModelConfig& config, int64_t layer, Block& block,
                      Places& places) {
  const bool swiglu = config.mlp() == SWIGLU;
  const auto add = [&](absl::string_view rest, auto& weights) {
    AddPlaces(LayerTensorName(layer, rest), weights, places);
  };
  add("ln_1", block.ln_1);
  add("ln_2", block.ln_2);
  places[LayerTensorName(layer, "attn.q_norm.weight")].vector = &block.q_norm;
  places[LayerTensorName(layer, "attn.k_norm.weight")].vector = &block.k_norm;
  add("attn.q_proj", block.q);
  add("attn.k_proj", block.k);
  add("attn.v_proj", block.v);
  add("attn.o_proj", block.o);
  if (swiglu) add("mlp.gate_proj", block.gate);
  add(swiglu ? "mlp.up_proj" : "mlp.fc1", block.fc1);
  add(swiglu ? "mlp.down_proj" : "mlp.fc2", block.fc2);
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
