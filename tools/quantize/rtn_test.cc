#include "tools/quantize/rtn.h"

#include "lib/artifact/status_matchers.h"
#include "tools/quantize/test_matrices.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

std::vector<float> Scales(const CodedMatrix& coded) {
  std::vector<float> scales;
  for (const Grid& grid : coded.grids) scales.push_back(grid.scale);
  return scales;
}

Matrix TwoRows() {
  Matrix weights(2, 3);
  weights.values = {7, 3.6, -14, 1.2, -3.5, 0.5};
  return weights;
}

TEST(RtnTest, PerTensorSharesOneScale) {
  ASSERT_OK_AND_ASSIGN(
      const CodedMatrix coded,
      QuantizeRtn(TwoRows(), IntegerScheme(4, true, PER_TENSOR, 0)));
  EXPECT_THAT(Scales(coded), ElementsAre(2));
  // 7/2 = 3.5 to the even 4; -3.5/2 = -1.75.
  EXPECT_THAT(coded.codes, ElementsAre(4, 2, -7, 1, -2, 0));
}

TEST(RtnTest, PerChannelHasAScaleARow) {
  ASSERT_OK_AND_ASSIGN(
      const CodedMatrix coded,
      QuantizeRtn(TwoRows(), IntegerScheme(4, true, PER_CHANNEL, 0)));
  EXPECT_THAT(Scales(coded), ElementsAre(2, 0.5f));
  EXPECT_THAT(coded.codes, ElementsAre(4, 2, -7, 2, -7, 1));
}

// Groups of two: the last one of a row holds one weight.
TEST(RtnTest, PerGroupFitsTheRaggedLastGroupOnItsOwn) {
  ASSERT_OK_AND_ASSIGN(
      const CodedMatrix coded,
      QuantizeRtn(TwoRows(), IntegerScheme(4, true, PER_GROUP, 2)));
  // 0.5 / 7 = 0.0714285 lies nearest to 1170 * 2^-14.
  EXPECT_THAT(Scales(coded), ElementsAre(1, 2, 0.5f, 1170.0f / 16384.0f));
  EXPECT_THAT(coded.codes, ElementsAre(7, 4, -7, 2, -7, 7));
}

TEST(RtnTest, Int4CodesStayWithinSeven) {
  ASSERT_OK_AND_ASSIGN(const CodedMatrix coded,
                       QuantizeRtn(RandomMatrix(16, 172, 1),
                                   IntegerScheme(4, true, PER_GROUP, 64)));
  EXPECT_EQ(*std::min_element(coded.codes.begin(), coded.codes.end()), -7);
  EXPECT_EQ(*std::max_element(coded.codes.begin(), coded.codes.end()), 7);
}

TEST(RtnTest, ZeroWeightsGiveZeroCodes) {
  ASSERT_OK_AND_ASSIGN(
      const CodedMatrix coded,
      QuantizeRtn(Matrix(1, 3), IntegerScheme(4, true, PER_GROUP, 2)));
  EXPECT_THAT(coded.codes, ElementsAre(0, 0, 0));
}

TEST(RtnTest, AScaleBeyondFloat16IsRefusedWithItsPlace) {
  Matrix weights = TwoRows();
  weights.Row(1)[2] = 1e6;
  EXPECT_THAT(QuantizeRtn(weights, IntegerScheme(4, true, PER_GROUP, 2)),
              FailsSaying("row 1, columns from 2: scale 142857"));
}

}  // namespace
}  // namespace quant_curve
