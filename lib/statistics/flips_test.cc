#include "lib/statistics/flips.h"

#include "gtest/gtest.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

// 1 gain, 9 losses: 2 * (1 + 10) / 2^10.
TEST(FlipsTest, McNemarCountsAllSplitsAtLeastAsUneven) {
  EXPECT_NEAR(McNemarPValue({100, 1, 9}), 22.0 / 1024, 1e-15);
  EXPECT_NEAR(McNemarPValue({100, 9, 1}), 22.0 / 1024, 1e-15);
}

TEST(FlipsTest, EvenSplitsAndNoFlipsHaveAPValueOfOne) {
  EXPECT_EQ(McNemarPValue({100, 5, 5}), 1);
  EXPECT_EQ(McNemarPValue({100, 0, 0}), 1);
}

// 6 of 40 items flipped, 2 of them to right: volume 0.15, share 1/3; accuracy
// changes by (2 - 6 + 2) / 40 = -0.05 = 0.15 * (2 / 3 - 1).
TEST(FlipsTest, VolumeAndShareGiveTheChangeOfAccuracy) {
  const Flips flips = {40, 2, 4};
  EXPECT_DOUBLE_EQ(FlipVolume(flips), 0.15);
  EXPECT_DOUBLE_EQ(GainShare(flips), 1.0 / 3);
  EXPECT_NEAR(FlipVolume(flips) * (2 * GainShare(flips) - 1), -0.05, 1e-15);
}

TEST(FlipsTest, WithoutItemsNothingFlips) {
  EXPECT_EQ(FlipVolume({0, 0, 0}), 0);
  EXPECT_EQ(GainShare({0, 0, 0}), 0.5);
}

// R: binom::binom.confint(8, 10, methods = "wilson") and (0, 10).
TEST(FlipsTest, WilsonIntervalsMatchPublishedValues) {
  EXPECT_NEAR(WilsonInterval(8, 10).low, 0.4901625, 1e-6);
  EXPECT_NEAR(WilsonInterval(8, 10).high, 0.9433178, 1e-6);
  EXPECT_EQ(WilsonInterval(0, 10).low, 0);
  EXPECT_NEAR(WilsonInterval(0, 10).high, 0.2775328, 1e-6);
  EXPECT_EQ(WilsonInterval(10, 10).high, 1);
  EXPECT_EQ(WilsonInterval(0, 0).high, 1);
}

// An exact test rejects at most at its level: of 2,000 samples of 40 fair
// flips, at most 5 % (it is discrete: 3.8 % is what 40 flips allow).
TEST(FlipsTest, McNemarRejectsEqualModelsAtMostAtItsLevel) {
  Random random(11);
  int rejected = 0;
  for (int i = 0; i < 2000; ++i) {
    Flips flips = {1000, 0, 0};
    for (int flip = 0; flip < 40; ++flip) {
      ++(random.Below(2) == 0 ? flips.gained : flips.lost);
    }
    if (McNemarPValue(flips) < 0.05) ++rejected;
  }
  EXPECT_LE(rejected, 110);
  EXPECT_GE(rejected, 50);
}

}  // namespace
}  // namespace quant_curve
