// Attention of one position over cached ones, as a decoder at batch 1 needs it
// (arXiv:1706.03762, eq. 1, without the softmax).
//
// Sums run in rising order from 0, each term by one fused multiply-add; vectors
// run over positions or over a head's elements: the bits are those of a matrix
// product (gemm.h), whatever the instruction set.
#ifndef QUANT_CURVE_LIB_NUMERICS_ATTENTION_H_
#define QUANT_CURVE_LIB_NUMERICS_ATTENTION_H_

#include <cstdint>

namespace quant_curve {

// Keys are cached in blocks of this many positions, [block, key width, 64]: the
// positions of a block are one stretch of memory however long the context is.
inline constexpr int64_t kKeyBlockPositions = 64;

// Floats behind the last value that AttentionValues may read.
inline constexpr int64_t kSpareValues = 16;

// Neighbouring heads; the same for keys and values.
struct AttentionHeads {
  int64_t first, last;    // query heads [first, last)
  int64_t heads_per_key;  // query heads that share keys and values
  int64_t head_dim;
  int64_t key_width;  // all key heads side by side
};

// scores[h, t] = scale * sum_i q[h, i] key[t, h / heads_per_key, i] for the
// heads and positions t < count; rows are `stride` apart, a multiple of 64 of
// at least `count`, and what is behind `count` is undefined. q is [heads,
// head_dim].
void AttentionScores(const AttentionHeads& heads, const float* q,
                     const float* keys, int64_t count, float scale,
                     int64_t stride, float* scores);

// out[h, i] = sum_{t < count} weights[h, t] value[t, h / heads_per_key, i],
// with `values` [positions, key_width] and rows of `weights` `stride` apart.
// out is [heads, head_dim].
void AttentionValues(const AttentionHeads& heads, const float* weights,
                     const float* values, int64_t count, int64_t stride,
                     float* out);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_NUMERICS_ATTENTION_H_
