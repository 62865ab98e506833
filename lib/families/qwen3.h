// Qwen3 (transformers' Qwen3ForCausalLM): a Llama with an RMSNorm on each head
// of q and k.
#ifndef QUANT_CURVE_LIB_FAMILIES_QWEN3_H_
#define QUANT_CURVE_LIB_FAMILIES_QWEN3_H_

#include "lib/families/family.h"

namespace quant_curve {

Family Qwen3();

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FAMILIES_QWEN3_H_
