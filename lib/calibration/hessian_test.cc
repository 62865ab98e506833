#include "lib/calibration/hessian.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

TEST(HessianTest, SumsAreTheUpperTriangleOfOuterProducts) {
  std::vector<double> sums(TriangleSize(3));
  const float x[] = {1, 2, 3, 4, -5, 6};
  AddOuterProducts(x, 2, 3, sums.data());
  // 1 + 16, 2 - 20, 3 + 24; 4 + 25, 6 - 30; 9 + 36.
  EXPECT_THAT(sums, ElementsAre(17, -18, 27, 29, -24, 45));
}

TEST(HessianTest, TheMeanHasBothTriangles) {
  EXPECT_THAT(MeanMatrix({10, -10, 20}, 2, 2), ElementsAre(5, -5, -5, 10));
}

TEST(HessianTest, OffDiagonalShareCountsMagnitudes) {
  EXPECT_DOUBLE_EQ(OffDiagonalShare({6, -1, -1, 2}, 2), 0.2);
  EXPECT_EQ(OffDiagonalShare({3, 0, 0, 1}, 2), 0);
  EXPECT_EQ(OffDiagonalShare({0, 0, 0, 0}, 2), 0);
}

}  // namespace
}  // namespace quant_curve
