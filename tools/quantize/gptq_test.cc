#include "tools/quantize/gptq.h"

#include <algorithm>

#include "lib/artifact/status_matchers.h"
#include "tools/quantize/proxy_loss.h"
#include "tools/quantize/rtn.h"
#include "tools/quantize/scale_search.h"
#include "tools/quantize/test_matrices.h"
#include "tools/quantize/textbook_gptq.h"

namespace quant_curve {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr double kDamping = 0.01;

CodedMatrix Gptq(const Matrix& weights, const Matrix& hessian,
                 const Scheme& scheme, int threads = 1,
                 double damping = kDamping) {
  ThreadPool pool(threads);
  const HessianFactor factor = FactorHessian(hessian, damping, pool).value();
  return QuantizeGptq(weights, factor, scheme, pool).value();
}

std::vector<float> Scales(const CodedMatrix& coded) {
  std::vector<float> scales;
  for (const Grid& grid : coded.grids) scales.push_back(grid.scale);
  return scales;
}

std::vector<int> ZeroPoints(const CodedMatrix& coded) {
  std::vector<int> zero_points;
  for (const Grid& grid : coded.grids) zero_points.push_back(grid.zero_point);
  return zero_points;
}

std::vector<int> Codes(const CodedMatrix& coded) {
  return std::vector<int>(coded.codes.begin(), coded.codes.end());
}

void ExpectTextbook(const CodedMatrix& coded, const TextbookResult& textbook,
                    const std::string& what) {
  EXPECT_EQ(Codes(coded), textbook.codes) << what;
  EXPECT_EQ(Scales(coded), textbook.scales) << what;
  EXPECT_EQ(ZeroPoints(coded), textbook.zero_points) << what;
}

TEST(GptqTest, AgreesWithTheTextbookAtEveryWidthGroupAndBlock) {
  for (const uint64_t width : {64, 96, 172}) {
    const Matrix weights = RandomMatrix(5, width, width);
    const Matrix hessian = RandomHessian(width, width + 1);
    for (const uint32_t group : {32, 64, 128}) {
      Scheme scheme = IntegerScheme(4, true, PER_GROUP, group);
      const TextbookResult textbook =
          TextbookGptq(weights, hessian, kDamping, scheme, false);
      for (const uint32_t block : {1, 7, 64, 128}) {
        scheme.set_block_size(block);
        ExpectTextbook(Gptq(weights, hessian, scheme), textbook,
                       ::testing::PrintToString(
                           std::vector<uint64_t>{width, group, block}));
      }
    }
  }
}

TEST(GptqTest, AgreesWithTheTextbookAtEveryGranularityAndWidthOfCode) {
  const Matrix weights = RandomMatrix(5, 96, 1);
  const Matrix hessian = RandomHessian(96, 2);
  for (const uint32_t bits : {2, 3, 4, 8}) {
    for (const bool symmetric : {true, false}) {
      for (const Scheme& scheme :
           {IntegerScheme(bits, symmetric, PER_CHANNEL, 0),
            IntegerScheme(bits, symmetric, PER_GROUP, 40)}) {
        ExpectTextbook(Gptq(weights, hessian, scheme),
                       TextbookGptq(weights, hessian, kDamping, scheme, false),
                       scheme.ShortDebugString());
      }
    }
  }
}

TEST(GptqTest, PerTensorTakesTheScaleOfTheWholeOriginalMatrix) {
  Matrix weights = RandomMatrix(5, 96, 1);
  weights.Row(3)[90] = -3.5;
  const CodedMatrix coded = Gptq(weights, RandomHessian(96, 2),
                                 IntegerScheme(4, true, PER_TENSOR, 0));
  EXPECT_THAT(Scales(coded), ElementsAre(0.5f));
}

// Column 0 is coupled only to column 2. H = I + 0.5 between them, damping 0.25
// of mean 1: H_ii = 1.25, so rounding 0.4 to 0 adds 0.4 * 0.5 / 1.25 = 0.16 to
// column 2. The second group's scale is then 14.16 / 7 = 2.022857, in float16
// 2 + 12/512; from the stale weights it would be 2.
TEST(GptqTest, AGroupsScaleComesFromTheUpdatedWeights) {
  Matrix weights(1, 4);
  weights.values = {0.4, 7, 14, 0};
  Matrix hessian(4, 4);
  for (int i = 0; i < 4; ++i) hessian.Row(i)[i] = 1;
  hessian.Row(0)[2] = hessian.Row(2)[0] = 0.5;
  for (const uint32_t block : {1, 2, 3, 128}) {
    Scheme scheme = IntegerScheme(4, true, PER_GROUP, 2);
    scheme.set_block_size(block);
    const CodedMatrix coded = Gptq(weights, hessian, scheme, 1, 0.25);
    EXPECT_THAT(Scales(coded), ElementsAre(1, 2 + 12.0f / 512)) << block;
    EXPECT_THAT(coded.codes, ElementsAre(0, 7, 7, 0)) << block;
  }
}

// The first group sees the original weights: its grid is SearchScale's with
// 1 / U_jj^2. Later ones see updated weights, and every row gains.
TEST(GptqTest, ScaleSearchWeighsColumnsByTheDiagonalOfU) {
  const Matrix weights = RandomMatrix(20, 96, 11);
  const Matrix hessian = RandomHessian(96, 12);
  for (const Levels levels : {LEVELS_UNSPECIFIED, LEVELS_SIGNED_SCALE,
                              LEVELS_IQ4_NL, LEVELS_NONLINEAR_3BIT}) {
    const int bits = levels == LEVELS_NONLINEAR_3BIT ? 3 : 4;
    Scheme scheme = IntegerScheme(bits, true, PER_GROUP, 32);
    scheme.set_levels(levels);
    const CodedMatrix plain = Gptq(weights, hessian, scheme);
    scheme.mutable_gptq()->set_scale_search(true);
    const CodedMatrix searched = Gptq(weights, hessian, scheme);
    ThreadPool pool(1);
    const HessianFactor factor = FactorHessian(hessian, kDamping, pool).value();
    std::vector<double> importance;
    for (int j = 0; j < 32; ++j) {
      const double diagonal = factor.upper.Row(j)[j];
      importance.push_back(1 / (diagonal * diagonal));
    }
    for (uint64_t row = 0; row < weights.rows; ++row) {
      const Grid expected =
          SearchScale({weights.Row(row), 32}, importance, FormatOf(scheme))
              .value();
      EXPECT_EQ(searched.grids[3 * row].scale, expected.scale) << row;
    }
    const double power = OutputPower(weights, hessian, pool);
    EXPECT_LT(*ProxyLoss(weights, searched, scheme, hessian, power, pool),
              0.95 * *ProxyLoss(weights, plain, scheme, hessian, power, pool))
        << levels;
  }
}

// The known mistake at group 64 with block 128 would be seen here.
TEST(GptqTest, StaleScalesWouldGiveAnotherResult) {
  const Matrix weights = RandomMatrix(5, 172, 3);
  const Matrix hessian = RandomHessian(172, 4);
  const Scheme scheme = IntegerScheme(4, true, PER_GROUP, 64);
  const TextbookResult stale =
      TextbookGptq(weights, hessian, kDamping, scheme, true);
  EXPECT_NE(Scales(Gptq(weights, hessian, scheme)), stale.scales);
}

TEST(GptqTest, PerChannelScalesAreThoseOfRtn) {
  const Matrix weights = RandomMatrix(5, 96, 1);
  const Scheme scheme = IntegerScheme(4, true, PER_CHANNEL, 0);
  ASSERT_OK_AND_ASSIGN(const CodedMatrix rtn, QuantizeRtn(weights, scheme));
  EXPECT_EQ(Scales(Gptq(weights, RandomHessian(96, 2), scheme)), Scales(rtn));
}

// Nothing to propagate: GPTQ and RTN differ by nothing but propagation.
TEST(GptqTest, WithADiagonalHessianTheResultIsThatOfRtn) {
  const Matrix weights = RandomMatrix(5, 172, 5);
  Matrix hessian(172, 172);
  for (uint64_t i = 0; i < 172; ++i) hessian.Row(i)[i] = 1 + i % 3;
  for (const Scheme& scheme : {IntegerScheme(4, true, PER_GROUP, 64),
                               IntegerScheme(3, false, PER_GROUP, 32),
                               IntegerScheme(8, true, PER_CHANNEL, 0),
                               IntegerScheme(8, true, PER_TENSOR, 0)}) {
    ASSERT_OK_AND_ASSIGN(const CodedMatrix rtn, QuantizeRtn(weights, scheme));
    const CodedMatrix gptq = Gptq(weights, hessian, scheme);
    EXPECT_EQ(gptq.codes, rtn.codes) << scheme.ShortDebugString();
    EXPECT_EQ(Scales(gptq), Scales(rtn)) << scheme.ShortDebugString();
  }
}

TEST(GptqTest, TheProxyLossIsBelowRtnsOnCorrelatedInputs) {
  ThreadPool pool(1);
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const Matrix weights = RandomMatrix(16, 96, seed);
    const Matrix hessian = RandomHessian(96, 100 + seed);
    const double reference = WeightedSquares(weights, hessian, pool);
    for (const uint32_t bits : {3, 4, 8}) {
      const Scheme scheme = IntegerScheme(bits, true, PER_GROUP, 32);
      const auto loss = [&](const CodedMatrix& coded) {
        return ProxyLoss(weights, coded, scheme, hessian, reference, pool)
            .value();
      };
      EXPECT_LT(loss(Gptq(weights, hessian, scheme)),
                loss(QuantizeRtn(weights, scheme).value()));
    }
  }
}

// The groups of 32 have 1, 2 and 20 dead columns.
TEST(GptqTest, DeadColumnsAreRoundedToNearestAndTheRestAgreesWithTheTextbook) {
  const Matrix weights = RandomMatrix(5, 96, 6);
  Matrix hessian = RandomHessian(96, 7);
  for (uint64_t dead = 0; dead < 96; ++dead) {
    if (dead != 0 && dead != 40 && dead != 41 && dead < 76) continue;
    for (uint64_t i = 0; i < 96; ++i) {
      hessian.Row(dead)[i] = hessian.Row(i)[dead] = 0;
    }
  }
  for (const Scheme& scheme : {IntegerScheme(4, true, PER_GROUP, 32),
                               IntegerScheme(4, false, PER_GROUP, 32),
                               IntegerScheme(8, true, PER_CHANNEL, 0)}) {
    const CodedMatrix coded = Gptq(weights, hessian, scheme);
    ExpectTextbook(coded,
                   TextbookGptq(weights, hessian, kDamping, scheme, false),
                   scheme.ShortDebugString());
    const ScaleLayout layout = LayoutOf(scheme, 5, 96);
    for (const uint64_t dead : {0, 40, 41, 76, 95}) {
      for (uint64_t row = 0; row < 5; ++row) {
        const Grid& grid =
            coded.grids[layout.Index(row, dead / layout.group_size)];
        EXPECT_EQ(coded.codes[row * 96 + dead],
                  grid.CodeOf(weights.Row(row)[dead], FormatOf(scheme)));
      }
    }
  }
}

// One live column of two: its 7 gives scale 1, whatever the dead one holds.
TEST(GptqTest, AGroupsGridIsThatOfItsLiveColumns) {
  Matrix weights(3, 2);
  weights.values = {7, 3.4, 7, -9, -7, 0.2};
  Matrix hessian(2, 2);
  hessian.Row(0)[0] = 1;
  const CodedMatrix coded =
      Gptq(weights, hessian, IntegerScheme(4, true, PER_GROUP, 2));
  EXPECT_THAT(Scales(coded), ElementsAre(1, 1, 1));
  EXPECT_THAT(coded.codes, ElementsAre(7, 3, 7, -7, -7, 0));
}

// Groups of 3 with one live column, and with none: 21 / 7 and 14 / 7.
TEST(GptqTest, AGroupOfMostlyDeadColumnsIsFittedToAllOfThem) {
  Matrix weights(1, 6);
  weights.values = {7, 21, -6, 14, 3.1, -5};
  Matrix hessian(6, 6);
  hessian.Row(0)[0] = 1;
  const CodedMatrix coded =
      Gptq(weights, hessian, IntegerScheme(4, true, PER_GROUP, 3));
  EXPECT_THAT(Scales(coded), ElementsAre(3, 2));
  EXPECT_THAT(coded.codes, ElementsAre(2, 7, -2, 7, 2, -2));
}

TEST(GptqTest, ZeroWeightsStayZero) {
  const CodedMatrix coded = Gptq(Matrix(3, 64), RandomHessian(64, 8),
                                 IntegerScheme(4, true, PER_GROUP, 32));
  EXPECT_THAT(coded.codes, Each(0));
}

TEST(GptqTest, ThreadsDoNotChangeTheResult) {
  const Matrix weights = RandomMatrix(100, 172, 9);
  const Matrix hessian = RandomHessian(172, 10);
  const Scheme scheme = IntegerScheme(4, true, PER_GROUP, 64);
  const CodedMatrix one = Gptq(weights, hessian, scheme, 1);
  const CodedMatrix two = Gptq(weights, hessian, scheme, 2);
  EXPECT_EQ(one.codes, two.codes);
  EXPECT_EQ(Scales(one), Scales(two));
}

TEST(GptqTest, AScaleBeyondFloat16IsRefusedWithItsRow) {
  ThreadPool pool(2);
  Matrix weights = RandomMatrix(40, 64, 11);
  weights.Row(37)[5] = 1e6;
  const HessianFactor factor =
      FactorHessian(RandomHessian(64, 12), kDamping, pool).value();
  EXPECT_THAT(QuantizeGptq(weights, factor,
                           IntegerScheme(4, true, PER_GROUP, 32), pool),
              FailsSaying("row 37: scale"));
}

}  // namespace
}  // namespace quant_curve
