#include "lib/calibration/hessian.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hwy/targets.h"
#include "lib/numerics/normal.h"
#include "lib/numerics/random.h"

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

// The sum as its definition reads.
void AddPlainly(const std::vector<float>& x, int64_t rows, int64_t n,
                std::vector<double>& sums) {
  size_t next = 0;
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = i; j < n; ++j, ++next) {
      for (int64_t row = 0; row < rows; ++row) {
        sums[next] += double{x[row * n + i]} * double{x[row * n + j]};
      }
    }
  }
}

// Around the edges of the kernel's tiles and blocks of rows.
TEST(HessianTest, EveryShapeAndInstructionSetGivesTheBitsOfThePlainSum) {
  Random random(5);
  for (const int64_t n : {1, 5, 6, 7, 8, 31, 33, 64, 70, 100}) {
    for (const int64_t rows : {1, 3, 128, 129, 260}) {
      std::vector<float> x(rows * n);
      for (float& value : x) value = static_cast<float>(Normal(random));
      std::vector<double> plain(TriangleSize(n), 0.1);
      AddPlainly(x, rows, n, plain);
      for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
        hwy::SetSupportedTargetsForTest(target);
        std::vector<double> sums(TriangleSize(n), 0.1);
        AddOuterProducts(x.data(), rows, n, sums.data());
        EXPECT_EQ(sums, plain) << n << " inputs, " << rows << " rows";
      }
      hwy::SetSupportedTargetsForTest(0);
    }
  }
}

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
