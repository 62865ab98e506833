#include "lib/quantization/grid.h"

#include <limits>

#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

constexpr CodeFormat kInt4 = {4, true};
constexpr CodeFormat kUint4 = {4, false};
constexpr CodeFormat kSignedInt4 = {4, true, /*signed_scale=*/true};
const CodeFormat kIq4Nl = {4, false, /*signed_scale=*/true, kIq4NlLevels};

Scheme Integer(Granularity granularity, uint32_t group_size) {
  Scheme scheme;
  scheme.set_weight_format(WEIGHT_INTEGER);
  scheme.set_bits(4);
  scheme.set_symmetric(true);
  scheme.set_granularity(granularity);
  scheme.set_group_size(group_size);
  return scheme;
}

TEST(GridTest, SymmetricScaleMapsTheAbsmaxToTheHighestCode) {
  ASSERT_OK_AND_ASSIGN(const Grid grid, FitGrid({1.0, -3.5, 2.0}, kInt4));
  EXPECT_EQ(grid.scale, 0.5f);
  EXPECT_EQ(grid.CodeOf(-3.5, kInt4), -7);
  EXPECT_EQ(grid.CodeOf(1.0, kInt4), 2);
}

// absmax / 7 = 1/7; the nearest float16 is 1170 * 2^-13 = 0.142822265625
// (2^13 / 7 = 1170.29).
TEST(GridTest, TheScaleIsRoundedToFloat16First) {
  ASSERT_OK_AND_ASSIGN(const Grid grid, FitGrid({1.0, 0.5}, kInt4));
  EXPECT_EQ(grid.scale, 1170.0f / 8192.0f);
  // With the rounded scale 0.49989 / 0.142822 =
  // 3.50009 rounds to 4; with the unrounded 1/7 it is 3.49923, hence 3.
  EXPECT_EQ(grid.CodeOf(0.49989, kInt4), 4);
}

TEST(GridTest, AWeightThatTheRoundedScaleCannotReachIsClamped) {
  const Grid grid{0.5f, 0};
  EXPECT_EQ(grid.CodeOf(100, kInt4), 7);
  EXPECT_EQ(grid.CodeOf(-100, kInt4), -7);
  EXPECT_EQ(grid.CodeOf(100, kUint4), 15);
  EXPECT_EQ(grid.CodeOf(-100, kUint4), 0);
}

TEST(GridTest, TiesGoToTheEvenCode) {
  const Grid grid{1, 0};
  EXPECT_EQ(grid.CodeOf(0.5, kInt4), 0);
  EXPECT_EQ(grid.CodeOf(1.5, kInt4), 2);
  EXPECT_EQ(grid.CodeOf(2.5, kInt4), 2);
  EXPECT_EQ(grid.CodeOf(-2.5, kInt4), -2);
}

TEST(GridTest, ZerosGetALeastScaleAndZeroCodes) {
  for (const CodeFormat& format : {kInt4, kUint4}) {
    ASSERT_OK_AND_ASSIGN(const Grid grid, FitGrid({0.0, 0.0}, format));
    EXPECT_EQ(grid.scale, 0x1p-24f);
    EXPECT_EQ(grid.CodeOf(0, format), 0);
    EXPECT_EQ(grid.ValueOf(0, format), 0.0);
  }
}

// 7 * 2^-26 / 7 is a quarter of float16's least value and would round to zero.
TEST(GridTest, AnUnderflowingScaleBecomesFloat16sLeastValue) {
  ASSERT_OK_AND_ASSIGN(const Grid grid, FitGrid({7 * 0x1p-26}, kInt4));
  EXPECT_EQ(grid.scale, 0x1p-24f);
  EXPECT_EQ(grid.CodeOf(7 * 0x1p-26, kInt4), 2);  // 1.75 steps
}

TEST(GridTest, AnOverflowingScaleIsRefused) {
  ASSERT_OK_AND_ASSIGN(const Grid grid, FitGrid({7 * 65519.0}, kInt4));
  EXPECT_EQ(grid.scale, 65504.0f);
  EXPECT_THAT(FitGrid({7 * 65520.0}, kInt4), FailsSaying("65504"));
  EXPECT_THAT(FitGrid({-std::numeric_limits<double>::infinity()}, kInt4),
              FailsSaying("65504"));
}

// [-1, 14] with 15 steps: scale 1, zero at code 1.
TEST(GridTest, AsymmetricGridSpansLowestToHighest) {
  ASSERT_OK_AND_ASSIGN(const Grid grid, FitGrid({-1.0, 14.0, 3.2}, kUint4));
  EXPECT_EQ(grid.scale, 1.0f);
  EXPECT_EQ(grid.zero_point, 1);
  EXPECT_EQ(grid.CodeOf(-1, kUint4), 0);
  EXPECT_EQ(grid.CodeOf(14, kUint4), 15);
  EXPECT_EQ(grid.CodeOf(3.2, kUint4), 4);
  EXPECT_EQ(grid.ValueOf(4, kUint4), 3.0);
}

TEST(GridTest, AsymmetricGridHoldsZeroThoughNoWeightIsNear) {
  ASSERT_OK_AND_ASSIGN(const Grid above, FitGrid({15.0, 30.0}, kUint4));
  EXPECT_EQ(above.scale, 2.0f);
  EXPECT_EQ(above.zero_point, 0);
  ASSERT_OK_AND_ASSIGN(const Grid below, FitGrid({-15.0, -30.0}, kUint4));
  EXPECT_EQ(below.scale, 2.0f);
  EXPECT_EQ(below.zero_point, 15);
}

// s = 255.1122 / 255 = 1.00044 rounds to 1, and -low = 200.52 to code 201; with
// s itself it would be 200.43 and 200.
TEST(GridTest, TheZeroPointIsChosenWithTheRoundedScale) {
  ASSERT_OK_AND_ASSIGN(const Grid grid,
                       FitGrid({-200.52, 54.5922}, {8, false}));
  EXPECT_EQ(grid.scale, 1.0f);
  EXPECT_EQ(grid.zero_point, 201);
}

// Ties are decided before the zero point is added: 0.5 goes to 0 and 1.5 to 2,
// with the zero point 1 to 1 and 3. Rounding 1.5 and 2.5 would give 2 twice.
TEST(GridTest, TiesDoNotDependOnTheZeroPoint) {
  const Grid grid{1, 1};
  EXPECT_EQ(grid.CodeOf(0.5, kUint4), 1);
  EXPECT_EQ(grid.CodeOf(1.5, kUint4), 3);
  EXPECT_EQ(grid.CodeOf(-0.5, kUint4), 1);
}

// 1/7 to 1170 * 2^-13 (above): 1170 * 7 / 8192 - 1 = -2.4e-4. A quarter of
// float16's least value becomes that value, three times too much. 3.5 * 2^-24
// has two neighbours half a step away.
TEST(GridTest, TheRoundingOfTheScaleIsKnown) {
  const auto error = [](double absmax) {
    return FitGrid({absmax}, kInt4).value().scale_error;
  };
  EXPECT_FLOAT_EQ(error(1), 2.0f / 8192);
  EXPECT_EQ(error(3.5), 0);
  EXPECT_EQ(error(0), 0);
  EXPECT_EQ(error(7 * 0x1p-26), 3);
  EXPECT_FLOAT_EQ(error(7 * 3.5 * 0x1p-24), 1.0f / 7);
}

TEST(GridTest, TheLargestWeightTakesTheLowestCodeOfASignedScale) {
  ASSERT_OK_AND_ASSIGN(const Grid below,
                       FitGrid({1.0, -4.0, 3.5}, kSignedInt4));
  EXPECT_EQ(below.scale, 0.5f);
  EXPECT_EQ(below.CodeOf(-4, kSignedInt4), -8);
  EXPECT_EQ(below.CodeOf(3.5, kSignedInt4), 7);
  EXPECT_EQ(below.CodeOf(4, kSignedInt4), 7);  // clamped
  ASSERT_OK_AND_ASSIGN(const Grid above,
                       FitGrid({1.0, 4.0, -3.5}, kSignedInt4));
  EXPECT_EQ(above.scale, -0.5f);
  EXPECT_EQ(above.CodeOf(4, kSignedInt4), -8);
  EXPECT_EQ(above.CodeOf(1, kSignedInt4), -2);
  EXPECT_EQ(above.ValueOf(-8, kSignedInt4), 4.0);
  // Of two that are equally large the first says the sign.
  EXPECT_EQ(FitGrid({-2.0, 2.0}, kSignedInt4).value().scale, 0.25f);
  EXPECT_EQ(FitGrid({2.0, -2.0}, kSignedInt4).value().scale, -0.25f);
}

TEST(GridTest, SignedScalesKeepTheirBoundsAndTheirSign) {
  EXPECT_EQ(FitGrid({0.0, 0.0}, kSignedInt4).value().scale, 0x1p-24f);
  EXPECT_EQ(FitGrid({0x1p-24}, kSignedInt4).value().scale, -0x1p-24f);
  EXPECT_EQ(FitGrid({8 * 65519.0}, kSignedInt4).value().scale, -65504.0f);
  EXPECT_THAT(FitGrid({8 * 65520.0}, kSignedInt4), FailsSaying("65504"));
  EXPECT_THAT(FitGrid({-8 * 65520.0}, kSignedInt4), FailsSaying("65504"));
}

// 63.5 = -127 * -0.5. Halfway between the levels 1 and 13 lies 7: the higher.
TEST(GridTest, ATablesCodesCountItsLevels) {
  ASSERT_OK_AND_ASSIGN(const Grid grid, FitGrid({-10.0, 63.5}, kIq4Nl));
  EXPECT_EQ(grid.scale, -0.5f);
  EXPECT_EQ(grid.CodeOf(63.5, kIq4Nl), 0);
  EXPECT_EQ(grid.ValueOf(0, kIq4Nl), 63.5);
  EXPECT_EQ(grid.CodeOf(-10, kIq4Nl), 10);  // level 20: 25 is nearer than 13
  EXPECT_EQ(grid.ValueOf(10, kIq4Nl), -12.5);
  const Grid unit = {1, 0};
  EXPECT_EQ(unit.CodeOf(7, kIq4Nl), 9);
  EXPECT_EQ(unit.CodeOf(6.99, kIq4Nl), 8);
  EXPECT_EQ(unit.CodeOf(1000, kIq4Nl), 15);
  EXPECT_EQ(unit.CodeOf(-1000, kIq4Nl), 0);
}

// 63.5 = -127 * -0.5. Halfway between the levels 7 and 33 lies 20: the higher.
TEST(GridTest, TheThreeBitTableHasEightLevels) {
  constexpr CodeFormat kTable = {3, false, true, kNonlinear3BitLevels};
  ASSERT_OK_AND_ASSIGN(const Grid grid, FitGrid({-10.0, 63.5}, kTable));
  EXPECT_EQ(grid.CodeOf(63.5, kTable), 0);
  EXPECT_EQ(grid.ValueOf(7, kTable), -51.5);
  EXPECT_EQ(grid.CodeOf(-10, kTable), 5);  // level 20
  EXPECT_EQ(grid.CodeOf(-9.9, kTable), 4);
  for (int16_t code = 0; code < 8; ++code) {
    EXPECT_EQ(grid.CodeOf(grid.ValueOf(code, kTable), kTable), code);
  }
}

// 2.2 to 9.7 with 15 steps: the minimum in float16 is 2.19921875 = 1126 / 512,
// the scale (9.7 - 2.19921875) / 15 = 0.500052, in float16 0.5.
TEST(GridTest, AMinimumIsAddedInsteadOfAZeroPoint) {
  constexpr CodeFormat kMinimum4 = {4, false, false, {}, /*has_minimum=*/true};
  ASSERT_OK_AND_ASSIGN(const Grid grid, FitGrid({9.7, 2.2, 5.0}, kMinimum4));
  EXPECT_EQ(grid.minimum, 2.19921875f);
  EXPECT_EQ(grid.scale, 0.5f);
  EXPECT_EQ(grid.zero_point, 0);
  EXPECT_EQ(grid.CodeOf(2.2, kMinimum4), 0);
  EXPECT_EQ(grid.CodeOf(9.7, kMinimum4), 15);
  EXPECT_EQ(grid.CodeOf(5.0, kMinimum4), 6);  // 5.6 steps
  EXPECT_EQ(grid.ValueOf(6, kMinimum4), 5.19921875);
  EXPECT_EQ(grid.CodeOf(-100, kMinimum4), 0);
  EXPECT_EQ(FitGrid({-3.0, -3.0}, kMinimum4).value().minimum, -3.0f);
  EXPECT_EQ(FitGrid({-3.0, -3.0}, kMinimum4).value().scale, 0x1p-24f);
  EXPECT_THAT(FitGrid({-65520.0, 0}, kMinimum4), FailsSaying("beyond"));
}

TEST(GridTest, EveryLevelOfATableIsItsOwnNearest) {
  const Grid grid = {-0.25f, 0};
  for (int16_t code = 0; code < 16; ++code) {
    EXPECT_EQ(grid.CodeOf(grid.ValueOf(code, kIq4Nl), kIq4Nl), code);
  }
}

TEST(GridTest, TheLastGroupOfARowMayBeShort) {
  const ScaleLayout layout = LayoutOf(Integer(PER_GROUP, 64), 10, 172);
  EXPECT_EQ(layout.group_size, 64);
  EXPECT_EQ(layout.groups_per_row, 3);
  EXPECT_EQ(layout.num_scales, 30);
  EXPECT_EQ(layout.Index(2, 1), 7);
}

TEST(GridTest, AGroupNeverSpansMoreThanARow) {
  const ScaleLayout layout = LayoutOf(Integer(PER_GROUP, 128), 10, 64);
  EXPECT_EQ(layout.group_size, 64);
  EXPECT_EQ(layout.num_scales, 10);
}

TEST(GridTest, PerTensorHasOneScaleAndPerChannelOneARow) {
  const ScaleLayout tensor = LayoutOf(Integer(PER_TENSOR, 0), 10, 64);
  EXPECT_EQ(tensor.num_scales, 1);
  EXPECT_EQ(tensor.Index(9, 0), 0);
  const ScaleLayout channel = LayoutOf(Integer(PER_CHANNEL, 0), 10, 64);
  EXPECT_EQ(channel.num_scales, 10);
  EXPECT_EQ(channel.Index(9, 0), 9);
}

}  // namespace
}  // namespace quant_curve
