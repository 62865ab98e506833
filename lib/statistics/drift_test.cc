#include "lib/statistics/drift.h"

#include <vector>

#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/numerics/normal.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

// Weights 1, 1, 1/4; mean (1 + 3 + 5 / 4) / 2.25 = 7/3;
// 16/9 + 4/9 + 64/36 = 4, and exp(-4 / 2) of two degrees.
TEST(DriftTest, QIsTheWeightedSpreadOfTheEstimates) {
  const Heterogeneity result = CochranQ({{1, 1}, {3, 1}, {5, 2}});
  EXPECT_NEAR(result.q, 4, 1e-12);
  EXPECT_EQ(result.degrees, 2);
  EXPECT_NEAR(result.p_value, 0.1353352832366127, 1e-12);
}

TEST(DriftTest, RefusesTextsThatAreTooShort) {
  const std::vector<double> ones(63, 1.0);
  EXPECT_THAT(DriftOf(ones, ones), FailsSaying("63 documents or windows"));
}

TEST(DriftTest, RefusesPartsWithoutSpread) {
  const std::vector<double> ones(64, 1.0);
  EXPECT_THAT(DriftOf(ones, ones), FailsSaying("part 1 of 8"));
}

// How many of `simulations` texts of 480 windows warn at 1 %. `step` is added
// to the second half, in standard deviations of a window.
int CountWarnings(int simulations, double step) {
  Random random(4);
  int warnings = 0;
  const std::vector<double> weights(480, 1.0);
  for (int i = 0; i < simulations; ++i) {
    std::vector<double> values;
    for (int w = 0; w < 480; ++w) {
      values.push_back(Normal(random) + (w < 240 ? 0 : step));
    }
    warnings += DriftOf(values, weights)->p_value < 0.01;
  }
  return warnings;
}

// Parts of 60 windows estimate their own errors, which makes the test a little
// too eager: 1 to 3 % instead of 1 %.
TEST(DriftTest, SteadyTextsSeldomWarn) {
  const int warnings = CountWarnings(2000, 0);
  RecordProperty("warnings_of_2000", warnings);
  EXPECT_GE(warnings, 0.005 * 2000);
  EXPECT_LE(warnings, 0.03 * 2000);
}

TEST(DriftTest, AShiftOfHalfAStandardDeviationWarns) {
  const int warnings = CountWarnings(500, 0.5);
  RecordProperty("warnings_of_500", warnings);
  EXPECT_GE(warnings, 0.95 * 500);
}

}  // namespace
}  // namespace quant_curve
