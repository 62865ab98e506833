#include "tools/quantize/scale_search.h"

#include <cmath>

#include "lib/artifact/float16.h"
#include "lib/artifact/status_matchers.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

constexpr CodeFormat kInt4 = {4, true};
constexpr CodeFormat kSigned = {4, true, /*signed_scale=*/true};
const CodeFormat kTable = {4, false, /*signed_scale=*/true, kIq4NlLevels};

// sum a (w - s level)^2 with the nearest levels, in double.
double Loss(const std::vector<double>& weights,
            const std::vector<double>& importance, const Grid& grid,
            const CodeFormat& format) {
  double loss = 0;
  for (size_t j = 0; j < weights.size(); ++j) {
    const double error =
        weights[j] - grid.ValueOf(grid.CodeOf(weights[j], format), format);
    loss += importance[j] * error * error;
  }
  return loss;
}

// About normal: a sum of uniforms.
std::vector<double> Weights(uint64_t seed, size_t size) {
  Random random(seed);
  std::vector<double> weights(size);
  for (double& weight : weights) {
    for (int i = 0; i < 6; ++i) weight += 0.01 * (random.Uniform() - 0.5);
  }
  return weights;
}

std::vector<double> Importance(uint64_t seed, size_t size) {
  Random random(seed + 1000);
  std::vector<double> importance(size);
  for (double& value : importance) value = 0.1 + 10 * random.Uniform();
  return importance;
}

// The absmax is 7 steps of 0.25: FitGrid's -8 steps of 0.21875 miss the others.
TEST(ScaleSearchTest, FindsTheScaleThatHasEveryWeightAsALevel) {
  const std::vector<double> weights = {1.75, -0.75, 0.5, -1.25, 0.25, 1.0};
  const std::vector<double> equal(weights.size(), 1);
  EXPECT_GT(Loss(weights, equal, FitGrid(weights, kSigned).value(), kSigned),
            0.001);
  ASSERT_OK_AND_ASSIGN(const Grid grid, SearchScale(weights, equal, kSigned));
  EXPECT_EQ(std::abs(grid.scale), 0.25f);
  EXPECT_EQ(Loss(weights, equal, grid, kSigned), 0);
}

// Without the first weight the others are 0.25 times 7, -3, 2, 5. With it, and
// equal importance, the scale is larger.
TEST(ScaleSearchTest, AWeightWithoutImportanceDoesNotCount) {
  const std::vector<double> weights = {2.6, 1.75, -0.75, 0.5, 1.25};
  ASSERT_OK_AND_ASSIGN(const Grid without,
                       SearchScale(weights, {0, 1, 1, 1, 1}, kInt4));
  EXPECT_EQ(without.scale, 0.25f);
  ASSERT_OK_AND_ASSIGN(const Grid with,
                       SearchScale(weights, {1, 1, 1, 1, 1}, kInt4));
  EXPECT_GT(with.scale, 0.3f);
}

// A search through 40,000 scales in double finds hardly better ones.
TEST(ScaleSearchTest, IsNearTheBestScaleAndNeverBehindFitGrid) {
  for (const CodeFormat& format : {kInt4, kSigned, kTable}) {
    double sum_fitted = 0, sum_found = 0, sum_best = 0;
    for (uint64_t seed = 0; seed < 12; ++seed) {
      const std::vector<double> weights = Weights(seed, 48);
      const std::vector<double> importance = Importance(seed, 48);
      const Grid fitted = FitGrid(weights, format).value();
      ASSERT_OK_AND_ASSIGN(const Grid found,
                           SearchScale(weights, importance, format));
      double best = INFINITY;
      for (int i = -20000; i <= 20000; ++i) {
        const Grid grid = {RoundToFloat16(fitted.scale * 1.2f * i / 20000)};
        if (grid.scale == 0 || (grid.scale < 0 && !format.signed_scale)) {
          continue;
        }
        best = std::min(best, Loss(weights, importance, grid, format));
      }
      const double loss = Loss(weights, importance, found, format);
      const double start = Loss(weights, importance, fitted, format);
      EXPECT_LE(loss, start * (1 + 1e-5));
      EXPECT_GE(loss, best * (1 - 1e-9));
      sum_fitted += start;
      sum_found += loss;
      sum_best += best;
    }
    EXPECT_LT(sum_found, 1.03 * sum_best);
    EXPECT_LT(sum_found, 0.95 * sum_fitted);
  }
}

// Weights that are 0.25 n + 1.5 for n = 1 to 14 of 15: FitGrid's range begins
// and ends with them, 13 steps wide.
TEST(ScaleSearchTest, FindsScaleAndMinimumTogether) {
  constexpr CodeFormat kMinimum4 = {4, false, false, {}, /*has_minimum=*/true};
  std::vector<double> weights;
  for (const int n : {1, 14, 3, 4, 8, 11, 12, 6}) {
    weights.push_back(0.25 * n + 1.5);
  }
  const std::vector<double> equal(weights.size(), 1);
  EXPECT_GT(
      Loss(weights, equal, FitGrid(weights, kMinimum4).value(), kMinimum4),
      0.001);
  ASSERT_OK_AND_ASSIGN(const Grid grid, SearchScale(weights, equal, kMinimum4));
  EXPECT_EQ(grid.scale, 0.25f);
  EXPECT_LT(Loss(weights, equal, grid, kMinimum4), 1e-12);
  double fitted = 0, found = 0;
  for (uint64_t seed = 0; seed < 12; ++seed) {
    const std::vector<double> random = Weights(seed, 48);
    const std::vector<double> importance = Importance(seed, 48);
    const double start =
        Loss(random, importance, FitGrid(random, kMinimum4).value(), kMinimum4);
    const double loss =
        Loss(random, importance,
             SearchScale(random, importance, kMinimum4).value(), kMinimum4);
    EXPECT_LE(loss, start * (1 + 1e-4));
    fitted += start;
    found += loss;
  }
  EXPECT_LT(found, 0.9 * fitted);
}

TEST(ScaleSearchTest, NegativeScalesNeedAFormatThatHasThem) {
  int negative = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<double> weights = Weights(seed, 32);
    const std::vector<double> equal(32, 1);
    EXPECT_GT(SearchScale(weights, equal, kInt4).value().scale, 0);
    negative += SearchScale(weights, equal, kSigned).value().scale < 0;
  }
  EXPECT_GT(negative, 3);
  EXPECT_LT(negative, 17);
}

TEST(ScaleSearchTest, FailsAndEndsAsFitGridDoes) {
  EXPECT_EQ(SearchScale({0, 0}, {1, 1}, kSigned).value().scale, 0x1p-24f);
  EXPECT_THAT(SearchScale({8 * 65520.0, 1}, {1, 1}, kSigned),
              FailsSaying("65504"));
  // Factors above 1 are beyond float16, which leaves the others.
  EXPECT_THAT(SearchScale({8 * 65500.0, 1}, {1, 1}, kSigned), IsOk());
  // Extremes of double stay finite: only ratios enter.
  ASSERT_OK_AND_ASSIGN(const Grid grid,
                       SearchScale({1.75, -0.75}, {1e300, 1e300}, kInt4));
  EXPECT_EQ(grid.scale, 0.25f);
}

}  // namespace
}  // namespace quant_curve
