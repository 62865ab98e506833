// SmolLM3 (transformers' SmolLM3ForCausalLM).
#ifndef QUANT_CURVE_LIB_FAMILIES_SMOLLM3_H_
#define QUANT_CURVE_LIB_FAMILIES_SMOLLM3_H_

#include "lib/families/family.h"

namespace quant_curve {

Family SmolLm3();

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FAMILIES_SMOLLM3_H_
