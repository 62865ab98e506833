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

// Bytes 8 4 2 2 5: the last is beaten only by the second, the fourth by its
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

// Two frontiers from (0, 8) to (10, 0). Scaled, (2, 3) and (5, 2.5) lie 1 - 0.2
// - 0.375 = 0.425 and 0.1875 below the chord, (2, 5) and (5, 1) 0.175 and
// 0.375. Neither axis is measured from its zero: moving all points by the same
// amount, far from both or to negative costs (a speed's), changes nothing.
TEST(FrontierTest, TheKneeDoesNotDependOnWhereTheOriginIs) {
  for (const double cost : {0.0, 1000.0, -1000.0, -5.0}) {
    for (const double perplexity : {0.0, 100.0}) {
      const auto moved = [&](double x, double y) -> CostPoint {
        return {x + cost, y + perplexity};
      };
      SCOPED_TRACE(::testing::Message() << cost << " " << perplexity);
      EXPECT_EQ(Knee({moved(0, 8), moved(2, 3), moved(5, 2.5), moved(10, 0)}),
                1);
      EXPECT_EQ(Knee({moved(0, 8), moved(2, 5), moved(5, 1), moved(10, 0)}), 2);
    }
  }
}

// (5, 4) is half of the way and half up.
TEST(FrontierTest, APointOnTheChordIsNotAKnee) {
  EXPECT_EQ(Knee({{{0, 8}, {5, 4}, {10, 0}}}), -1);
  EXPECT_EQ(Knee({{{1000, 108}, {1005, 104}, {1010, 100}}}), -1);
  // (2, 6) lies 0.05 below the chord.
  EXPECT_EQ(Knee({{{0, 8}, {2, 6}, {5, 4}, {10, 0}}}), 1);
}

// (1, 7.5) lies 1 - 0.1 - 0.9375 = -0.0375 above the chord, (5, 1) below it.
TEST(FrontierTest, PointsBehindOneAboveTheChordCount) {
  EXPECT_EQ(Knee({{{0, 8}, {1, 7.5}, {5, 1}, {10, 0}}}), 2);
}

// (2, 4) and (4, 2) on the way from (0, 8) to (8, 0): both 0.25 below.
TEST(FrontierTest, OfPointsEquallyFarTheCheaperIsTheKnee) {
  EXPECT_EQ(Knee({{{0, 8}, {2, 4}, {4, 2}, {8, 0}}}), 1);
  EXPECT_EQ(Knee({{{0, 8}, {4, 2}, {2, 4}, {8, 0}}}), 2);
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

// The third is larger than the second, and lower by what cannot be seen. The
// fourth differs from all.
TEST(FrontierTest, CostThatShowsNoGainIsNotOnTheFrontier) {
  const std::vector<CostPoint> points = {{1, 5}, {2, 4}, {3, 3.99}, {4, 3}};
  std::vector<std::vector<bool>> differ(4, std::vector<bool>(4, true));
  differ[1][2] = differ[2][1] = false;
  EXPECT_THAT(ShownDominatedBy(points, differ),
              ElementsAre(IsEmpty(), IsEmpty(), ElementsAre(1), IsEmpty()));
}

// Of equal cost the lower perplexity comes first; the other is shown to be no
// better. Equal points stay together.
TEST(FrontierTest, OfEqualCostTheLowerPerplexityStays) {
  const std::vector<std::vector<bool>> none(3, std::vector<bool>(3, false));
  EXPECT_THAT(ShownDominatedBy({{1, 5}, {1, 4}, {1, 4}}, none),
              ElementsAre(ElementsAre(1, 2), IsEmpty(), IsEmpty()));
}

}  // namespace
}  // namespace quant_curve
