#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "lib/numerics/packed_matrix.h"

namespace quant_curve {
namespace {

// One output of three inputs, all zero or all but the first: what fills up
// steps and panels is zero. The BUILD file has malloc return memory that is
// not.
TEST(PackedMatrixLayoutTest, PaddingIsZero) {
  const std::vector<float> floats(3, 0.0f);
  const std::vector<uint16_t> halves(3, 0);
  const auto coded = [](int16_t code, bool int8_inputs) {
    const std::vector<int16_t> codes = {code, 0, 0};
    const float scale = 1;
    return PackedMatrix::Coded({codes.data(), &scale, 3}, 1, 3, int8_inputs);
  };
  for (const PackedMatrix& matrix :
       {PackedMatrix::Float32(floats.data(), 1, 3),
        PackedMatrix::Float16(halves.data(), 1, 3),
        PackedMatrix::BFloat16(halves.data(), 1, 3), coded(1, false),
        coded(100, false), coded(200, false), coded(100, true)}) {
    const PackedMatrix::View view = matrix.view();
    int64_t weights = 0, scales = 0;
    for (int64_t i = 0; i < view.panel_bytes; ++i) weights += view.data[i] != 0;
    EXPECT_EQ(weights, view.scales == nullptr ? 0 : 1);
    if (view.scales == nullptr) continue;
    for (int64_t o = 0; o < kPanelOutputs; ++o) scales += view.scales[o] != 0;
    EXPECT_EQ(scales, 1);
  }
}

// Three inputs: two steps, of which the second is filled up.
TEST(PackedMatrixLayoutTest, BFloat16IsStoredAsDocumented) {
  std::vector<uint16_t> weights(64 * 3, 0);
  weights[5 * 3 + 1] = 0x3f81;  // output 5, input 1: bytes 4 * 5 + 2 and + 3
  weights[5 * 3 + 2] = 0x4002;  // output 5, input 2: bytes 4 * 5 of step 1
  const PackedMatrix matrix = PackedMatrix::BFloat16(weights.data(), 64, 3);
  EXPECT_EQ(matrix.bytes(), 2 * 256);
  const uint8_t* data = matrix.view().data;
  for (int i = 0; i < 2 * 256; ++i) {
    const int expected = i == 22         ? 0x81
                         : i == 23       ? 0x3f
                         : i == 256 + 20 ? 0x02
                         : i == 256 + 21 ? 0x40
                                         : 0;
    EXPECT_EQ(data[i], expected) << i;
  }
}

// The layout of the header's table, byte by byte, on a matrix of two inputs.
TEST(PackedMatrixLayoutTest, Int4IsStoredAsDocumented) {
  std::vector<int16_t> codes(64 * 2, 0);
  codes[17 * 2 + 0] = 3;   // output 17: dword 1, nibble 17 / 16 = 1
  codes[17 * 2 + 1] = -2;  // second input: nibble 4 + 1
  const std::vector<float> scales(64, 1.0f);
  const PackedMatrix matrix =
      PackedMatrix::Coded({codes.data(), scales.data(), 2}, 64, 2, false);
  const uint8_t* data = matrix.view().data;
  for (int i = 0; i < 64; ++i) {
    const int expected = i == 4 ? 0x30 : i == 6 ? 0xe0 : 0;
    EXPECT_EQ(data[i], expected) << i;
  }
  EXPECT_EQ(matrix.bytes(), 64 + 64 * 2);
}

TEST(PackedMatrixLayoutTest, Table4StoresTheNumbersOfTheLevels) {
  int8_t table[kTableLevels];
  for (int i = 0; i < kTableLevels; ++i) table[i] = static_cast<int8_t>(8 * i);
  std::vector<int16_t> codes(64 * 2, 0);
  codes[17 * 2 + 0] = 3 * 8;   // output 17: dword 1, nibble 17 / 16 = 1
  codes[17 * 2 + 1] = 14 * 8;  // second input: nibble 4 + 1
  const std::vector<float> scales(64, 1.0f);
  const PackedMatrix matrix = PackedMatrix::Coded(
      {codes.data(), scales.data(), 2, table}, 64, 2, false);
  const uint8_t* data = matrix.view().data;
  for (int i = 0; i < 64; ++i) {
    EXPECT_EQ(data[i], i == 4 ? 0x30 : i == 6 ? 0xe0 : 0) << i;
  }
  EXPECT_EQ(matrix.bytes(), 64 + 64 * 2);
}

TEST(PackedMatrixLayoutTest, Int8IsStoredAsDocumented) {
  std::vector<int16_t> codes(64 * 4, 0);
  codes[21 * 4 + 2] = -100;  // output 21, input 2: byte 4 * 5 + 1 of step 2
  const std::vector<float> scales(64, 1.0f);
  const PackedMatrix matrix =
      PackedMatrix::Coded({codes.data(), scales.data(), 4}, 64, 4, false);
  EXPECT_EQ(matrix.view().data[2 * 64 + 21], 156);
  EXPECT_EQ(matrix.bytes(), 256 + 64 * 2);
}

TEST(PackedMatrixLayoutTest, Int8x4IsStoredAsDocumented) {
  std::vector<int16_t> codes(64 * 4, 0);
  codes[5 * 4 + 2] = -100;  // output 5, input 2: byte 4 * 5 + 2
  const std::vector<float> scales(64, 1.0f);
  const PackedMatrix matrix =
      PackedMatrix::Coded({codes.data(), scales.data(), 4}, 64, 4, true);
  EXPECT_EQ(matrix.view().data[22], 156);
  EXPECT_EQ(matrix.bytes(), 256 + 64 * 2);
}

}  // namespace
}  // namespace quant_curve
