#include "tools/quantize/lost_bits.h"

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TensorSpec Matrix32() { return {"wte.weight", {3, 2}, TensorRole::kEmbedding}; }

// 127 * 1.5 * 2^-24 has scale 1.5 * 2^-24, half a step from its neighbours: a
// third of itself. Zeros lose nothing, and 127 has scale 1.
TEST(LostBitsTest, Int8RowsLoseTheBitsOfTheirScale) {
  const float tiny = 127 * 1.5f * 0x1p-24f;
  const LostBits lost =
      LostInRows(Matrix32(), {tiny, -tiny / 2, 0, 0, 5, -127}, INT8);
  EXPECT_EQ(lost.count, 1);
  EXPECT_EQ(lost.total, 3);
  EXPECT_NEAR(lost.worst, 1.0 / 3, 1e-7);
  EXPECT_EQ(LostBitsText(lost, "rows"), "1 of 3 rows, off by up to 33 %");
}

TEST(LostBitsTest, Float16RowsLoseTheBitsOfTheirLargestValue) {
  const float tiny = 1.5f * 0x1p-24f;
  const std::vector<float> values = {0, -tiny, 1, tiny, 0x1p-20f, 0};
  const LostBits lost = LostInRows(Matrix32(), values, FLOAT16);
  EXPECT_EQ(lost.count, 1);
  EXPECT_NEAR(lost.worst, 1.0 / 3, 1e-7);
  EXPECT_EQ(LostInRows(Matrix32(), values, FLOAT32).total, 0);
}

// Normal float16 values keep 11 bits: 2^-11 is no loss, whatever the value.
TEST(LostBitsTest, ScalesThatAFloat16HoldsNormallyLoseNothing) {
  std::vector<Grid> grids;
  for (const double absmax : {1.0, 0.1, 1e-2, 127 * 1.0001 * 0x1p-14}) {
    grids.push_back(FitGrid({absmax}, {8, true}).value());
  }
  EXPECT_EQ(LostInScales(grids).count, 0);
  grids.push_back(FitGrid({127 * 1.5 * 0x1p-24}, {8, true}).value());
  EXPECT_EQ(LostInScales(grids).count, 1);
  EXPECT_EQ(LostInScales(grids).total, 5);
}

}  // namespace
}  // namespace quant_curve
