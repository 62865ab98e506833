// OLMo 2 (transformers' Olmo2ForCausalLM).
#ifndef QUANT_CURVE_LIB_FAMILIES_OLMO2_H_
#define QUANT_CURVE_LIB_FAMILIES_OLMO2_H_

#include "lib/families/family.h"

namespace quant_curve {

Family Olmo2();

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FAMILIES_OLMO2_H_
