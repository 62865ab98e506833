// Where the tensors of a model go, by name.
#ifndef QUANT_CURVE_LIB_MODEL_PLACES_H_
#define QUANT_CURVE_LIB_MODEL_PLACES_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lib/model/model.h"

namespace quant_curve {

// One of the three is set.
struct Place {
  Linear* linear = nullptr;  // its weight
  PackedMatrix* matrix = nullptr;
  std::vector<float>* vector = nullptr;
};

using Places = std::map<std::string, Place>;

// Of every tensor that such a model may have outside of its blocks.
void AddPlacesOfEnds(Model& model, Places& places);

// The same of one block.
void AddPlacesOfBlock(const ModelConfig& config, int64_t layer, Block& block,
                      Places& places);

// All of them.
Places PlacesOf(Model& model);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_PLACES_H_
