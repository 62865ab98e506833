#include "tools/calibrate/hessian.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

TEST(HessianTest, IsTheMeanOuterProduct) {
  HessianSum sum(2);
  const float x[] = {1, 2, 3, -4};
  sum.AddRows(x, 2);
  // (1 + 9)/2, (2 - 12)/2, (4 + 16)/2.
  EXPECT_THAT(sum.Mean(), ElementsAre(5, -5, -5, 10));
}

TEST(HessianTest, PartsAddUpToTheWhole) {
  HessianSum first(2), second(2), whole(2);
  const float x[] = {1, 2, 3, -4, 5, 6};
  first.AddRows(x, 1);
  second.AddRows(x + 2, 2);
  first.AddSum(second);
  whole.AddRows(x, 3);
  EXPECT_EQ(first.Mean(), whole.Mean());
}

TEST(HessianTest, OffDiagonalShareCountsMagnitudes) {
  EXPECT_DOUBLE_EQ(OffDiagonalShare({6, -1, -1, 2}, 2), 0.2);
  EXPECT_EQ(OffDiagonalShare({3, 0, 0, 1}, 2), 0);
  EXPECT_EQ(OffDiagonalShare({0, 0, 0, 0}, 2), 0);
}

}  // namespace
}  // namespace quant_curve
