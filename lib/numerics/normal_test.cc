#include "lib/numerics/normal.h"

#include <cmath>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TEST(NormalTest, HasTheMomentsAndTheTailOfTheStandardNormal) {
  Random random(42);
  const int n = 200000;
  double sum = 0, squares = 0;
  int beyond = 0;
  for (int i = 0; i < n; ++i) {
    const double x = Normal(random);
    sum += x;
    squares += x * x;
    beyond += std::abs(x) > 1.959964;
  }
  // Four standard errors each: 1, sqrt(2) and sqrt(0.05 * 0.95) over sqrt(n).
  EXPECT_NEAR(sum / n, 0, 0.009);
  EXPECT_NEAR(squares / n, 1, 0.0127);
  EXPECT_NEAR(static_cast<double>(beyond) / n, 0.05, 0.002);
}

}  // namespace
}  // namespace quant_curve
