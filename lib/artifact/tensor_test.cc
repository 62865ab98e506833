#include "lib/artifact/tensor.h"

#include <cmath>
#include <limits>

#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

TEST(TensorTest, FloatsAreStoredLittleEndian) {
  const Tensor tensor = MakeFloat32("x", {2}, {1.0f, -2.0f});
  EXPECT_EQ(tensor.data(), std::string("\0\0\x80\x3f\0\0\0\xc0", 8));
}

TEST(TensorTest, Float16RoundsAndReadsBack) {
  const Tensor tensor = MakeFloat16("x", {1, 2}, {1.0f, 0.1f});
  EXPECT_EQ(tensor.data(), std::string("\x00\x3c\x66\x2e", 4));
  ASSERT_OK_AND_ASSIGN(const std::vector<float> values, ReadFloats(tensor));
  EXPECT_THAT(values, ElementsAre(1.0f, 0.0999755859375f));
}

TEST(TensorTest, ALengthThatDoesNotMatchTheShapeIsRefused) {
  Tensor tensor = MakeFloat32("w", {2}, {1.0f, 2.0f});
  tensor.mutable_data()->pop_back();
  EXPECT_THAT(ReadFloats(tensor), FailsSaying("tensor 'w': 7 bytes"));
}

TEST(TensorTest, AShapeThatOverflowsIsRefused) {
  Tensor tensor = MakeFloat32("w", {}, {});
  for (int i = 0; i < 3; ++i) tensor.add_shape(uint64_t{1} << 40);
  EXPECT_THAT(ReadFloats(tensor), FailsSaying("overflows"));
}

TEST(TensorTest, AHugeShapeWithoutDataIsRefusedBeforeAllocation) {
  Tensor tensor = MakeFloat32("w", {uint64_t{1} << 60}, {});
  EXPECT_THAT(ReadFloats(tensor), FailsSaying("0 bytes"));
}

TEST(TensorTest, NonFiniteValuesAreRefusedByIndex) {
  const Tensor tensor =
      MakeFloat32("w", {2}, {0.0f, std::numeric_limits<float>::infinity()});
  EXPECT_THAT(ReadFloats(tensor), FailsSaying("element 1 is not finite"));
}

TEST(TensorTest, Float16BitsAreReadAsTheyStandAndMustBeFinite) {
  ASSERT_OK_AND_ASSIGN(const std::vector<uint16_t> bits,
                       ReadHalfBits(MakeFloat16("w", {2}, {1.0f, -2.0f})));
  EXPECT_THAT(bits, ElementsAre(0x3c00, 0xc000));
  EXPECT_THAT(ReadHalfBits(MakeFloat16("w", {2}, {1.0f, 1e6f})),
              FailsSaying("element 1 is not finite"));
  EXPECT_THAT(ReadFloats(MakeFloat16("w", {1}, {-1e6f})),
              FailsSaying("element 0 is not finite"));
}

// 0x7e00 is a NaN, 0xfbff the most negative half.
TEST(TensorTest, Float16NansAreRefusedAndTheLargestIsNot) {
  Tensor tensor = MakeFloat16("w", {2}, {1.0f, -65504.0f});
  ASSERT_OK_AND_ASSIGN(const std::vector<uint16_t> bits, ReadHalfBits(tensor));
  EXPECT_EQ(bits[1], 0xfbff);
  (*tensor.mutable_data())[3] = '\x7e';
  EXPECT_THAT(ReadHalfBits(tensor), FailsSaying("element 1 is not finite"));
  EXPECT_THAT(ReadFloats(tensor), FailsSaying("element 1 is not finite"));
}

TEST(TensorTest, AnotherDtypeIsRefused) {
  EXPECT_THAT(ReadDoubles(MakeFloat32("w", {1}, {1.0f})),
              FailsSaying("dtype FLOAT32, expected FLOAT64"));
}

TEST(TensorTest, ElementsCanBeCheckedWithoutACopy) {
  EXPECT_THAT(CheckElements(MakeFloat32("w", {1}, {1.0f}), FLOAT32), IsOk());
  EXPECT_THAT(CheckElements(MakeInt8("w", {2}, {-128, 127}), INT8), IsOk());
  EXPECT_THAT(CheckElements(MakeFloat32("w", {1}, {1.0f}), INT8),
              FailsSaying("dtype FLOAT32, expected INT8"));
  EXPECT_THAT(CheckElements(MakeInt8("w", {2}, {1}), INT8),
              FailsSaying("tensor 'w': 1 bytes"));
  EXPECT_THAT(CheckElements(MakeFloat16("w", {2}, {1.0f, 1e6f}), FLOAT16),
              FailsSaying("element 1 is not finite"));
}

TEST(TensorTest, AnotherShapeIsRefused) {
  const uint64_t expected[] = {2, 1};
  EXPECT_THAT(CheckShape(MakeFloat32("w", {1, 2}, {1.0f, 2.0f}), expected),
              FailsSaying("shape [1, 2], expected [2, 1]"));
}

}  // namespace
}  // namespace quant_curve
