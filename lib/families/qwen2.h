// Qwen2 and Qwen2.5 (transformers' Qwen2ForCausalLM): a Llama with biases on
// q_proj, k_proj and v_proj.
#ifndef QUANT_CURVE_LIB_FAMILIES_QWEN2_H_
#define QUANT_CURVE_LIB_FAMILIES_QWEN2_H_

#include "lib/families/family.h"

namespace quant_curve {

Family Qwen2();

// Qwen's sliding window: blocks from max_window_layers on have one if
// use_sliding_window says so. Refuses a config in which a block has one.
void IgnoreUnusedWindow(ConfigFields& fields, const ModelConfig& model);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FAMILIES_QWEN2_H_
