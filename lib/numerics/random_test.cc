#include "lib/numerics/random.h"

#include <array>
#include <cmath>
#include <initializer_list>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TEST(RandomTest, StreamsOfOneSeedDiffer) {
  EXPECT_NE(Random(42, 0).Bits(), Random(42, 1).Bits());
  EXPECT_NE(Random(42).Bits(), Random(43).Bits());
  EXPECT_EQ(Random(42, 7).Bits(), Random(42, 7).Bits());
}

// Worked out by a program in another language, which also gives the published
// first values of SplitMix64 from 1234567 (6457827717110365317, ...) and of
// xoshiro256** from the state 1 2 3 4 (11520, 0, 1509978240, ...).
TEST(RandomTest, BitsAreThoseOfXoshiroSeededBySplitMix) {
  Random random(42);
  for (const uint64_t expected : std::initializer_list<uint64_t>{
           0x19e479e2aaa77bfb, 0x5e3efe753be27527, 0xc3ed7125b780200a,
           0x85b911e2152f876e}) {
    EXPECT_EQ(random.Bits(), expected);
  }
  Random stream(42, 7);
  for (const uint64_t expected : std::initializer_list<uint64_t>{
           0x4150452ab869a892, 0x63980fc0383ce41b, 0x6276ee9c4552e56d}) {
    EXPECT_EQ(stream.Bits(), expected);
  }
}

TEST(RandomTest, UniformIsTheUpper53Bits) {
  // 0x19e479e2aaa77bfb >> 11 = 0x33c8f3c5554ef.
  EXPECT_EQ(Random(42).Uniform(), 0x33c8f3c5554efp-53);
}

// 2^64 mod (2^63 + 1) = 2^63 - 1: of the values above, the first two are below
// it and are drawn again; 2^63 + 1 is taken off the others.
TEST(RandomTest, BelowDrawsAgainWhatWouldFavourSmallRemainders) {
  Random random(42);
  const uint64_t bound = (uint64_t{1} << 63) + 1;
  EXPECT_EQ(random.Below(bound), 0x43ed7125b7802009);
  EXPECT_EQ(random.Below(bound), 0x05b911e2152f876d);
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
