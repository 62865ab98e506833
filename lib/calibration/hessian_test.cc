#include "lib/calibration/hessian.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

TEST(HessianTest, TheMatrixHasBothTriangles) {
  std::vector<double> sums = {10, -10, 20};
  DivideByTokens(2, sums);
  EXPECT_THAT(MatrixOfTriangle(sums, 2), ElementsAre(5, -5, -5, 10));
}

TEST(HessianTest, OffDiagonalShareCountsMagnitudes) {
  EXPECT_DOUBLE_EQ(OffDiagonalShare({6, -1, 2}, 2), 0.2);
  EXPECT_EQ(OffDiagonalShare({3, 0, 1}, 2), 0);
  EXPECT_EQ(OffDiagonalShare({0, 0, 0}, 2), 0);
}

}  // namespace
}  // namespace quant_curve
