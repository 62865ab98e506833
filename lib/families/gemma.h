// Gemma 1, 2 and 3 (text): transformers' GemmaForCausalLM, Gemma2ForCausalLM
// and Gemma3ForCausalLM.
#ifndef QUANT_CURVE_LIB_FAMILIES_GEMMA_H_
#define QUANT_CURVE_LIB_FAMILIES_GEMMA_H_

#include "lib/families/family.h"

namespace quant_curve {

Family Gemma();
Family Gemma2();
Family Gemma3();

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FAMILIES_GEMMA_H_
