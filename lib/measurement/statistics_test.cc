#include "lib/measurement/statistics.h"

#include <limits>

#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

// R: binom::binom.confint(8, 10, methods = "wilson") and (0, 10).
TEST(StatisticsTest, WilsonIntervalsMatchPublishedValues) {
  const Accuracy eight = MakeAccuracy(8, 10);
  EXPECT_DOUBLE_EQ(eight.accuracy(), 0.8);
  EXPECT_NEAR(eight.wilson_low(), 0.4901625, 1e-6);
  EXPECT_NEAR(eight.wilson_high(), 0.9433178, 1e-6);
  const Accuracy none = MakeAccuracy(0, 10);
  EXPECT_EQ(none.wilson_low(), 0);
  EXPECT_NEAR(none.wilson_high(), 0.2775328, 1e-6);
  EXPECT_EQ(MakeAccuracy(10, 10).wilson_high(), 1);
}

TEST(StatisticsTest, NoItemsGiveTheIntervalThatSaysNothing) {
  const Accuracy empty = MakeAccuracy(0, 0);
  EXPECT_EQ(empty.wilson_low(), 0);
  EXPECT_EQ(empty.wilson_high(), 1);
}

// Squared deviations of 1 2 3 4 sum to 5; sqrt(5 / 3 / 4).
TEST(StatisticsTest, StandardErrorDividesByNMinusOne) {
  const Estimate estimate = MeanOf({1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(estimate.value, 2.5);
  EXPECT_NEAR(estimate.standard_error, 0.6454972243679028, 1e-15);
}

TEST(StatisticsTest, OneSampleHasNoStandardError) {
  EXPECT_EQ(MeanOf({7}).value, 7);
  EXPECT_EQ(MeanOf({7}).standard_error, 0);
}

// Windows of mean 2 and 3 nats: mean 2.5, standard error sqrt(0.5 / 2) = 0.5.
TEST(StatisticsTest, PerplexityTakesWindowsAsTheUnit) {
  ASSERT_OK_AND_ASSIGN(const Perplexity result,
                       ComputePerplexity({-1, -3, -2, -4}, 2));
  EXPECT_NEAR(result.perplexity(), 12.182493960703473, 1e-12);
  EXPECT_NEAR(result.perplexity_stderr(), 6.091246980351737, 1e-12);
  EXPECT_EQ(result.num_tokens(), 4);
  EXPECT_EQ(result.num_windows(), 2);
}

TEST(StatisticsTest, PerplexityRefusesAnIncompleteWindow) {
  EXPECT_THAT(ComputePerplexity({-1, -1, -1, -1, -1}, 2),
              FailsSaying("5 scored tokens in windows of 2"));
}

TEST(StatisticsTest, PerplexityRefusesASingleWindow) {
  EXPECT_THAT(ComputePerplexity({-1, -1}, 2), FailsSaying("at least two"));
}

TEST(StatisticsTest, PerplexityRefusesWindowsOfNoTokens) {
  EXPECT_THAT(ComputePerplexity({-1, -1}, 0), FailsSaying("windows of 0"));
}

TEST(StatisticsTest, PerplexityRefusesNaN) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(ComputePerplexity({-1, nan}, 1), FailsSaying("token 1 is nan"));
}

TEST(StatisticsTest, PerplexityBeyondDoubleIsAnError) {
  EXPECT_THAT(ComputePerplexity({-1e6, -1e6}, 1), FailsSaying("exceeds"));
}

// Differences 0.1 and 0.3: mean 0.2 +- 0.1; exp(0.2) = 1.2214027581601699.
TEST(StatisticsTest, GapUsesPairedDifferences) {
  ASSERT_OK_AND_ASSIGN(const Estimate gap,
                       PerplexityGapPercent({2.0, 3.0}, {1.9, 2.7}));
  EXPECT_NEAR(gap.value, 22.140275816016985, 1e-10);
  EXPECT_NEAR(gap.standard_error, 12.214027581601699, 1e-10);
}

TEST(StatisticsTest, GapRefusesUnpairedWindows) {
  EXPECT_THAT(PerplexityGapPercent({2.0, 3.0}, {1.9}),
              FailsSaying("2 evaluation windows against 1"));
}

TEST(StatisticsTest, ZeroIsInsideAnIntervalOfTwoStandardErrors) {
  EXPECT_TRUE(IsIndistinguishableFromZero({-1.9, 1}));
  EXPECT_FALSE(IsIndistinguishableFromZero({2.0, 1}));
  EXPECT_TRUE(IsIndistinguishableFromZero({0, 0}));
}

TEST(StatisticsTest, TheFirstOfEqualCandidatesIsChosen) {
  EXPECT_EQ(ChosenCandidate({-3.f, -1.f, -1.f}), 1);
}

TEST(StatisticsTest, MarginIsAgainstTheBestWrongCandidate) {
  EXPECT_EQ(AnswerMargin({-3.f, -1.f, -2.f}, 1), 1);
  EXPECT_EQ(AnswerMargin({-3.f, -1.f, -2.f}, 2), -1);
}

TEST(StatisticsTest, WindowsAreMeansOfTheirTokens) {
  ASSERT_OK_AND_ASSIGN(const std::vector<double> windows,
                       WindowMeanNllNats({-1, -3, -2, -4}, 2));
  EXPECT_THAT(windows, ElementsAre(2, 3));
}

}  // namespace
}  // namespace quant_curve
