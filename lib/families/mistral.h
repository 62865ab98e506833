// Mistral 7B and its like (transformers' MistralForCausalLM): a Llama whose
// attention may have a sliding window.
#ifndef QUANT_CURVE_LIB_FAMILIES_MISTRAL_H_
#define QUANT_CURVE_LIB_FAMILIES_MISTRAL_H_

#include "lib/families/family.h"

namespace quant_curve {

Family Mistral();

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FAMILIES_MISTRAL_H_
