#include "lib/calibration/hessian.h"

#include <cmath>

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

// Sizes around the tiles' edges; each sum takes its terms token after token.
TEST(HessianTest, TheBitsAreThoseOfOneTokenAfterAnother) {
  constexpr int64_t kRows = 5;
  for (const int64_t n : {1, 7, 8, 9, 16, 19}) {
    std::vector<float> x(kRows * n);
    for (size_t i = 0; i < x.size(); ++i) {
      x[i] = std::sin(static_cast<float>(i + n));
    }
    std::vector<double> sums(TriangleSize(n), 0.1), expected = sums;
    AddOuterProducts(x.data(), kRows, n, sums.data());
    for (int64_t row = 0; row < kRows; ++row) {
      size_t next = 0;
      for (int64_t i = 0; i < n; ++i) {
        for (int64_t j = i; j < n; ++j) {
          expected[next++] += static_cast<double>(x[row * n + i]) *
                              static_cast<double>(x[row * n + j]);
        }
      }
    }
    EXPECT_EQ(sums, expected) << n;
  }
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
