#include "lib/artifact/bfloat16.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

uint32_t Bits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

float FloatOfBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

// Textbook value of a finite bfloat16: (-1)^s * 2^(e-134) * (128 + m), or
// (-1)^s * 2^-133 * m for e = 0.
double ValueByDefinition(uint16_t half) {
  const int exponent = (half >> 7) & 255;
  const int mantissa = half & 127;
  const double magnitude = exponent == 0
                               ? std::ldexp(mantissa, -133)
                               : std::ldexp(128 + mantissa, exponent - 134);
  return half & 0x8000 ? -magnitude : magnitude;
}

// Rounds in double arithmetic: scales so that the last place is worth 1, and
// lets nearbyint take ties to even.
double NearestByDefinition(double value) {
  int exponent;
  std::frexp(value, &exponent);  // |value| in [2^(exponent-1), 2^exponent)
  const int last_place = std::max(exponent - 8, -133);
  const double rounded =
      std::ldexp(std::nearbyint(std::ldexp(value, -last_place)), last_place);
  return std::abs(rounded) < 0x1p128 ? rounded
                                     : std::copysign(kInfinity, value);
}

bool IsNan(uint16_t half) { return (half & 0x7fff) > 0x7f80; }
bool IsFinite(uint16_t half) { return (half & 0x7f80) != 0x7f80; }

TEST(BFloat16Test, EveryFiniteValueIsThatOfItsDefinition) {
  for (int half = 0; half < 65536; ++half) {
    if (!IsFinite(half)) continue;
    ASSERT_EQ(FloatFromBFloat16(half), ValueByDefinition(half)) << half;
  }
}

// A signaling NaN becomes quiet; everything else keeps its bits.
TEST(BFloat16Test, EveryPatternRoundTrips) {
  for (int half = 0; half < 65536; ++half) {
    const int expected = IsNan(half) ? half | 0x40 : half;
    ASSERT_EQ(BFloat16FromFloat(FloatFromBFloat16(half)), expected) << half;
  }
}

TEST(BFloat16Test, TiesGoToTheEvenNeighbour) {
  // Between 1 and 2 the step is 2^-7: 1 + 2^-8 lies between 1 (even) and
  // 1 + 2^-7 (odd), 1 + 3 * 2^-8 between that and 1 + 2^-6 (even).
  EXPECT_EQ(BFloat16FromFloat(1.0f), 0x3f80);
  EXPECT_EQ(BFloat16FromFloat(1.0f + 0x1p-8f), 0x3f80);
  EXPECT_EQ(BFloat16FromFloat(1.0f + 0x1p-8f + 0x1p-23f), 0x3f81);
  EXPECT_EQ(BFloat16FromFloat(1.0f + 3 * 0x1p-8f), 0x3f82);
  EXPECT_EQ(BFloat16FromFloat(1.0f + 3 * 0x1p-8f - 0x1p-23f), 0x3f81);
  EXPECT_EQ(BFloat16FromFloat(-1.0f - 0x1p-8f), 0xbf80);
  // 255.5 and 511 lie between 255 and 256, and 510 and 512.
  EXPECT_EQ(BFloat16FromFloat(255.5f), 0x4380);
  EXPECT_EQ(BFloat16FromFloat(511.0f), 0x4400);
  // The least subnormal is 2^-133; half of it is a tie with zero.
  EXPECT_EQ(BFloat16FromFloat(0x1p-134f), 0x0000);
  EXPECT_EQ(BFloat16FromFloat(-0x1p-134f), 0x8000);
  EXPECT_EQ(BFloat16FromFloat(0x1.8p-134f), 0x0001);
  EXPECT_EQ(BFloat16FromFloat(0x1.8p-133f), 0x0002);
}

TEST(BFloat16Test, MidpointsRoundToEvenAndNeighboursToTheNearer) {
  for (int half = 0; half < 0x7f7f; ++half) {
    const float low = FloatFromBFloat16(half);
    const float high = FloatFromBFloat16(half + 1);
    const float middle = 0.5f * low + 0.5f * high;
    const int even = half % 2 == 0 ? half : half + 1;
    ASSERT_EQ(BFloat16FromFloat(middle), even) << half;
    ASSERT_EQ(BFloat16FromFloat(std::nextafter(middle, low)), half);
    ASSERT_EQ(BFloat16FromFloat(std::nextafter(middle, high)), half + 1);
    ASSERT_EQ(BFloat16FromFloat(-middle), even | 0x8000) << half;
  }
}

// A prime stride of 4099 visits a million floats of every exponent and sign.
TEST(BFloat16Test, FloatsRoundAsDoubleArithmeticDoes) {
  for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += 4099) {
    const float value = FloatOfBits(static_cast<uint32_t>(bits));
    if (!std::isfinite(value)) continue;
    const float rounded = FloatFromBFloat16(BFloat16FromFloat(value));
    ASSERT_EQ(rounded, NearestByDefinition(value)) << value;
    ASSERT_EQ(std::signbit(rounded), std::signbit(value)) << value;
  }
}

// The largest finite value is 2^128 - 2^120; half a step beyond is a tie that
// goes to the even 2^128, which is infinite.
TEST(BFloat16Test, OverflowIsInfiniteFromHalfAStepBeyondTheLargest) {
  const float tie = 0x1.ffp127f;
  EXPECT_EQ(BFloat16FromFloat(std::nextafter(tie, 0.0f)), 0x7f7f);
  EXPECT_EQ(BFloat16FromFloat(tie), 0x7f80);
  EXPECT_EQ(BFloat16FromFloat(-tie), 0xff80);
  EXPECT_EQ(BFloat16FromFloat(kInfinity), 0x7f80);
  EXPECT_EQ(BFloat16FromFloat(-kInfinity), 0xff80);
}

// A NaN whose payload is only in the lower half must not become the pattern of
// infinity, and payloads of ones must not carry into the sign.
TEST(BFloat16Test, NanStaysQuietNan) {
  EXPECT_EQ(BFloat16FromFloat(FloatOfBits(0x7fc00000)), 0x7fc0);
  EXPECT_EQ(BFloat16FromFloat(FloatOfBits(0x7f800001)), 0x7fc0);
  EXPECT_EQ(BFloat16FromFloat(FloatOfBits(0xff800001)), 0xffc0);
  EXPECT_EQ(BFloat16FromFloat(FloatOfBits(0x7fffffff)), 0x7fff);
  EXPECT_EQ(BFloat16FromFloat(FloatOfBits(0xffffffff)), 0xffff);
  EXPECT_EQ(Bits(FloatFromBFloat16(0x7f81)), 0x7f810000);
}

}  // namespace
}  // namespace quant_curve
