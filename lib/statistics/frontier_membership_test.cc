#include "lib/statistics/frontier_membership.h"

#include "gtest/gtest.h"
#include "lib/numerics/random.h"
#include "lib/statistics/bootstrap.h"
#include "lib/statistics/synthetic_losses.h"

namespace quant_curve {
namespace {

// Scheme 0 is the largest. In replicates 1 and 2 it loses least, in 3 and 4
// scheme 1 loses less with fewer bytes. Scheme 2 is the smallest: always on it.
TEST(FrontierMembershipTest, ProbabilitiesAreSharesOfTheReplicates) {
  const auto result = FrontierMemberships(
      {{0.1, 0.2, 0.9}, {0.1, 0.3, 0.9}, {0.2, 0.1, 0.9}, {0.3, 0.3, 0.1}},
      {30, 20, 10});
  EXPECT_EQ(result[0].probability, 0.5);
  EXPECT_EQ(result[1].probability, 0.75);
  EXPECT_EQ(result[2].probability, 1);
  EXPECT_EQ(result[0].lowest_rank, 1);
  EXPECT_EQ(result[0].highest_rank, 2);
  EXPECT_EQ(result[2].lowest_rank, 1);
  EXPECT_EQ(result[2].highest_rank, 3);
}

TEST(FrontierMembershipTest, EqualPointsDoNotDominateEachOther) {
  const auto result = FrontierMemberships({{0.1, 0.1}}, {10, 10});
  EXPECT_EQ(result[0].probability, 1);
  EXPECT_EQ(result[1].probability, 1);
}

// Of two schemes that lose the same, the larger one's probability is spread
// evenly over 0 to 1 from text to text: it is above 0.95 in 5 % of them.
TEST(FrontierMembershipTest, EqualSchemesAreSeldomSurelyOnTheFrontier) {
  Random random(1);
  double sum = 0;
  int sure = 0;
  for (int i = 0; i < 500; ++i) {
    const PairedLosses losses =
        MakeSyntheticLosses(random, 80, {0.01, 0.01}, 0.02);
    const double probability =
        FrontierMemberships(BootstrapLosses(losses, {200, 2}), {20, 10})[0]
            .probability;
    sum += probability;
    sure += probability > 0.95;
  }
  RecordProperty("sure_of_500", sure);
  EXPECT_NEAR(sum / 500, 0.5, 0.06);
  EXPECT_LE(sure, 0.09 * 500);
}

// The true ranks 1 to 4 lie in the 95 % intervals of their schemes.
TEST(FrontierMembershipTest, RankIntervalsCover) {
  Random random(2);
  int covered = 0;
  for (int i = 0; i < 300; ++i) {
    const PairedLosses losses =
        MakeSyntheticLosses(random, 80, {0.01, 0.012, 0.014, 0.03}, 0.02);
    const auto result = FrontierMemberships(BootstrapLosses(losses, {200, 2}),
                                            {40, 30, 20, 10});
    for (int s = 0; s < 4; ++s) {
      covered +=
          result[s].lowest_rank <= s + 1 && s + 1 <= result[s].highest_rank;
    }
  }
  RecordProperty("covered_of_1200", covered);
  EXPECT_GE(covered, 0.93 * 1200);
}

}  // namespace
}  // namespace quant_curve
