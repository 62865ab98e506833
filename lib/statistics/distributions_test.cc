#include "lib/statistics/distributions.h"

#include <cmath>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

constexpr double kPi = 3.141592653589793;

// Closed forms: with 2k degrees a Poisson sum, with odd ones erfc and a
// polynomial.
double TwoDegrees(double x) { return std::exp(-x / 2); }
double FourDegrees(double x) { return std::exp(-x / 2) * (1 + x / 2); }
double SevenDegrees(double x) {
  return std::erfc(std::sqrt(x / 2)) +
         std::sqrt(2 * x / kPi) * std::exp(-x / 2) * (1 + x / 3 + x * x / 15);
}

TEST(DistributionsTest, ChiSquareTailsMatchTheirClosedForms) {
  for (const double x : {0.01, 0.5, 1.0, 3.0, 6.0, 14.0, 40.0, 85.0, 300.0}) {
    EXPECT_NEAR(ChiSquareUpperTail(x, 2) / TwoDegrees(x), 1, 1e-10) << x;
    EXPECT_NEAR(ChiSquareUpperTail(x, 4) / FourDegrees(x), 1, 1e-10) << x;
    EXPECT_NEAR(ChiSquareUpperTail(x, 7) / SevenDegrees(x), 1, 1e-10) << x;
  }
}

TEST(DistributionsTest, ChiSquareTailsMatchTables) {
  EXPECT_NEAR(ChiSquareUpperTail(3.841458820694124, 1), 0.05, 1e-12);
  EXPECT_NEAR(ChiSquareUpperTail(14.067140449340169, 7), 0.05, 1e-12);
  EXPECT_NEAR(ChiSquareUpperTail(124.3421, 100), 0.05, 1e-6);
  EXPECT_EQ(ChiSquareUpperTail(0, 7), 1);
}

TEST(DistributionsTest, NormalTailsMatchErfc) {
  for (const double x : {-3.0, -1.0, 0.0, 0.1, 1.0, 1.96, 6.0}) {
    const double expected = std::erfc(x / std::sqrt(2)) / 2;
    EXPECT_NEAR(NormalUpperTail(x) / expected, 1, 1e-10) << x;
  }
}

TEST(DistributionsTest, NormalQuantilesMatchTables) {
  EXPECT_NEAR(NormalQuantile(0.975), 1.959963984540054, 1e-12);
  EXPECT_NEAR(NormalQuantile(0.95), 1.6448536269514722, 1e-12);
  EXPECT_NEAR(NormalQuantile(0.2), -0.8416212335729143, 1e-12);
  EXPECT_NEAR(NormalQuantile(0.5), 0, 1e-12);
}

// (1 + 10) / 2^10, and Python: sum(comb(2000, i) for i in range(951)) / 2**2000
// with integers.
TEST(DistributionsTest, BinomialTailsMatchExactSums) {
  EXPECT_NEAR(FairBinomialLowerTail(1, 10), 11.0 / 1024, 1e-15);
  EXPECT_NEAR(FairBinomialLowerTail(0, 3), 0.125, 1e-15);
  EXPECT_NEAR(FairBinomialLowerTail(950, 2000), 0.013412073120140347, 1e-12);
}

}  // namespace
}  // namespace quant_curve
