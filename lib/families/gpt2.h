// GPT-2 (transformers' GPT2LMHeadModel), and models of MiniGPT's kind.
#ifndef QUANT_CURVE_LIB_FAMILIES_GPT2_H_
#define QUANT_CURVE_LIB_FAMILIES_GPT2_H_

#include "lib/families/family.h"

namespace quant_curve {

Family Gpt2();

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FAMILIES_GPT2_H_
