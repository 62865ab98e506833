#include "lib/numerics/scalar_math.h"

#include <cmath>
#include <limits>

#include "gtest/gtest.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

// The witness is the C library's long double version, which carries 11 more
// bits.
TEST(ScalarMathTest, ExpIsWithinTwoUnitsInTheLastPlace) {
  Random random(1);
  for (int i = 0; i < 200000; ++i) {
    const double x = (random.Uniform() - 0.5) * 1400;
    const long double exact = std::exp(static_cast<long double>(x));
    if (exact < 1e-300L) continue;
    EXPECT_NEAR(static_cast<double>(Exp(x) / exact - 1), 0, 4.5e-16) << x;
  }
}

TEST(ScalarMathTest, ExpHasTheRightEnds) {
  EXPECT_EQ(Exp(0), 1);
  EXPECT_EQ(Exp(-1e9), 0);
  EXPECT_EQ(Exp(1e9), std::numeric_limits<double>::infinity());
}

TEST(ScalarMathTest, LogIsWithinTwoUnitsInTheLastPlace) {
  Random random(2);
  for (int i = 0; i < 200000; ++i) {
    const double x = std::ldexp(0.5 + random.Uniform(),
                                static_cast<int>(random.Below(200)) - 100);
    const long double exact = std::log(static_cast<long double>(x));
    const double bound = 4.5e-16 * std::abs(static_cast<double>(exact)) + 1e-17;
    EXPECT_NEAR(static_cast<double>(Log(x) - exact), 0, bound) << x;
  }
}

TEST(ScalarMathTest, LogHasTheRightEnds) {
  EXPECT_EQ(Log(1), 0);
  EXPECT_EQ(Log(0), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(Log(-1)));
}

TEST(ScalarMathTest, SineAndCosineAreWithin1e15) {
  Random random(3);
  for (int i = 0; i < 200000; ++i) {
    const double x = (random.Uniform() - 0.5) * 0x1p21;
    const long double wide = x;
    EXPECT_NEAR(static_cast<double>(Sin(x) - std::sin(wide)), 0, 1e-15) << x;
    EXPECT_NEAR(static_cast<double>(Cos(x) - std::cos(wide)), 0, 1e-15) << x;
  }
}

}  // namespace
}  // namespace quant_curve
