#include "lib/calibration/hessian.h"

#include <algorithm>

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

// More than the squares in which it is filled.
TEST(HessianTest, ElementsOfTheMatrixAreWhereRowAndColumnSay) {
  constexpr int64_t kSize = 150;
  std::vector<double> triangle;
  for (int64_t i = 0; i < kSize; ++i) {
    for (int64_t j = i; j < kSize; ++j) triangle.push_back(1000 * i + j);
  }
  const std::vector<double> matrix = MatrixOfTriangle(triangle, kSize);
  ASSERT_EQ(matrix.size(), kSize * kSize);
  for (int64_t i = 0; i < kSize; ++i) {
    for (int64_t j = 0; j < kSize; ++j) {
      EXPECT_EQ(matrix[i * kSize + j], 1000 * std::min(i, j) + std::max(i, j));
    }
  }
}

TEST(HessianTest, OffDiagonalShareCountsMagnitudes) {
  EXPECT_DOUBLE_EQ(OffDiagonalShare({6, -1, 2}, 2), 0.2);
  EXPECT_EQ(OffDiagonalShare({3, 0, 1}, 2), 0);
  EXPECT_EQ(OffDiagonalShare({0, 0, 0}, 2), 0);
}

}  // namespace
}  // namespace quant_curve
