// Keys of config.json other than those of the model's shape: which ones do not
// change what a model computes, and which ones only one value of leaves it as
// it is.
#ifndef QUANT_CURVE_LIB_FAMILIES_CONFIG_KEYS_H_
#define QUANT_CURVE_LIB_FAMILIES_CONFIG_KEYS_H_

#include "lib/families/config_fields.h"

namespace quant_curve {

// Marks the harmless keys as understood (dropout, initialization, generation
// settings, names and versions), and refuses the known keys of other families
// unless their value is the neutral one: a multiplier of 1, a switch that is
// off. Collected from public configs of GPT-2 and Llama models.
void CheckOtherKeys(ConfigFields& fields);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FAMILIES_CONFIG_KEYS_H_
