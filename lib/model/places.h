// Where a model keeps each of its tensors, by the tensor's name.
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
  // Is added to each value of the vector: norms may be kept as 1 + weight.
  float offset = 0;
};

// Adds the offset to a vector that has been read.
void AddOffset(const Place& place);

using Places = std::map<std::string, Place>;

// Adds the places of all tensors that a model of any family may have outside
// its blocks.
void AddPlacesOfEnds(Model& model, Places& places);

// Adds the places of block `layer` of a model of this config.
void AddPlacesOfBlock(const ModelConfig& config, int64_t layer, Block& block,
                      Places& places);

// The places of the whole model.
Places PlacesOf(Model& model);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_PLACES_H_
