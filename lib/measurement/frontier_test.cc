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

// Ends (0, 1) and (10, 0). On the way (2, 0.4), 0.4 below the chord in scaled
// axes, and (5, 0.3), 0.2 below it; (6, 0.9) is dominated.
TEST(FrontierTest, TheKneeIsFarthestBelowTheChord) {
  EXPECT_EQ(Knee({{{10, 0}, {5, 0.3}, {2, 0.4}, {0, 1}, {6, 0.9}}}), 2);
}

// The same points, cost times 1000 and perplexity by 7: still the third.
TEST(FrontierTest, TheKneeDoesNotDependOnUnits) {
  EXPECT_EQ(Knee({{{10000, 0}, {5000, 2.1}, {2000, 2.8}, {0, 7}}}), 2);
}

TEST(FrontierTest, AFrontierAboveItsChordHasNoKnee) {
  EXPECT_EQ(Knee({{{0, 10}, {9, 9}, {10, 0}}}), -1);
}

TEST(FrontierTest, TwoPointsHaveNoKnee) {
  EXPECT_EQ(Knee({{{0, 10}, {10, 0}}}), -1);
  EXPECT_EQ(Knee({}), -1);
}

// Equal points at the ends must not divide by zero.
TEST(FrontierTest, EqualPointsHaveNoKnee) {
  EXPECT_EQ(Knee({{{1, 2}, {1, 2}, {1, 2}}}), -1);
}

}  // namespace
}  // namespace quant_curve
