#include "lib/figures/axis.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> TickLabels(const Axis& axis) {
  std::vector<std::string> labels;
  for (const Tick& tick : axis.ticks) labels.push_back(tick.label);
  return labels;
}

TEST(AxisTest, LinearTicksAreRoundAndCarryTheirDecimals) {
  EXPECT_THAT(TickLabels(LinearAxis(0, 100)),
              ElementsAre("0", "20", "40", "60", "80", "100"));
  EXPECT_THAT(TickLabels(LinearAxis(4.83, 4.95)),
              ElementsAre("4.84", "4.86", "4.88", "4.90", "4.92", "4.94"));
  EXPECT_THAT(TickLabels(LinearAxis(93.7, 98.6)),
              ElementsAre("94", "95", "96", "97", "98"));
}

// ceil(-0.3) is a negative zero.
TEST(AxisTest, NoTickIsCalledMinusZero) {
  EXPECT_THAT(TickLabels(LinearAxis(-0.3, 4.5)),
              ElementsAre("0", "1", "2", "3", "4"));
}

TEST(AxisTest, LogTicksFollowTheDecades) {
  EXPECT_THAT(TickLabels(PaddedAxis(4, 40, true, 0)),
              ElementsAre("5", "7", "10", "20", "30"));
  EXPECT_THAT(
      TickLabels(PaddedAxis(1, 1e6, true, 0)),
      ElementsAre("1", "10", "100", "1000", "10000", "100000", "1e+06"));
}

TEST(AxisTest, ByteTicksAreInBinaryUnits) {
  const Axis axis = BytesAxis(60 * 1024, 400 * 1024, 0);
  EXPECT_EQ(axis.unit, "KiB");
  EXPECT_THAT(TickLabels(axis),
              ElementsAre("64", "96", "128", "192", "256", "384"));
  EXPECT_EQ(axis.ticks[0].value, 65536);
  EXPECT_EQ(BytesAxis(60 << 20, 400 << 20, 0).unit, "MiB");
}

// The unit grows where the upper end reaches 4 of the next one.
TEST(AxisTest, ByteUnitsChangeAtFourOfTheNext) {
  EXPECT_EQ(BytesAxis(1 << 20, 4095 << 10, 0).unit, "KiB");
  EXPECT_EQ(BytesAxis(1 << 20, 4 << 20, 0).unit, "MiB");
  EXPECT_EQ(BytesAxis(1 << 20, 4.0 * (1 << 30), 0).unit, "GiB");
}

// A tenth of 10 on either side; half of a ratio of 100, a factor of 10.
TEST(AxisTest, PaddingIsAShareOfTheSpan) {
  const Axis linear = PaddedAxis(10, 20, false, 0.1);
  EXPECT_DOUBLE_EQ(linear.low, 9);
  EXPECT_DOUBLE_EQ(linear.high, 21);
  const Axis log = PaddedAxis(10, 1000, true, 0.5);
  EXPECT_NEAR(log.low, 1, 1e-12);
  EXPECT_NEAR(log.high, 10000, 1e-8);
  EXPECT_TRUE(log.log);
}

// Half a percent of the value on either side; around zero, one.
TEST(AxisTest, EqualValuesHaveASpanOfOnePercent) {
  const Axis equal = PaddedAxis(200, 200, false, 0);
  EXPECT_DOUBLE_EQ(equal.low, 199);
  EXPECT_DOUBLE_EQ(equal.high, 201);
  const Axis zero = PaddedAxis(0, 0, false, 0);
  EXPECT_EQ(zero.low, -1);
  EXPECT_EQ(zero.high, 1);
}

TEST(AxisTest, EqualValuesStillHaveASpan) {
  const Axis axis = PaddedAxis(5, 5, false, 0.1);
  EXPECT_LT(axis.low, 5);
  EXPECT_GT(axis.high, 5);
  EXPECT_GE(axis.ticks.size(), 2);
}

// Half-way between 1 and 100 on a logarithmic axis is 10.
TEST(AxisTest, PixelsFollowTheScale) {
  const Panel panel = {
      {100, 200, 300, 400}, PaddedAxis(1, 100, true, 0), LinearAxis(0, 10)};
  const Point middle = ToPixel(panel, 10, 5);
  EXPECT_NEAR(middle.x, 200, 1e-9);
  EXPECT_NEAR(middle.y, 300, 1e-9);
  EXPECT_NEAR(ToPixel(panel, 100, 0).x, 300, 1e-9);
}

}  // namespace
}  // namespace quant_curve
