#include "lib/report/page_scale.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

Quantity WithValues(const std::vector<double>& values) {
  Quantity quantity = {"gap", "gap", "gap, %", true, true, {}};
  for (const double value : values) {
    quantity.of_scheme.push_back(Interval{value, value, value});
  }
  quantity.of_scheme.push_back(std::nullopt);  // not measured
  return quantity;
}

std::vector<std::string> LabelsOf(const QualityScale& scale) {
  std::vector<std::string> labels;
  for (const Tick& tick : scale.axis.ticks) labels.push_back(tick.label);
  return labels;
}

// 20 times the margin is the most that a linear axis shows.
TEST(PageScaleTest, ValuesNearTheMarginHaveALinearAxis) {
  const QualityScale scale = MakeQualityScale(WithValues({0, 1, 20}), 1);
  EXPECT_EQ(scale.threshold, 0);
  EXPECT_EQ(Plotted(scale, 7), 7);
  EXPECT_THAT(LabelsOf(scale), ElementsAre("0", "5", "10", "15", "20"));
}

// The axis ends 6 % above asinh(700) = 7.244, at 0.1 * sinh(7.68) = 108.
TEST(PageScaleTest, DecadesHaveALogarithmicAxisThatHoldsZero) {
  const QualityScale scale = MakeQualityScale(WithValues({0, 0.05, 70}), 1);
  EXPECT_EQ(scale.threshold, 0.1);
  // asinh(10) = ln(10 + sqrt(101)).
  EXPECT_NEAR(Plotted(scale, 1), 2.998222950297970, 1e-14);
  EXPECT_NEAR(Plotted(scale, -1), -2.998222950297970, 1e-14);
  EXPECT_EQ(Plotted(scale, 0), 0);
  EXPECT_THAT(LabelsOf(scale),
              ElementsAre("0", "0.1", "0.3", "1", "3", "10", "30", "100"));
}

TEST(PageScaleTest, NegativeValuesHaveTicks) {
  const QualityScale scale = MakeQualityScale(WithValues({-4, 0, 70}), 1);
  EXPECT_THAT(LabelsOf(scale),
              ElementsAre("0", "0.1", "-0.1", "1", "-1", "10", "100"));
}

// The margin is on the axis, though every scheme is far below it.
TEST(PageScaleTest, TheMarginIsOnTheAxis) {
  const QualityScale scale = MakeQualityScale(WithValues({0, 0.001}), 1);
  EXPECT_GT(scale.axis.high, 1);
  EXPECT_LT(scale.axis.low, 0);
}

TEST(PageScaleTest, WithoutAMarginTheSmallestValueDecides) {
  EXPECT_EQ(MakeQualityScale(WithValues({0, 0.01, 1}), 0).threshold, 0);
  EXPECT_EQ(MakeQualityScale(WithValues({0, 0.001, 1}), 0).threshold, 0.001);
}

TEST(PageScaleTest, EqualValuesHaveAnAxis) {
  const QualityScale scale = MakeQualityScale(WithValues({0, 0}), 0);
  EXPECT_LT(scale.axis.low, scale.axis.high);
}

}  // namespace
}  // namespace quant_curve
