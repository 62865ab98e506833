#include "lib/model/linear.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;

TEST(LinearTest, FloatWeightsMultiplyAndAddTheBias) {
  Linear linear;
  linear.out_features = 2;
  linear.in_features = 3;
  linear.bias = {10, 20};
  const float weight[] = {1, 2, 3, 4, 5, 6};
  SetWeight(weight, linear);
  const float x[] = {1, 0, -1, 2, 2, 2};
  std::vector<float> y(4);
  ApplyLinear(linear, x, 2, y.data());
  EXPECT_THAT(y, ElementsAre(8, 18, 22, 50));
}

// One row of three inputs in groups of two; worked by hand.
class IntegerLinearTest : public ::testing::Test {
 protected:
  void SetUp() override {
    linear_.out_features = 1;
    linear_.in_features = 3;
    linear_.integer.out_features = 1;
    linear_.integer.in_features = 3;
    linear_.integer.group_size = 2;
    linear_.integer.groups_per_row = 2;
    linear_.integer.codes = {3, -5, 7};
    linear_.integer.scales = {0.5f, 2.0f};
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
  linear_.integer.permutation = {2, 0, 1};
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
