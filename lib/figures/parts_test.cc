#include "lib/figures/parts.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PartsTest, LabelsThatAreApartStay) {
  EXPECT_THAT(SpreadOut({10, 100, 50}, 15, 200), ElementsAre(10, 100, 50));
  EXPECT_THAT(SpreadOut({}, 15, 200), IsEmpty());
}

// Two at 50 need 15: each gives way by 7.5.
TEST(PartsTest, LabelsThatTouchGiveWayAlike) {
  EXPECT_THAT(SpreadOut({50, 50}, 15, 200), ElementsAre(57.5, 42.5));
}

// 50 and 52 spread to 58.5 and 43.5, which pushes the third, 40, to join them:
// three around their mean of (50 + 52 + 40) / 3 = 47.33.
TEST(PartsTest, AGroupThatGrowsTakesItsNeighbourIn) {
  const std::vector<double> heights = SpreadOut({50, 52, 40}, 15, 200);
  EXPECT_NEAR(heights[1], 62.33, 0.01);
  EXPECT_NEAR(heights[0], 47.33, 0.01);
  EXPECT_NEAR(heights[2], 32.33, 0.01);
}

TEST(PartsTest, NothingGoesAboveTheHighest) {
  EXPECT_THAT(SpreadOut({100, 99, 20}, 15, 100), ElementsAre(100, 85, 20));
}

}  // namespace
}  // namespace quant_curve
