// Two layouts of rotary queries and keys (arXiv:2104.09864).
#ifndef QUANT_CURVE_TOOLS_IMPORT_ROTARY_LAYOUT_H_
#define QUANT_CURVE_TOOLS_IMPORT_ROTARY_LAYOUT_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace quant_curve {

// The rotation turns pairs of a head's elements. Meta's code and llama2.c pair
// neighbours, (2i, 2i+1); Hugging Face and this project pair (i, i + d/2), d
// the head's size. The products of queries and keys are the same when the rows
// of q_proj and k_proj move along: row 2i + c of a head goes to row i + c d/2,
// c in {0, 1}.
//
// `weight` is [num_heads * head_dim, columns], row-major; head_dim is even.
std::vector<float> HalvesFromInterleaved(absl::Span<const float> weight,
                                         uint64_t num_heads, uint64_t head_dim,
                                         uint64_t columns);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_ROTARY_LAYOUT_H_
