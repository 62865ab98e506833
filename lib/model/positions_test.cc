#include "lib/model/positions.h"

#include <cmath>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TEST(SinusoidalPositionsTest, MatchTheDefinition) {
  const std::vector<float> positions = SinusoidalPositions(7, 6);
  for (int p = 0; p < 7; ++p) {
    for (int i = 0; i < 3; ++i) {
      const double angle = p / std::pow(10000.0, 2.0 * i / 6);
      EXPECT_NEAR(positions[p * 6 + 2 * i], std::sin(angle), 1e-7);
      EXPECT_NEAR(positions[p * 6 + 2 * i + 1], std::cos(angle), 1e-7);
    }
  }
}

TEST(RotaryPositionsTest, MatchTheDefinitionToTheLongestContext) {
  constexpr int kContext = 1 << 20;
  const RotaryTable table = RotaryPositions(kContext, 4, 500000);
  for (const int p : {0, 1, 5, 4096, kContext - 1}) {
    for (int i = 0; i < 2; ++i) {
      const double angle = p / std::pow(500000.0, 2.0 * i / 4);
      EXPECT_NEAR(table.cosines[p * 2 + i], std::cos(angle), 1e-7);
      EXPECT_NEAR(table.sines[p * 2 + i], std::sin(angle), 1e-7);
    }
  }
}

}  // namespace
}  // namespace quant_curve
