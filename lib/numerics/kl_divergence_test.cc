#include "lib/numerics/kl_divergence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gtest/gtest.h"
#include "hwy/targets.h"
#include "lib/numerics/nonlinear.h"
#include "lib/numerics/normal.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

using Row = std::vector<float>;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<int64_t> Sizes() {
  std::vector<int64_t> sizes = {127, 2048, 5003, 32000};
  for (int64_t n = 1; n <= 70; ++n) sizes.push_back(n);
  return sizes;
}

Row NormalRow(int64_t n, double spread, uint64_t seed) {
  Random random(seed);
  Row row(n);
  for (float& v : row) v = static_cast<float>(spread * Normal(random));
  return row;
}

// `row` with noise.
Row Near(const Row& row, double noise, uint64_t seed) {
  Row result = NormalRow(row.size(), noise, seed);
  for (size_t i = 0; i < row.size(); ++i) result[i] += row[i];
  return result;
}

double Kl(const Row& a, const Row& b) {
  const int64_t n = static_cast<int64_t>(a.size());
  return KlDivergence({a.data(), LogSumExp(a.data(), n)},
                      {b.data(), LogSumExp(b.data(), n)}, n);
}

long double LogSumExpByDefinition(const Row& x) {
  const long double max = *std::max_element(x.begin(), x.end());
  long double sum = 0;
  for (const float v : x) sum += std::exp(v - max);
  return max + std::log(sum);
}

// sum p log(p / q), with p = exp(a - A) and q = exp(b - B).
long double KlByDefinition(const Row& a, const Row& b) {
  const long double log_sum_a = LogSumExpByDefinition(a);
  const long double log_sum_b = LogSumExpByDefinition(b);
  long double kl = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const long double log_p = a[i] - log_sum_a;
    kl += std::exp(log_p) * (log_p - (b[i] - log_sum_b));
  }
  return kl;
}

// The header's bound.
void ExpectWithinBound(const Row& a, const Row& b) {
  const double expected = static_cast<double>(KlByDefinition(a, b));
  EXPECT_NEAR(Kl(a, b), expected, 4e-6 * expected + 1e-12)
      << a.size() << " classes";
}

TEST(KlDivergenceTest, IndependentRowsAreWithinTheBound) {
  for (const int64_t n : Sizes()) {
    for (const double spread : {0.1, 1.0, 4.0, 15.0}) {
      ExpectWithinBound(NormalRow(n, spread, n), NormalRow(n, spread, n + 1));
    }
  }
}

TEST(KlDivergenceTest, NearlyEqualRowsAreWithinTheBound) {
  for (const int64_t n : Sizes()) {
    const Row a = NormalRow(n, 4, n);
    for (const double noise : {1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 0.5, 1.0}) {
      ExpectWithinBound(a, Near(a, noise, n + 1));
    }
  }
}

TEST(KlDivergenceTest, RowsWithAConstantBetweenThemAreWithinTheBound) {
  for (const int64_t n : Sizes()) {
    const Row a = NormalRow(n, 4, n);
    Row b = Near(a, 1e-2, n + 1);
    for (float& v : b) v -= 100;
    ExpectWithinBound(a, b);
    ExpectWithinBound(b, a);
  }
}

TEST(KlDivergenceTest, HugeSpreadsAreWithinTheBound) {
  for (const int64_t n : Sizes()) {
    for (const double spread : {60.0, 1e3, 1e6, 1e30}) {
      const Row a = NormalRow(n, spread, n);
      ExpectWithinBound(a, NormalRow(n, spread, n + 1));
      ExpectWithinBound(a, Near(a, 1, n + 1));
    }
  }
}

// A float16 model's logits are this close to a float32 model's. Terms of either
// sign would leave nothing of such a result in float32.
TEST(KlDivergenceTest, TinyDivergencesKeepSixDigits) {
  const Row a = NormalRow(2048, 4, 1);
  for (const double noise : {1e-4, 3e-4, 1e-3}) {
    const Row b = Near(a, noise, 2);
    const double expected = static_cast<double>(KlByDefinition(a, b));
    ASSERT_LT(expected, 1e-6);
    EXPECT_NEAR(Kl(a, b) / expected, 1, 1e-6) << noise;
  }
}

TEST(KlDivergenceTest, EqualRowsHaveExactlyNone) {
  for (const int64_t n : Sizes()) {
    for (const double spread : {0.0, 1.0, 1e3}) {
      const Row a = NormalRow(n, spread, n);
      const Row b = a;
      EXPECT_EQ(Kl(a, b), 0) << n;
    }
  }
}

TEST(KlDivergenceTest, LogitsThatAreNotFiniteGiveNan) {
  for (const int64_t n : {1, 2, 16, 33, 70}) {
    const Row good = NormalRow(n, 2, n);
    for (const float bad : {kInfinity, -kInfinity, kNan}) {
      for (const int64_t place : {int64_t{0}, n / 2, n - 1}) {
        Row row = good;
        row[place] = bad;
        EXPECT_TRUE(std::isnan(Kl(good, row))) << n << " " << bad;
        EXPECT_TRUE(std::isnan(Kl(row, good))) << n << " " << bad;
        EXPECT_TRUE(std::isnan(Kl(row, row))) << n << " " << bad;
      }
    }
  }
}

TEST(KlDivergenceTest, DifferencesBeyondFloat32GiveNan) {
  EXPECT_TRUE(std::isnan(Kl({3e38f, 0}, {-3e38f, 0})));
}

TEST(FirstMaximaAgreeTest, FirstOfEqualMaximaCounts) {
  EXPECT_TRUE(FirstMaximaAgree(Row{0, 2, 2}.data(), Row{1, 3, 2}.data(), 3));
  EXPECT_FALSE(FirstMaximaAgree(Row{0, 2, 2}.data(), Row{1, 2, 3}.data(), 3));
  EXPECT_FALSE(FirstMaximaAgree(Row{2, 2, 0}.data(), Row{1, 2, 2}.data(), 3));
  // Zeros of either sign are equal.
  EXPECT_TRUE(FirstMaximaAgree(Row{-0.0f, 0}.data(), Row{0, -0.0f}.data(), 2));
}

// Few different values, so that maxima occur several times.
TEST(FirstMaximaAgreeTest, MatchesASearchOfEachRow) {
  Random random(1);
  int agreements = 0;
  for (int64_t n = 1; n <= 70; ++n) {
    for (int trial = 0; trial < 20; ++trial) {
      Row a(n), b(n);
      for (float& v : a) v = -static_cast<float>(random.Below(6)) - 1;
      for (float& v : b) v = -static_cast<float>(random.Below(6)) - 1;
      const bool agree = std::max_element(a.begin(), a.end()) - a.begin() ==
                         std::max_element(b.begin(), b.end()) - b.begin();
      EXPECT_EQ(FirstMaximaAgree(a.data(), b.data(), n), agree) << n;
      agreements += agree;
    }
  }
  EXPECT_GT(agreements, 100);
}

std::vector<double> AllResults() {
  std::vector<double> all;
  for (const int64_t n : Sizes()) {
    const Row a = NormalRow(n, 4, n);
    for (const double noise : {0.0, 1e-3, 0.7, 5.0}) {
      const Row b = Near(a, noise, n + 1);
      all.push_back(Kl(a, b));
      all.push_back(FirstMaximaAgree(a.data(), b.data(), n));
    }
  }
  return all;
}

TEST(KlDivergenceTest, EveryTargetGivesTheSameBits) {
  std::vector<std::vector<double>> results;
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    results.push_back(AllResults());
  }
  hwy::SetSupportedTargetsForTest(0);
  for (const auto& result : results) EXPECT_EQ(result, results[0]);
}

}  // namespace
}  // namespace quant_curve
