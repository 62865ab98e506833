#include "tools/benchmark/ceilings.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TEST(BestRateTest, TakesTheFastestOfTheRunsThatAreLongEnough) {
  // An iteration takes 0.1 s, in the fourth run of four iterations a bit less.
  double now = 0;
  int long_runs = 0;
  const double rate = BestRate(
      0.35, [&] { return now; },
      [&](int64_t iterations) {
        if (iterations >= 4) ++long_runs;
        now +=
            (long_runs == 4 ? 0.09375 : 0.1) * static_cast<double>(iterations);
        return 3.0 * static_cast<double>(iterations);
      });
  EXPECT_NEAR(rate, 3 / 0.09375, 1e-9);
  EXPECT_EQ(long_runs, 10);
}

}  // namespace
}  // namespace quant_curve
