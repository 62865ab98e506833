#include "lib/statistics/block_bootstrap.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "lib/numerics/normal.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

// mean + an autoregressive series of order 1 with unit innovations.
std::vector<double> Autoregressive(Random& random, int n, double phi,
                                   double mean) {
  std::vector<double> series;
  double x = Normal(random) / std::sqrt(1 - phi * phi);
  for (int i = 0; i < n; ++i) {
    series.push_back(mean + x);
    x = phi * x + Normal(random);
  }
  return series;
}

TEST(BlockBootstrapTest, IndependentWindowsNeedNoBlocks) {
  Random random(1);
  int single = 0;
  for (int i = 0; i < 100; ++i) {
    single += BlockLength(Autoregressive(random, 400, 0, 0)) == 1;
  }
  EXPECT_GE(single, 70);
  EXPECT_EQ(BlockLength({1, 2, 3}), 1);
}

// (1.5 n (2 phi / (1 - phi^2))^2)^(1/3) for a known phi: 22.0 for n = 4000 and
// phi = 1/2.
TEST(BlockBootstrapTest, BlockLengthIsNearTheOptimumOfAKnownSeries) {
  Random random(2);
  double sum = 0;
  for (int i = 0; i < 20; ++i) {
    sum += BlockLength(Autoregressive(random, 4000, 0.5, 0));
  }
  EXPECT_NEAR(sum / 20, 22.0, 5);
}

TEST(BlockBootstrapTest, ConstantsHaveNoErrorAndOneWindowPerBlock) {
  const std::vector<double> ones(20, 1.0);
  const BlockEstimate estimate = BlockRatioOf(ones, ones, {100, 1});
  EXPECT_EQ(estimate.ratio.value, 1);
  EXPECT_EQ(estimate.ratio.standard_error, 0);
  EXPECT_EQ(estimate.block_windows, 1);
}

struct Coverage {
  int blocks = 0;
  int windows = 0;
};

Coverage CountCoverage(int simulations) {
  Coverage covered;
  Random random(3);
  const std::vector<double> weights(800, 1.0);
  for (int i = 0; i < simulations; ++i) {
    const std::vector<double> values = Autoregressive(random, 800, 0.5, 2);
    const auto covers = [](const Estimate& e) {
      return std::abs(e.value - 2) <= kNormal95 * e.standard_error;
    };
    covered.blocks += covers(BlockRatioOf(values, weights, {200, 4}).ratio);
    covered.windows += covers(RatioOf(values, weights));
  }
  return covered;
}

// Windows that are correlated by 1/2 with their neighbours: the usual interval
// is sqrt(3) times too short and holds the truth in 74 % of the texts.
TEST(BlockBootstrapTest, IntervalsCoverWhereNeighboursAreCorrelated) {
  const Coverage covered = CountCoverage(500);
  RecordProperty("blocks_of_500", covered.blocks);
  RecordProperty("windows_of_500", covered.windows);
  EXPECT_GE(covered.blocks, 0.90 * 500);
  EXPECT_LE(covered.blocks, 0.98 * 500);
  EXPECT_NEAR(covered.windows, 0.742 * 500, 40);
}

}  // namespace
}  // namespace quant_curve
