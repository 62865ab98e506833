#include "lib/quantization/linear.h"

#include <limits>

#include "lib/artifact/status_matchers.h"
#include "lib/quantization/scheme.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

// 4-bit, groups of 2 in rows of 3: scales [2, 2].
Scheme Int4(bool symmetric) {
  Scheme scheme;
  scheme.set_name("int4");
  scheme.set_weight_format(WEIGHT_INTEGER);
  scheme.set_bits(4);
  scheme.set_symmetric(symmetric);
  scheme.set_granularity(PER_GROUP);
  scheme.set_group_size(2);
  scheme.set_method(GPTQ);
  scheme.set_activation_format(ACTIVATION_FLOAT32);
  return scheme;
}

QuantizedLinear Symmetric() {
  const CodedMatrix matrix = {{1, -2, 3, 4, -5, 7},
                              {{0.5f, 0}, {2, 0}, {1, 0}, {0.25f, 0}}};
  return PackLinear("w", 2, 3, matrix, {}, Int4(true)).value();
}

QuantizedLinear Asymmetric() {
  const CodedMatrix matrix = {{0, 15, 3, 4, 5, 7},
                              {{0.5f, 15}, {2, 3}, {1, 0}, {0.25f, 8}}};
  return PackLinear("w", 2, 3, matrix, {}, Int4(false)).value();
}

TEST(LinearTest, SymmetricCodesTimesTheirGroupsScale) {
  ASSERT_OK_AND_ASSIGN(const std::vector<float> weights,
                       Dequantize(Symmetric(), Int4(true)));
  EXPECT_THAT(weights, ElementsAre(0.5f, -1, 6, 4, -5, 1.75f));
}

TEST(LinearTest, UnpackExpandsTheScalesRowByRow) {
  ASSERT_OK_AND_ASSIGN(const UnpackedLinear unpacked,
                       Unpack(Symmetric(), Int4(true)));
  EXPECT_EQ(unpacked.group_size, 2);
  EXPECT_EQ(unpacked.groups_per_row, 2);
  EXPECT_THAT(unpacked.codes, ElementsAre(1, -2, 3, 4, -5, 7));
  EXPECT_THAT(unpacked.scales, ElementsAre(0.5f, 2, 1, 0.25f));
}

TEST(LinearTest, ZeroPointsAreSubtracted) {
  ASSERT_OK_AND_ASSIGN(const UnpackedLinear unpacked,
                       Unpack(Asymmetric(), Int4(false)));
  EXPECT_THAT(unpacked.codes, ElementsAre(-15, 0, 0, 4, 5, -1));
  ASSERT_OK_AND_ASSIGN(const std::vector<float> weights,
                       Dequantize(Asymmetric(), Int4(false)));
  EXPECT_THAT(weights, ElementsAre(-7.5f, 0, 0, 4, 5, -0.25f));
}

TEST(LinearTest, EightBitZeroPointsAreReadAsUnsigned) {
  Scheme scheme = Int4(false);
  scheme.set_bits(8);
  const CodedMatrix matrix = {{255, 0}, {{1, 255}}};
  ASSERT_OK_AND_ASSIGN(const QuantizedLinear linear,
                       PackLinear("w", 1, 2, matrix, {}, scheme));
  ASSERT_OK_AND_ASSIGN(const UnpackedLinear unpacked, Unpack(linear, scheme));
  EXPECT_THAT(unpacked.codes, ElementsAre(0, -255));
}

TEST(LinearTest, APerTensorScaleIsRepeatedForEveryRow) {
  Scheme scheme = Int4(true);
  scheme.set_granularity(PER_TENSOR);
  scheme.clear_group_size();
  const CodedMatrix matrix = {{1, 2, 3, 4, 5, 6}, {{0.5f, 0}}};
  ASSERT_OK_AND_ASSIGN(const QuantizedLinear linear,
                       PackLinear("w", 3, 2, matrix, {}, scheme));
  ASSERT_OK_AND_ASSIGN(const UnpackedLinear unpacked, Unpack(linear, scheme));
  EXPECT_TRUE(unpacked.per_tensor);
  EXPECT_THAT(unpacked.scales, ElementsAre(0.5f, 0.5f, 0.5f));
}

TEST(LinearTest, SignedScalesMayBeNegativeAndHaveTheLowestCode) {
  Scheme scheme = Int4(true);
  scheme.set_levels(LEVELS_SIGNED_SCALE);
  const CodedMatrix matrix = {{-8, 7, 3, 4, -5, -8},
                              {{-0.5f, 0}, {2, 0}, {1, 0}, {-0.25f, 0}}};
  ASSERT_OK_AND_ASSIGN(QuantizedLinear linear,
                       PackLinear("w", 2, 3, matrix, {}, scheme));
  ASSERT_OK_AND_ASSIGN(const std::vector<float> weights,
                       Dequantize(linear, scheme));
  EXPECT_THAT(weights, ElementsAre(4, -3.5f, 6, 4, -5, 2));
  // A scheme without signed scales refuses both.
  EXPECT_THAT(Dequantize(linear, Int4(true)), FailsSaying("code -8"));
  *linear.mutable_scales() = MakeFloat16("s", {4}, {1, -0.0f, 1, 1});
  EXPECT_THAT(Unpack(linear, scheme), FailsSaying("scale 1 is -0: must not"));
}

// Levels -127, 113, 1 | 25, -10, 13; 4 bits a code, as any other int4.
TEST(LinearTest, ATablesCodesAreReadAsItsLevels) {
  Scheme scheme = Int4(true);
  scheme.set_levels(LEVELS_IQ4_NL);
  const CodedMatrix matrix = {{0, 15, 8, 10, 7, 9},
                              {{-0.5f, 0}, {2, 0}, {1, 0}, {0.25f, 0}}};
  ASSERT_OK_AND_ASSIGN(const QuantizedLinear linear,
                       PackLinear("w", 2, 3, matrix, {}, scheme));
  EXPECT_EQ(linear.weight().data().size(), 4u);  // 2 rows of 2 bytes
  EXPECT_FALSE(linear.has_zero_points());
  ASSERT_OK_AND_ASSIGN(const std::vector<float> weights,
                       Dequantize(linear, scheme));
  EXPECT_THAT(weights, ElementsAre(63.5f, -56.5f, 2, 25, -10, 3.25f));
}

TEST(LinearTest, MinimumsAreAddedToCodesTimesScales) {
  Scheme scheme = Int4(false);
  scheme.set_levels(LEVELS_MINIMUM);
  CodedMatrix matrix = {{0, 15, 3, 4, 5, 7}, {{0.5f}, {2}, {1}, {0.25f}}};
  const float minimums[] = {-1, 0, -65504, 0.125f};
  for (int i = 0; i < 4; ++i) matrix.grids[i].minimum = minimums[i];
  ASSERT_OK_AND_ASSIGN(QuantizedLinear linear,
                       PackLinear("w", 2, 3, matrix, {}, scheme));
  EXPECT_EQ(linear.zero_points().data().size(), 8u);
  ASSERT_OK_AND_ASSIGN(const std::vector<float> weights,
                       Dequantize(linear, scheme));
  EXPECT_THAT(weights, ElementsAre(-1, 6.5f, 6, -65500, -65499, 1.875f));
  EXPECT_THAT(CheckStored(linear, Int4(false)), FailsSaying("not INT8"));
  *linear.mutable_zero_points() = MakeInt8("z", {4}, {0, 0, 0, 0});
  EXPECT_THAT(CheckStored(linear, scheme), FailsSaying("not FLOAT16"));
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  *linear.mutable_zero_points() = MakeFloat16("z", {4}, {0, 0, kInfinity, 0});
  EXPECT_THAT(Unpack(linear, scheme), FailsSaying("not finite"));
}

// Stored column 0 is input 2, and so on.
TEST(LinearTest, DequantizePutsPermutedColumnsBackInPlace) {
  Scheme scheme = Int4(true);
  scheme.set_activation_order(true);
  const CodedMatrix matrix = {{1, 2, 3}, {{1, 0}, {0.5f, 0}}};
  ASSERT_OK_AND_ASSIGN(const QuantizedLinear linear,
                       PackLinear("w", 1, 3, matrix, {2, 0, 1}, scheme));
  ASSERT_OK_AND_ASSIGN(const std::vector<float> weights,
                       Dequantize(linear, scheme));
  EXPECT_THAT(weights, ElementsAre(2, 1.5f, 1));
}

TEST(LinearTest, PermutationsThatAreNoneAreRefused) {
  Scheme scheme = Int4(true);
  EXPECT_THAT(Unpack(PackLinear("w", 1, 3, {{1, 2, 3}, {{1, 0}, {1, 0}}},
                                {2, 0, 1}, scheme)
                         .value(),
                     scheme),
              FailsSaying("permutation of 3 columns, the scheme needs 0"));
  scheme.set_activation_order(true);
  for (const std::vector<uint32_t>& wrong :
       {std::vector<uint32_t>{}, {0, 1}, {0, 1, 1}, {0, 1, 3}}) {
    EXPECT_THAT(Unpack(PackLinear("w", 1, 3, {{1, 2, 3}, {{1, 0}, {1, 0}}},
                                  wrong, scheme)
                           .value(),
                       scheme),
                FailsSaying("permutation"));
  }
}

TEST(LinearTest, WrongSizesAreRefusedWithTheLinearsName) {
  const Scheme scheme = Int4(true);
  const auto refusal = [&](void (*change)(QuantizedLinear&)) {
    QuantizedLinear linear = Symmetric();
    change(linear);
    return Unpack(linear, scheme).status();
  };
  EXPECT_THAT(refusal([](QuantizedLinear& l) { l.set_out_features(3); }),
              FailsSaying("linear 'w'"));
  EXPECT_THAT(refusal([](QuantizedLinear& l) { l.set_in_features(0); }),
              FailsSaying("at least 1"));
  EXPECT_THAT(refusal([](QuantizedLinear& l) {
                l.mutable_weight()->mutable_data()->push_back('\0');
              }),
              FailsSaying("5 bytes"));
  EXPECT_THAT(
      refusal([](QuantizedLinear& l) { l.mutable_weight()->set_dtype(INT8); }),
      FailsSaying("stores PACKED_CODES"));
  EXPECT_THAT(refusal([](QuantizedLinear& l) {
                *l.mutable_scales() = MakeFloat16("s", {3}, {1, 1, 1});
              }),
              FailsSaying("shape [3], expected [4]"));
  EXPECT_THAT(refusal([](QuantizedLinear& l) {
                *l.mutable_zero_points() = MakeInt8("z", {4}, {0, 0, 0, 0});
              }),
              FailsSaying("symmetric grid"));
}

TEST(LinearTest, ScalesThatAreNotPositiveFiniteFloat16AreRefused) {
  const auto refusal = [](const Tensor& scales) {
    QuantizedLinear linear = Symmetric();
    *linear.mutable_scales() = scales;
    return Unpack(linear, Int4(true)).status();
  };
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_THAT(refusal(MakeFloat16("s", {4}, {1, 0, 1, 1})),
              FailsSaying("scale 1 is 0"));
  EXPECT_THAT(refusal(MakeFloat16("s", {4}, {1, 1, -1, 1})),
              FailsSaying("scale 2 is -1"));
  EXPECT_THAT(refusal(MakeFloat16("s", {4}, {1, 1, 1, kInfinity})),
              FailsSaying("not finite"));
  EXPECT_THAT(refusal(MakeFloat32("s", {4}, {1, 1, 1, 1})),
              FailsSaying("FLOAT16"));
}

TEST(LinearTest, AZeroPointOutsideTheGridIsRefused) {
  QuantizedLinear linear = Asymmetric();
  *linear.mutable_zero_points() = MakeInt8("z", {4}, {0, 16, 0, 0});
  EXPECT_THAT(Unpack(linear, Int4(false)),
              FailsSaying("zero point 1 is 16, beyond 15"));
  *linear.mutable_zero_points() = MakeFloat32("z", {4}, {0, 1, 0, 0});
  EXPECT_THAT(CheckStored(linear, Int4(false)),
              FailsSaying("zero points are not INT8"));
}

TEST(LinearTest, FloatFormatsAreReadAsTheyAre) {
  QuantizedLinear linear;
  linear.set_name("w");
  linear.set_out_features(1);
  linear.set_in_features(2);
  *linear.mutable_weight() = MakeFloat16("w", {1, 2}, {0.5f, -2});
  const Scheme fp16 = ResolveScheme("fp16").value();
  ASSERT_OK_AND_ASSIGN(const std::vector<float> weights,
                       Dequantize(linear, fp16));
  EXPECT_THAT(weights, ElementsAre(0.5f, -2));
  EXPECT_THAT(Dequantize(linear, ResolveScheme("fp32").value()),
              FailsSaying("stores FLOAT32"));
  linear.add_permutation(0);
  EXPECT_THAT(Dequantize(linear, fp16), FailsSaying("permutation"));
}

}  // namespace
}  // namespace quant_curve
