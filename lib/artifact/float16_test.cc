#include "lib/artifact/float16.h"

#include <cmath>
#include <limits>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

// Textbook value of a finite binary16: (-1)^s * 2^(e-25) * (1024 + m), or
// (-1)^s * 2^-24 * m for e = 0.
double ValueByDefinition(uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const int mantissa = half & 1023;
  const double magnitude = exponent == 0
                               ? std::ldexp(mantissa, -24)
                               : std::ldexp(1024 + mantissa, exponent - 25);
  return half & 0x8000 ? -magnitude : magnitude;
}

bool IsFinite(uint16_t half) { return ((half >> 10) & 31) != 31; }

TEST(Float16Test, EveryFiniteHalfHasTheValueOfItsDefinition) {
  for (int half = 0; half < 65536; ++half) {
    if (!IsFinite(half)) continue;
    ASSERT_EQ(FloatFromFloat16(half), ValueByDefinition(half)) << half;
  }
}

TEST(Float16Test, EveryFiniteHalfRoundTripsToItsBits) {
  for (int half = 0; half < 65536; ++half) {
    if (!IsFinite(half)) continue;
    ASSERT_EQ(Float16FromFloat(FloatFromFloat16(half)), half);
  }
}

TEST(Float16Test, MidpointsRoundToEvenAndNeighboursToTheNearer) {
  for (int half = 0; half < 0x7bff; ++half) {
    const float low = FloatFromFloat16(half);
    const float high = FloatFromFloat16(half + 1);
    const float middle = 0.5f * (low + high);
    const int even = half % 2 == 0 ? half : half + 1;
    ASSERT_EQ(Float16FromFloat(middle), even) << half;
    ASSERT_EQ(Float16FromFloat(std::nextafter(middle, low)), half);
    ASSERT_EQ(Float16FromFloat(std::nextafter(middle, high)), half + 1);
  }
}

TEST(Float16Test, OverflowIsInfiniteFrom65520On) {
  EXPECT_EQ(Float16FromFloat(std::nextafter(65520.f, 0.f)), 0x7bff);
  EXPECT_EQ(Float16FromFloat(65520.f), 0x7c00);
  EXPECT_EQ(Float16FromFloat(-1e30f), 0xfc00);
}

TEST(Float16Test, SpecialValuesKeepTheirKind) {
  EXPECT_EQ(Float16FromFloat(-0.f), 0x8000);
  EXPECT_TRUE(std::isinf(FloatFromFloat16(0x7c00)));
  EXPECT_TRUE(std::isnan(FloatFromFloat16(
      Float16FromFloat(std::numeric_limits<float>::quiet_NaN()))));
}

}  // namespace
}  // namespace quant_curve
