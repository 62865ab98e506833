#include "tools/quantize/proxy_loss.h"

#include "lib/artifact/status_matchers.h"
#include "tools/quantize/test_matrices.h"

namespace quant_curve {
namespace {

// [1, 2] H [1, 2]^T with H = [[2, 1], [1, 3]]: 2 + 2*2 + 4*3 = 18;
// [0, -1]: 3. Together 21.
TEST(ProxyLossTest, WeightedSquaresByHand) {
  ThreadPool pool(1);
  Matrix matrix(2, 2);
  matrix.values = {1, 2, 0, -1};
  Matrix hessian(2, 2);
  hessian.values = {2, 1, 1, 3};
  EXPECT_EQ(WeightedSquares(matrix, hessian, pool), 21);
}

TEST(ProxyLossTest, WeightedSquaresIsTheTraceAtOddWidths) {
  ThreadPool pool(2);
  for (const uint64_t size : {63, 64, 65, 172}) {
    const Matrix matrix = RandomMatrix(33, size, 3);
    const Matrix hessian = RandomHessian(size, 4);
    double trace = 0;
    for (uint64_t row = 0; row < matrix.rows; ++row) {
      for (uint64_t i = 0; i < size; ++i) {
        for (uint64_t j = 0; j < size; ++j) {
          trace += matrix.Row(row)[i] * hessian.Row(i)[j] * matrix.Row(row)[j];
        }
      }
    }
    EXPECT_NEAR(WeightedSquares(matrix, hessian, pool), trace, 1e-10 * trace);
  }
}

TEST(ProxyLossTest, ThreadsDoNotChangeTheBits) {
  const Matrix matrix = RandomMatrix(100, 172, 3);
  const Matrix hessian = RandomHessian(172, 4);
  ThreadPool one(1);
  ThreadPool three(3);
  EXPECT_EQ(WeightedSquares(matrix, hessian, one),
            WeightedSquares(matrix, hessian, three));
}

// w = [1.25, 2] on scale 1 is q = [1, 2]: error [0.25, 0], H_00 = 2, so 0.125
// against a reference of 2.
TEST(ProxyLossTest, TheLossIsRelativeToTheReference) {
  ThreadPool pool(1);
  Matrix weights(1, 2);
  weights.values = {1.25, 2};
  Matrix hessian(2, 2);
  hessian.values = {2, 1, 1, 3};
  const CodedMatrix coded = {{1, 2}, {{1, 0}}};
  const Scheme scheme = IntegerScheme(4, true, PER_CHANNEL, 0);
  EXPECT_EQ(ProxyLoss(weights, coded, scheme, hessian, 2, pool), 0.0625);
  EXPECT_EQ(ProxyLoss(weights, coded, scheme, hessian, 0, pool), absl::nullopt);
}

// H of x = (1, 2): (2, -1) has output 0 and (2, 1) output 4. With noise of
// 1e-14 the power is that noise.
TEST(ProxyLossTest, TheOutputPowerOfRoundingIsZero) {
  ThreadPool pool(1);
  Matrix hessian(2, 2);
  hessian.values = {1, 2, 2, 4};
  Matrix weights(1, 2);
  weights.values = {2, 1};
  EXPECT_EQ(OutputPower(weights, hessian, pool), 16);
  weights.values = {2, -1};
  EXPECT_EQ(OutputPower(weights, hessian, pool), 0);
  hessian.values[0] += 1e-14;
  EXPECT_EQ(OutputPower(weights, hessian, pool), 0);
  hessian.values[0] -= 2e-14;
  EXPECT_EQ(OutputPower(weights, hessian, pool), 0);
  EXPECT_EQ(OutputPower(Matrix(1, 2), hessian, pool), 0);
}

// The sum overflows: inf - inf is not a loss of 0.
TEST(ProxyLossTest, ALossThatOverflowsIsNone) {
  ThreadPool pool(1);
  Matrix hessian(2, 2);
  hessian.values = {1e308, -1e308, -1e308, 1e308};
  Matrix weights(1, 2);
  weights.values = {1e3, 1e3};
  const CodedMatrix coded = {{0, 0}, {{1, 0}}};
  EXPECT_EQ(OutputPower(weights, hessian, pool), 0);
  EXPECT_EQ(ProxyLoss(weights, coded, IntegerScheme(4, true, PER_CHANNEL, 0),
                      hessian, 1, pool),
            absl::nullopt);
}

// x = (1, 2) sees nothing of the error (2, -1): rounding may put it below 0.
TEST(ProxyLossTest, ALossThatRoundingMakesNegativeIsZero) {
  ThreadPool pool(1);
  Matrix hessian(2, 2);
  hessian.values = {1 - 1e-14, 2, 2, 4};
  Matrix weights(1, 2);
  weights.values = {2, -1};
  const CodedMatrix coded = {{0, 0}, {{1, 0}}};
  ASSERT_LT(WeightedSquares(weights, hessian, pool), 0);
  EXPECT_EQ(ProxyLoss(weights, coded, IntegerScheme(4, true, PER_CHANNEL, 0),
                      hessian, 1, pool),
            0);
}

}  // namespace
}  // namespace quant_curve
