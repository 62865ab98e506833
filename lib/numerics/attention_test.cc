#include "lib/numerics/attention.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "hwy/targets.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

constexpr float kScale = 0.3f;

struct Shape {
  int64_t heads, heads_per_key, head_dim, count;

  int64_t key_width() const { return heads / heads_per_key * head_dim; }
  int64_t blocks() const {
    return (count + kKeyBlockPositions - 1) / kKeyBlockPositions;
  }
  int64_t stride() const { return blocks() * kKeyBlockPositions; }
  // Where element i of head h's key or value stands among a position's.
  int64_t element(int64_t h, int64_t i) const {
    return h / heads_per_key * head_dim + i;
  }
};

// One position, whole and part-filled blocks, heads that are not whole vectors
// and that share keys.
constexpr Shape kShapes[] = {
    {4, 1, 16, 64}, {4, 1, 16, 1},  {12, 1, 64, 33},
    {3, 1, 20, 65}, {6, 2, 8, 130}, {1, 1, 5, 17},
};

std::vector<float> RandomFloats(int64_t n, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(n);
  for (float& v : values) v = static_cast<float>(random.Uniform() * 2 - 1);
  return values;
}

class AttentionTest : public ::testing::TestWithParam<Shape> {
 protected:
  // Runs body with every instruction set of this machine, over all heads at
  // once and head by head.
  template <typename Body>
  void ForEveryWay(const Body& body) {
    for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
      hwy::SetSupportedTargetsForTest(target);
      SCOPED_TRACE(hwy::TargetName(target));
      body(std::vector<AttentionHeads>{Heads(0, shape_.heads)});
      std::vector<AttentionHeads> single;
      for (int64_t h = 0; h < shape_.heads; ++h) {
        single.push_back(Heads(h, h + 1));
      }
      body(single);
    }
    hwy::SetSupportedTargetsForTest(0);
  }

  AttentionHeads Heads(int64_t first, int64_t last) const {
    return {first, last, shape_.heads_per_key, shape_.head_dim,
            shape_.key_width()};
  }

  const Shape shape_ = GetParam();
};

TEST_P(AttentionTest, ScoresAreTheDocumentedSums) {
  const Shape& s = shape_;
  const std::vector<float> q = RandomFloats(s.heads * s.head_dim, 1);
  const std::vector<float> keys = RandomFloats(s.stride() * s.key_width(), 2);
  ForEveryWay([&](const std::vector<AttentionHeads>& ranges) {
    std::vector<float> scores(s.heads * s.stride(), 99);
    for (const AttentionHeads& heads : ranges) {
      AttentionScores(heads, q.data(), keys.data(), s.count, kScale, s.stride(),
                      scores.data());
    }
    for (int64_t h = 0; h < s.heads; ++h) {
      for (int64_t t = 0; t < s.count; ++t) {
        float sum = 0;
        for (int64_t i = 0; i < s.head_dim; ++i) {
          const int64_t row =
              t / kKeyBlockPositions * s.key_width() + s.element(h, i);
          sum = std::fma(
              q[h * s.head_dim + i],
              keys[row * kKeyBlockPositions + t % kKeyBlockPositions], sum);
        }
        ASSERT_EQ(scores[h * s.stride() + t], sum * kScale) << h << " " << t;
      }
    }
  });
}

TEST_P(AttentionTest, ValuesAreTheDocumentedSums) {
  const Shape& s = shape_;
  const std::vector<float> weights = RandomFloats(s.heads * s.stride(), 3);
  const std::vector<float> values =
      RandomFloats(s.count * s.key_width() + kSpareValues, 4);
  ForEveryWay([&](const std::vector<AttentionHeads>& ranges) {
    std::vector<float> out(s.heads * s.head_dim + 1, 99);
    for (const AttentionHeads& heads : ranges) {
      AttentionValues(heads, weights.data(), values.data(), s.count, s.stride(),
                      out.data());
    }
    for (int64_t h = 0; h < s.heads; ++h) {
      for (int64_t i = 0; i < s.head_dim; ++i) {
        float sum = 0;
        for (int64_t t = 0; t < s.count; ++t) {
          sum = std::fma(weights[h * s.stride() + t],
                         values[t * s.key_width() + s.element(h, i)], sum);
        }
        ASSERT_EQ(out[h * s.head_dim + i], sum) << h << " " << i;
      }
    }
    EXPECT_EQ(out.back(), 99);  // nothing is written behind the end
  });
}

INSTANTIATE_TEST_SUITE_P(Shapes, AttentionTest, ::testing::ValuesIn(kShapes));

}  // namespace
}  // namespace quant_curve
