#include "lib/numerics/attention.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lib/numerics/attention.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace quant_curve {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, kSpareValues>;
using V = hn::Vec<D>;

// Sums that run side by side: as many as hide the latency of one.
constexpr int kSums = 4;

// kSums vectors of one head's scores.
HWY_INLINE void ScoreTile(const float* HWY_RESTRICT q,
                          const float* HWY_RESTRICT keys, int64_t head_dim,
                          V scale, float* HWY_RESTRICT scores) {
  const D d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  V sums[kSums];
  for (V& sum : sums) sum = hn::Zero(d);
  for (int64_t i = 0; i < head_dim; ++i, keys += kKeyBlockPositions) {
    const V query = hn::Set(d, q[i]);
    for (int s = 0; s < kSums; ++s) {
      sums[s] = hn::MulAdd(query, hn::LoadU(d, keys + s * lanes), sums[s]);
    }
  }
  for (int s = 0; s < kSums; ++s) {
    hn::StoreU(hn::Mul(sums[s], scale), d, scores + s * lanes);
  }
}

void ScoresKernel(const AttentionHeads& heads, const float* q,
                  const float* keys, int64_t count, float scale, int64_t stride,
                  float* scores) {
  const D d;
  const int64_t tile = kSums * static_cast<int64_t>(hn::Lanes(d));
  const V scale_v = hn::Set(d, scale);
  for (int64_t h = heads.first; h < heads.last; ++h) {
    const int64_t key = h / heads.heads_per_key * heads.head_dim;
    for (int64_t t = 0; t < count; t += tile) {
      const int64_t block = t / kKeyBlockPositions;
      ScoreTile(q + h * heads.head_dim,
                keys + (block * heads.key_width + key) * kKeyBlockPositions +
                    t % kKeyBlockPositions,
                heads.head_dim, scale_v, scores + h * stride + t);
    }
  }
}

// One vector of one head's output.
struct ValueUnit {
  const float* weights;
  const float* values;
  float* out;
  int64_t elements;
};

void ValueTile(const ValueUnit* units, int64_t count, int64_t key_width) {
  const D d;
  V sums[kSums];
  for (V& sum : sums) sum = hn::Zero(d);
  for (int64_t t = 0; t < count; ++t) {
    for (int s = 0; s < kSums; ++s) {
      sums[s] =
          hn::MulAdd(hn::Set(d, units[s].weights[t]),
                     hn::LoadU(d, units[s].values + t * key_width), sums[s]);
    }
  }
  for (int s = 0; s < kSums; ++s) {
    hn::BlendedStore(sums[s], hn::FirstN(d, units[s].elements), d,
                     units[s].out);
  }
}

void ValuesKernel(const AttentionHeads& heads, const float* weights,
                  const float* values, int64_t count, int64_t stride,
                  float* out) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(D()));
  ValueUnit units[kSums];
  int ready = 0;
  for (int64_t h = heads.first; h < heads.last; ++h) {
    const int64_t key = h / heads.heads_per_key * heads.head_dim;
    for (int64_t i = 0; i < heads.head_dim; i += lanes) {
      units[ready++] = {weights + h * stride, values + key + i,
                        out + h * heads.head_dim + i,
                        std::min(lanes, heads.head_dim - i)};
      if (ready < kSums) continue;
      ValueTile(units, count, heads.key_width);
      ready = 0;
    }
  }
  if (ready == 0) return;
  // The same sum again costs nothing.
  std::fill(units + ready, units + kSums, units[0]);
  ValueTile(units, count, heads.key_width);
}

}  // namespace HWY_NAMESPACE
}  // namespace quant_curve
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quant_curve {

HWY_EXPORT(ScoresKernel);
HWY_EXPORT(ValuesKernel);

void AttentionScores(const AttentionHeads& heads, const float* q,
                     const float* keys, int64_t count, float scale,
                     int64_t stride, float* scores) {
  HWY_DYNAMIC_DISPATCH(ScoresKernel)
  (heads, q, keys, count, scale, stride, scores);
}

void AttentionValues(const AttentionHeads& heads, const float* weights,
                     const float* values, int64_t count, int64_t stride,
                     float* out) {
  HWY_DYNAMIC_DISPATCH(ValuesKernel)
  (heads, weights, values, count, stride, out);
}

}  // namespace quant_curve
#endif  // HWY_ONCE
