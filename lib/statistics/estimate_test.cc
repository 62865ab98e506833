#include "lib/statistics/estimate.h"

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

// Squared deviations of 1 2 3 4 sum to 5; sqrt(5 / 3 / 4).
TEST(EstimateTest, StandardErrorDividesByNMinusOne) {
  const Estimate estimate = MeanOf({1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(estimate.value, 2.5);
  EXPECT_NEAR(estimate.standard_error, 0.6454972243679028, 1e-15);
}

TEST(EstimateTest, NoSamplesHaveAMeanOfZeroWithoutError) {
  EXPECT_EQ(MeanOf({}).value, 0);
  EXPECT_EQ(MeanOf({}).standard_error, 0);
}

TEST(EstimateTest, OneSampleHasNoStandardError) {
  EXPECT_EQ(MeanOf({7}).value, 7);
  EXPECT_EQ(MeanOf({7}).standard_error, 0);
}

// Ratio 12 / 6 = 2; residuals 3 - 2, 3 - 4, 6 - 6; sqrt(2 / 2 / 3) over the
// mean weight 2.
TEST(EstimateTest, ARatioOfUnequalWeightsHasItsDeltaMethodError) {
  const Estimate ratio = RatioOf({3, 3, 6}, {1, 2, 3});
  EXPECT_DOUBLE_EQ(ratio.value, 2);
  EXPECT_NEAR(ratio.standard_error, 0.2886751345948129, 1e-15);
}

TEST(EstimateTest, EqualWeightsMakeTheRatioAMean) {
  const Estimate ratio = RatioOf({3, 6, 9, 12}, {3, 3, 3, 3});
  const Estimate mean = MeanOf({1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(ratio.value, mean.value);
  EXPECT_DOUBLE_EQ(ratio.standard_error, mean.standard_error);
}

TEST(EstimateTest, ZeroIsInsideAnIntervalOfTwoStandardErrors) {
  EXPECT_TRUE(IsIndistinguishableFromZero({-1.9, 1}));
  EXPECT_FALSE(IsIndistinguishableFromZero({2.0, 1}));
  EXPECT_TRUE(IsIndistinguishableFromZero({0, 0}));
}

}  // namespace
}  // namespace quant_curve
