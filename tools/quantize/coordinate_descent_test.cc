#include "tools/quantize/coordinate_descent.h"

#include <cmath>

#include "lib/artifact/status_matchers.h"
#include "tools/quantize/gptq.h"
#include "tools/quantize/hessian.h"
#include "tools/quantize/rtn.h"
#include "tools/quantize/test_matrices.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

// E H E^T of one row, E = T - Q, term by term.
double RowLoss(const Matrix& target, const Matrix& hessian,
               const Scheme& scheme, const CodedMatrix& coded, uint64_t row) {
  const CodeFormat format = FormatOf(scheme);
  const ScaleLayout layout = LayoutOf(scheme, target.rows, target.columns);
  std::vector<double> error(target.columns);
  for (uint64_t j = 0; j < target.columns; ++j) {
    const Grid& grid = coded.grids[layout.Index(row, j / layout.group_size)];
    error[j] = target.Row(row)[j] -
               grid.ValueOf(coded.codes[row * target.columns + j], format);
  }
  double loss = 0;
  for (uint64_t i = 0; i < target.columns; ++i) {
    for (uint64_t j = 0; j < target.columns; ++j) {
      loss += error[i] * hessian.Row(i)[j] * error[j];
    }
  }
  return loss;
}

std::vector<double> Losses(const Matrix& target, const Matrix& hessian,
                           const Scheme& scheme, const CodedMatrix& coded) {
  std::vector<double> losses;
  for (uint64_t row = 0; row < target.rows; ++row) {
    losses.push_back(RowLoss(target, hessian, scheme, coded, row));
  }
  return losses;
}

// Of every kind of level, with a short last group.
std::vector<Scheme> Schemes() {
  std::vector<Scheme> schemes;
  for (const uint32_t bits : {2, 3, 4}) {
    for (const bool symmetric : {true, false}) {
      schemes.push_back(IntegerScheme(bits, symmetric, PER_GROUP, 32));
    }
    schemes.push_back(IntegerScheme(bits, true, PER_GROUP, 32));
    schemes.back().set_levels(LEVELS_SIGNED_SCALE);
  }
  schemes.push_back(IntegerScheme(4, true, PER_GROUP, 32));
  schemes.back().set_levels(LEVELS_IQ4_NL);
  schemes.push_back(IntegerScheme(4, false, PER_GROUP, 32));
  schemes.back().set_levels(LEVELS_MINIMUM);
  return schemes;
}

CodedMatrix Descended(const Matrix& target, const Matrix& hessian,
                      const Scheme& scheme, uint32_t rounds, int threads,
                      CodedMatrix coded) {
  ThreadPool pool(threads);
  DescendCoordinates(target, hessian, scheme, rounds, pool, coded);
  return coded;
}

CodedMatrix Gptq(const Matrix& target, const Matrix& hessian,
                 const Scheme& scheme) {
  ThreadPool pool(1);
  const HessianFactor factor = FactorHessian(hessian, 0.01, pool).value();
  return QuantizeGptq(target, factor, scheme, pool).value();
}

TEST(CoordinateDescentTest, NoRoundRaisesTheLossOfAnyRow) {
  const Matrix target = RandomMatrix(50, 80, 1);
  const Matrix hessian = RandomHessian(80, 2);
  const Matrix damped = DampedHessian(hessian, kDescentDamping);
  for (const Scheme& scheme : Schemes()) {
    SCOPED_TRACE(scheme.ShortDebugString());
    for (const CodedMatrix& start :
         {QuantizeRtn(target, scheme).value(), Gptq(target, hessian, scheme)}) {
      std::vector<double> before = Losses(target, damped, scheme, start);
      double first = 0, last = 0;
      for (const double loss : before) first += loss;
      for (uint32_t rounds = 1; rounds <= 4; ++rounds) {
        const std::vector<double> after =
            Losses(target, damped, scheme,
                   Descended(target, damped, scheme, rounds, 1, start));
        last = 0;
        for (uint64_t row = 0; row < target.rows; ++row) {
          EXPECT_LE(after[row], before[row] * (1 + 1e-12));
          last += after[row];
        }
        before = after;
      }
      EXPECT_LT(last, 0.97 * first);
    }
  }
}

// At the end no other code of any weight lowers its row's loss.
TEST(CoordinateDescentTest, EndsWhereNoSingleCodeHelps) {
  const Matrix target = RandomMatrix(3, 40, 3);
  const Matrix damped = DampedHessian(RandomHessian(40, 4), kDescentDamping);
  for (const Scheme& scheme : Schemes()) {
    SCOPED_TRACE(scheme.ShortDebugString());
    const CodeFormat format = FormatOf(scheme);
    CodedMatrix coded = Descended(target, damped, scheme, 100, 1,
                                  QuantizeRtn(target, scheme).value());
    for (uint64_t row = 0; row < target.rows; ++row) {
      const double loss = RowLoss(target, damped, scheme, coded, row);
      for (uint64_t j = 0; j < target.columns; ++j) {
        int16_t& code = coded.codes[row * target.columns + j];
        const int16_t kept = code;
        for (int other = format.lowest(); other <= format.highest(); ++other) {
          code = static_cast<int16_t>(other);
          EXPECT_GE(RowLoss(target, damped, scheme, coded, row),
                    loss * (1 - 1e-12));
        }
        code = kept;
      }
    }
  }
}

// H = I: one group 1, 2, 4 with codes 1, 2, 3 at scale 1. The least-squares
// scale of these codes is (1 + 4 + 12) / 14 = 1.2143, in float16
// 1 + 219.43/1024 -> 1 + 219/1024. Then the nearest codes are 1, 2, 3 again.
TEST(CoordinateDescentTest, TheScaleIsTheLeastSquaresFitOfTheCodes) {
  Matrix target(1, 3);
  target.values = {1, 2, 4};
  Matrix hessian(3, 3);
  for (int i = 0; i < 3; ++i) hessian.Row(i)[i] = 1;
  const CodedMatrix start = {{1, 2, 3}, {{1, 0}}};
  const Scheme scheme = IntegerScheme(3, true, PER_GROUP, 3);
  const CodedMatrix coded = Descended(target, hessian, scheme, 1, 1, start);
  EXPECT_EQ(coded.grids[0].scale, 1 + 219.0f / 1024);
  EXPECT_THAT(coded.codes, ElementsAre(1, 2, 3));
}

// H = I and codes 0, 1, 2 at scale 1 of 0.5, 1.5, 3.1: the scale's fit is
// (1.5 + 6.2) / 5 = 1.54, in float16 1577 / 1024; the minimum's is the mean of
// what is left, 1.7 - 1577 / 1024, to float16.
TEST(CoordinateDescentTest, TheMinimumIsTheMeanOfWhatIsLeft) {
  Matrix target(1, 3);
  target.values = {0.5, 1.5, 3.1};
  Matrix hessian(3, 3);
  for (int i = 0; i < 3; ++i) hessian.Row(i)[i] = 1;
  Scheme scheme = IntegerScheme(2, false, PER_GROUP, 3);
  scheme.set_levels(LEVELS_MINIMUM);
  const CodedMatrix coded =
      Descended(target, hessian, scheme, 1, 1, {{0, 1, 2}, {{1}}});
  EXPECT_EQ(coded.grids[0].scale, 1577.0f / 1024);
  EXPECT_NEAR(coded.grids[0].minimum, 1.7 - 1577.0 / 1024, 0x1p-14);
  EXPECT_THAT(coded.codes, ElementsAre(0, 1, 2));
}

// A dead column is coupled to nothing: its code is the one nearest to it.
TEST(CoordinateDescentTest, DeadColumnsEndAtTheirNearestCode) {
  const Matrix target = RandomMatrix(4, 32, 5);
  Matrix hessian = RandomHessian(32, 6);
  for (int i = 0; i < 32; ++i) hessian.Row(7)[i] = hessian.Row(i)[7] = 0;
  const Scheme scheme = IntegerScheme(4, true, PER_GROUP, 32);
  const CodedMatrix coded =
      Descended(target, DampedHessian(hessian, kDescentDamping), scheme, 3, 1,
                Gptq(target, hessian, scheme));
  for (uint64_t row = 0; row < 4; ++row) {
    EXPECT_EQ(coded.codes[row * 32 + 7],
              coded.grids[row].CodeOf(target.Row(row)[7], FormatOf(scheme)));
  }
}

TEST(CoordinateDescentTest, ThreadsChangeNoBit) {
  const Matrix target = RandomMatrix(131, 96, 7);
  const Matrix damped = DampedHessian(RandomHessian(96, 8), kDescentDamping);
  Scheme scheme = IntegerScheme(4, true, PER_GROUP, 32);
  scheme.set_levels(LEVELS_IQ4_NL);
  const CodedMatrix start = QuantizeRtn(target, scheme).value();
  const CodedMatrix one = Descended(target, damped, scheme, 2, 1, start);
  const CodedMatrix five = Descended(target, damped, scheme, 2, 5, start);
  EXPECT_EQ(one.codes, five.codes);
  for (size_t i = 0; i < one.grids.size(); ++i) {
    EXPECT_EQ(one.grids[i].scale, five.grids[i].scale);
  }
}

}  // namespace
}  // namespace quant_curve
