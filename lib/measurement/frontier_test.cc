#include "lib/measurement/frontier.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(FrontierTest, BetterInBothDominates) {
  EXPECT_TRUE(Dominates({1, 1}, {2, 2}));
  EXPECT_FALSE(Dominates({2, 2}, {1, 1}));
}

TEST(FrontierTest, EqualInOneAndBetterInTheOtherDominates) {
  EXPECT_TRUE(Dominates({1, 2}, {2, 2}));
  EXPECT_TRUE(Dominates({2, 1}, {2, 2}));
}

TEST(FrontierTest, EqualPointsAndTradeOffsDoNotDominate) {
  EXPECT_FALSE(Dominates({2, 2}, {2, 2}));
  EXPECT_FALSE(Dominates({1, 3}, {3, 1}));
}

// Bytes 8 4 2 2 5: the last is beaten by the second alone, the fourth by its
// twin of equal bytes.
TEST(FrontierTest, EveryDominatorIsNamed) {
  const std::vector<CostPoint> points = {
      {8, 1.0}, {4, 1.1}, {2, 1.5}, {2, 1.6}, {5, 1.2}};
  EXPECT_THAT(DominatedBy(points), ElementsAre(IsEmpty(), IsEmpty(), IsEmpty(),
                                               ElementsAre(2), ElementsAre(1)));
  EXPECT_THAT(FrontierOrder(points), ElementsAre(2, 1, 0));
}

TEST(FrontierTest, OnePointIsTheFrontier) {
  EXPECT_THAT(FrontierOrder({{{3, 4}}}), ElementsAre(0));
}

TEST(FrontierTest, TheLargestModelCanBeDominated) {
  EXPECT_THAT(FrontierOrder({{8, 1.01}, {4, 1.0}}), ElementsAre(1));
}

}  // namespace
}  // namespace quant_curve
