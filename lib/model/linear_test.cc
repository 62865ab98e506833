#include "lib/model/linear.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

TEST(LinearTest, FloatWeightsMultiplyAndAddTheBias) {
  const float weight[] = {1, 2, 3, 4, 5, 6};
  Linear linear;
  linear.weight = PackedMatrix::Float32(weight, 2, 3);
  linear.bias = {10, 20};
  const float x[] = {1, 0, -1, 2, 2, 2};
  std::vector<float> y(4);
  ApplyLinear(linear, x, 2, y.data());
  EXPECT_THAT(y, ElementsAre(8, 18, 22, 50));
}

TEST(LinearTest, PermutedColumnsMeetTheirInputsInFloatToo) {
  const float weight[] = {1, 10, 100};
  Linear linear;
  linear.weight = PackedMatrix::Float32(weight, 1, 3);
  linear.permutation = {2, 0, 1};
  const float x[] = {1, 2, 3, 4, 5, 6};
  std::vector<float> y(2);
  ApplyLinear(linear, x, 2, y.data());
  EXPECT_THAT(y, ElementsAre(3 + 10 + 200, 6 + 40 + 500));
}

// One row of three inputs in groups of two; worked by hand.
class IntegerLinearTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const int16_t codes[] = {3, -5, 7};
    const float scales[] = {0.5f, 2.0f};
    linear_.weight = PackedMatrix::Coded({codes, scales, 2}, 1, 3,
                                         /*for_int8_inputs=*/true);
    linear_.int8_inputs = true;
  }
  float Apply(std::vector<float> x) {
    float y = 0;
    ApplyLinear(linear_, x.data(), 1, &y);
    return y;
  }
  Linear linear_;
};

TEST_F(IntegerLinearTest, ActivationsTakeOneDynamicScaleAToken) {
  // absmax 127: scale 1; codes 127, 2 (1.6 up), -3 (-2.7 down).
  // Group 0: (3*127 - 5*2) * 0.5 = 185.5; group 1: 7*-3 * 2 = -42.
  EXPECT_FLOAT_EQ(Apply({127, 1.6f, -2.7f}), 143.5f);
}

TEST_F(IntegerLinearTest, HalvesRoundToEven) {
  // Scale 1; 2.5 becomes 2: -5*2*0.5 + 3*127*0.5 = 185.5.
  EXPECT_FLOAT_EQ(Apply({127, 2.5f, 0}), 185.5f);
}

TEST_F(IntegerLinearTest, AZeroVectorGivesZero) {
  EXPECT_EQ(Apply({0, 0, 0}), 0);
}

TEST_F(IntegerLinearTest, TheClipBoundsTheScale) {
  linear_.activation_clip = 12.7f;
  // Scale 0.1; 127 saturates at code 127, 1.6 is code 16:
  // (3*127 - 5*16) * 0.5 * 0.1 = 15.05.
  EXPECT_FLOAT_EQ(Apply({127, 1.6f, 0}), 15.05f);
}

TEST_F(IntegerLinearTest, PermutedColumnsMeetTheirInputs) {
  linear_.permutation = {2, 0, 1};
  // Column 0 (code 3) is input 2, and so on:
  // (3*-127 - 5*10) * 0.5 + 7*20 * 2 = 64.5.
  EXPECT_FLOAT_EQ(Apply({10, 20, -127}), 64.5f);
}

TEST_F(IntegerLinearTest, TokensDoNotShareAScale) {
  std::vector<float> y(2);
  const std::vector<float> x = {127, 2, -3, 1000, 0, 0};
  ApplyLinear(linear_, x.data(), 2, y.data());
  EXPECT_EQ(y[0], Apply({127, 2, -3}));
}

}  // namespace
}  // namespace quant_curve
