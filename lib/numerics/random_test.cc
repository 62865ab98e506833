#include "lib/numerics/random.h"

#include <array>
#include <cmath>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TEST(RandomTest, StreamsOfOneSeedDiffer) {
  EXPECT_NE(Random(42, 0).Bits(), Random(42, 1).Bits());
  EXPECT_NE(Random(42).Bits(), Random(43).Bits());
  EXPECT_EQ(Random(42, 7).Bits(), Random(42, 7).Bits());
}

TEST(RandomTest, BelowStaysBelowAndIsEven) {
  Random random(1);
  std::array<int, 6> counts{};
  for (int i = 0; i < 60000; ++i) ++counts[random.Below(6)];
  // Chi-square with 5 degrees of freedom: 20.5 is the 99.9 % point.
  double chi_square = 0;
  for (const int count : counts) {
    chi_square += (count - 10000.0) * (count - 10000.0) / 10000.0;
  }
  EXPECT_LT(chi_square, 20.5);
}

TEST(RandomTest, UniformHasTheMomentsOfTheUnitInterval) {
  Random random(2);
  double sum = 0, squares = 0;
  for (int i = 0; i < 100000; ++i) {
    const double x = random.Uniform();
    ASSERT_GE(x, 0);
    ASSERT_LT(x, 1);
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / 100000, 0.5, 0.004);  // 4 standard errors
  EXPECT_NEAR(squares / 100000, 1.0 / 3, 0.004);
}

}  // namespace
}  // namespace quant_curve
