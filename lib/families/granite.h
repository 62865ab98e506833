// Granite 3 (transformers' GraniteForCausalLM).
#ifndef QUANT_CURVE_LIB_FAMILIES_GRANITE_H_
#define QUANT_CURVE_LIB_FAMILIES_GRANITE_H_

#include "lib/families/family.h"

namespace quant_curve {

Family Granite();

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FAMILIES_GRANITE_H_
