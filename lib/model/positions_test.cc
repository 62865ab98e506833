#include "lib/model/positions.h"

#include <cmath>

#include "gtest/gtest.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

TEST(SinusoidalPositionsTest, MatchTheDefinition) {
  const std::vector<float> positions = SinusoidalPositions(7, 6);
  for (int p = 0; p < 7; ++p) {
    for (int i = 0; i < 3; ++i) {
      const double angle = p / std::pow(10000.0, 2.0 * i / 6);
      EXPECT_NEAR(positions[p * 6 + 2 * i], std::sin(angle), 1e-7);
      EXPECT_NEAR(positions[p * 6 + 2 * i + 1], std::cos(angle), 1e-7);
    }
  }
}

TEST(RotaryPositionsTest, MatchTheDefinitionToTheLongestContext) {
  constexpr int kContext = 1 << 20;
  ModelConfig config = LlamaFamily(500000);
  config.set_num_heads(1);
  config.set_head_dim(4);
  config.set_context_length(kContext);
  const RotaryTable table = RotaryPositions(config);
  for (const int p : {0, 1, 5, 4096, kContext - 1}) {
    for (int i = 0; i < 2; ++i) {
      const double angle = p / std::pow(500000.0, 2.0 * i / 4);
      EXPECT_NEAR(table.cosines[p * 2 + i], std::cos(angle), 1e-7);
      EXPECT_NEAR(table.sines[p * 2 + i], std::sin(angle), 1e-7);
    }
  }
}

// Base 10000 and head_dim 8: frequencies 1, 0.1, 0.01 and 0.001, wavelengths
// 6.28, 62.8, 628 and 6283 tokens. With an original context of 1000 and factors
// 1 and 4 those below 250 stay and those above 1000 are divided by 8. Between,
// the third has 1000 / 628.3185 = 1.591549 waves, its share is 0.197183:
// 0.802817 * 0.01 / 8 + 0.197183 * 0.01.
TEST(RotaryFrequenciesTest, Llama3DividesOnlyLowFrequencies) {
  ModelConfig config = LlamaFamily(10000);
  config.set_num_heads(1);
  config.set_head_dim(8);
  Llama3Rope& rope = *config.mutable_llama3_rope();
  rope.set_factor(8);
  rope.set_low_frequency_factor(1);
  rope.set_high_frequency_factor(4);
  rope.set_original_context(1000);
  const std::vector<double> frequencies = RotaryFrequencies(config);
  ASSERT_EQ(frequencies.size(), 4);
  EXPECT_NEAR(frequencies[0], 1, 1e-12);
  EXPECT_NEAR(frequencies[1], 0.1, 1e-12);
  EXPECT_NEAR(frequencies[2], 0.00297535, 1e-8);
  EXPECT_NEAR(frequencies[3], 0.000125, 1e-12);
}

TEST(RotaryFrequenciesTest, LinearDividesAll) {
  ModelConfig config = LlamaFamily(10000);
  config.set_num_heads(1);
  config.set_head_dim(4);
  config.mutable_linear_rope()->set_factor(4);
  const std::vector<double> frequencies = RotaryFrequencies(config);
  EXPECT_NEAR(frequencies[0], 0.25, 1e-12);
  EXPECT_NEAR(frequencies[1], 0.0025, 1e-12);
}

}  // namespace
}  // namespace quant_curve
