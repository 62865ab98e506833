#include "lib/statistics/groups.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/numerics/random.h"
#include "lib/statistics/synthetic_losses.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Pairs = std::vector<std::vector<bool>>;

TEST(GroupsTest, EqualSchemesShareAGroup) {
  EXPECT_THAT(Groups(Pairs(3, std::vector<bool>(3))),
              ElementsAre(ElementsAre(0, 1, 2)));
  EXPECT_THAT(Groups({}), IsEmpty());
}

TEST(GroupsTest, ASchemeInBetweenIsInBothGroups) {
  EXPECT_THAT(
      Groups(
          {{false, false, true}, {false, false, false}, {true, false, false}}),
      ElementsAre(ElementsAre(0, 1), ElementsAre(1, 2)));
}

TEST(GroupsTest, SchemesThatAllDifferStandAlone) {
  EXPECT_THAT(
      Groups({{false, true, true}, {true, false, true}, {true, true, false}}),
      ElementsAre(ElementsAre(0), ElementsAre(1), ElementsAre(2)));
}

// Brute force over random tables of 6: two schemes share a group exactly when
// they do not differ, and no group is within another.
TEST(GroupsTest, SharingAGroupMeansNotBeingDistinguishable) {
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    Pairs pairs(6, std::vector<bool>(6));
    for (int a = 0; a < 6; ++a) {
      for (int b = a + 1; b < 6; ++b) {
        pairs[a][b] = pairs[b][a] = random.Below(2) == 0;
      }
    }
    Pairs share(6, std::vector<bool>(6));
    const std::vector<std::vector<int64_t>> groups = Groups(pairs);
    for (const std::vector<int64_t>& group : groups) {
      for (const int64_t a : group) {
        for (const int64_t b : group) share[a][b] = true;
      }
    }
    for (int a = 0; a < 6; ++a) {
      EXPECT_TRUE(share[a][a]);
      for (int b = a + 1; b < 6; ++b) EXPECT_NE(share[a][b], pairs[a][b]);
    }
  }
}

TEST(GroupsTest, LargeDifferencesAreFoundAndSchemesWithoutOneAreNot) {
  Random random(2);
  const PairedLosses losses =
      MakeSyntheticLosses(random, 200, {0, 0, 0.05}, 0.02);
  const Pairs pairs = DistinguishablePairs(losses, {500, 1});
  EXPECT_THAT(Groups(pairs), ElementsAre(ElementsAre(0, 1), ElementsAre(2)));
}

// Six equal schemes have 15 pairs; the probability that any is declared
// different stays near 5 %.
TEST(GroupsTest, EqualSchemesAreSeldomToldApart) {
  Random random(3);
  int wrong = 0;
  for (int i = 0; i < 300; ++i) {
    const PairedLosses losses =
        MakeSyntheticLosses(random, 80, std::vector<double>(6, 0.01), 0.02);
    wrong += Groups(DistinguishablePairs(losses, {200, 5})).size() > 1;
  }
  RecordProperty("wrong_of_300", wrong);
  EXPECT_LE(wrong, 0.09 * 300);
  EXPECT_GE(wrong, 0.01 * 300);
}

}  // namespace
}  // namespace quant_curve
