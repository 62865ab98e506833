#include "tools/quantize/hessian.h"

#include <cmath>
#include <limits>

#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

absl::StatusOr<Matrix> Read(const std::vector<double>& triangle,
                            uint64_t size) {
  return ReadHessian(MakeFloat64("h", {triangle.size()}, triangle), size);
}

Matrix Square(const std::vector<double>& values, uint64_t size) {
  Matrix matrix(size, size);
  matrix.values = values;
  return matrix;
}

TEST(HessianTest, AGramMatrixIsRead) {
  ASSERT_OK_AND_ASSIGN(const Matrix hessian, Read({2, 1, 2}, 2));
  EXPECT_THAT(hessian.values, ElementsAre(2, 1, 1, 2));
}

TEST(HessianTest, AnotherShapeIsRefused) {
  EXPECT_THAT(Read({2, 1, 2}, 3), FailsSaying("shape [3], expected [6]"));
}

TEST(HessianTest, NanAndInfinityAreRefused) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(Read({2, kNan, 2}, 2), FailsSaying("not finite"));
  EXPECT_THAT(Read({kInfinity, 1, 2}, 2), FailsSaying("not finite"));
}

TEST(HessianTest, ANegativeDiagonalIsRefused) {
  EXPECT_THAT(Read({2, 1, -2}, 2), FailsSaying("diagonal element 1 is -2"));
}

TEST(HessianTest, ADeadColumnWithEntriesIsRefused) {
  EXPECT_THAT(Read({2, 1, 0}, 2), FailsSaying("column 1 is dead"));
}

TEST(HessianTest, AHessianWithDeadColumnsIsRead) {
  ASSERT_OK_AND_ASSIGN(const Matrix some, Read({2, 0, 1, 0, 0, 3}, 3));
  EXPECT_EQ(CountDeadColumns(some), 1);
  ASSERT_OK_AND_ASSIGN(const Matrix all, Read({0, 0, 0}, 2));
  EXPECT_EQ(CountDeadColumns(all), 2);
}

// Off-diagonal share 2e-7 of 2 is 1e-7, 2e-5 of 2 is 1e-5.
TEST(HessianTest, NearlyDiagonalIsAShareBelowAMillionthOfTwoLiveColumns) {
  EXPECT_TRUE(IsNearlyDiagonal(Square({1, 0, 0, 1}, 2)));
  EXPECT_TRUE(IsNearlyDiagonal(Square({1, 1e-7, 1e-7, 1}, 2)));
  EXPECT_FALSE(IsNearlyDiagonal(Square({1, 1e-5, 1e-5, 1}, 2)));
  EXPECT_FALSE(IsNearlyDiagonal(Square({1}, 1)));
  EXPECT_FALSE(IsNearlyDiagonal(Square({1, 0, 0, 0}, 2)));
  EXPECT_FALSE(IsNearlyDiagonal(Square({0, 0, 0, 0}, 2)));
}

TEST(HessianTest, ActivationOrderFallsWithTiesByIndex) {
  Matrix hessian(4, 4);
  hessian.Row(0)[0] = 2;
  hessian.Row(1)[1] = 3;
  hessian.Row(2)[2] = 2;
  hessian.Row(3)[3] = 5;
  EXPECT_THAT(ActivationOrder(hessian), ElementsAre(3, 1, 0, 2));
}

TEST(HessianTest, PermuteMovesRowsAndColumns) {
  const Matrix permuted =
      PermuteHessian(Square({1, 2, 3, 2, 4, 5, 3, 5, 6}, 3), {2, 0, 1});
  EXPECT_THAT(permuted.values, ElementsAre(6, 3, 5, 3, 1, 2, 5, 2, 4));
}

// diag (1, 3), mean 2, damping 0.5: (2, 4) on the diagonal, so that
// U = diag(1 / sqrt 2, 1 / 2).
TEST(HessianTest, DampingIsAShareOfTheMeanDiagonal) {
  ThreadPool pool(1);
  ASSERT_OK_AND_ASSIGN(const HessianFactor factor,
                       FactorHessian(Square({1, 0, 0, 3}, 2), 0.5, pool));
  EXPECT_DOUBLE_EQ(factor.upper.Row(0)[0], 1 / std::sqrt(2.0));
  EXPECT_EQ(factor.upper.Row(1)[1], 0.5);
  EXPECT_EQ(factor.damping_used, 0.5);
  EXPECT_EQ(factor.damping_raises, 0);
}

// The live columns of diag (2, 0, 6) have mean 4; damping 0.5 adds 2 to (2, 4,
// 6), and U is the reciprocal square root of (4, 6, 8).
TEST(HessianTest, DeadColumnsTakeTheMeanOfTheLiveOnesAndNoPartInIt) {
  ThreadPool pool(1);
  for (const double size : {1.0, 0x1p-40, 0x1p40}) {
    Matrix hessian = Square({2, 0, 0, 0, 0, 0, 0, 0, 6}, 3);
    for (double& value : hessian.values) value *= size;
    ASSERT_OK_AND_ASSIGN(const HessianFactor factor,
                         FactorHessian(hessian, 0.5, pool));
    EXPECT_THAT(factor.dead, ElementsAre(false, true, false));
    EXPECT_EQ(factor.damping_used, 0.5);
    const double root = std::sqrt(size);
    EXPECT_DOUBLE_EQ(factor.upper.Row(0)[0] * root, 0.5);
    EXPECT_DOUBLE_EQ(factor.upper.Row(1)[1] * root, 1 / std::sqrt(6.0));
    EXPECT_DOUBLE_EQ(factor.upper.Row(2)[2] * root, 1 / std::sqrt(8.0));
  }
}

// Eigenvalues 3 and -1, mean diagonal 1: damping 0.01 and 0.1 are too little, 1
// leaves a singular matrix, 10 will do.
TEST(HessianTest, DampingIsRaisedUntilPositiveDefiniteAndRecorded) {
  ThreadPool pool(1);
  ASSERT_OK_AND_ASSIGN(const HessianFactor factor,
                       FactorHessian(Square({1, 2, 2, 1}, 2), 0.01, pool));
  EXPECT_EQ(factor.damping_raises, 3);
  EXPECT_DOUBLE_EQ(factor.damping_used, 10);
}

// Eigenvalue -9999: 0.01 * 10^5 = 1000 is the last damping tried.
TEST(HessianTest, RaisesAreBoundedAndThenAnError) {
  ThreadPool pool(1);
  EXPECT_THAT(FactorHessian(Square({1, 1e4, 1e4, 1}, 2), 0.01, pool),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       ::testing::HasSubstr(
                           "not positive definite even with damping 1000")));
}

}  // namespace
}  // namespace quant_curve
