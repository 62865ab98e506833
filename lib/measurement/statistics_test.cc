#include "lib/measurement/statistics.h"

#include <limits>

#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

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

// Two windows of two tokens with means 2 and 3 nats: mean 2.5, standard error
// sqrt(0.5 / 2) = 0.5.
TEST(StatisticsTest, PerplexityTakesWindowsAsTheUnit) {
  ASSERT_OK_AND_ASSIGN(const Perplexity result,
                       ComputePerplexity({4, 6}, {2, 2}));
  EXPECT_NEAR(result.perplexity(), 12.182493960703473, 1e-12);
  EXPECT_NEAR(result.perplexity_stderr(), 6.091246980351737, 1e-12);
  EXPECT_EQ(result.mean_nll_nats(), 2.5);
  EXPECT_EQ(result.mean_nll_stderr_nats(), 0.5);
  EXPECT_EQ(result.num_tokens(), 4);
  EXPECT_EQ(result.num_windows(), 2);
}

// The ratio above, 2 nats a token: exp(2) = 7.38905609893065.
TEST(StatisticsTest, LongWindowsCountForMore) {
  ASSERT_OK_AND_ASSIGN(const Perplexity result,
                       ComputePerplexity({3, 3, 6}, {1, 2, 3}));
  EXPECT_NEAR(result.perplexity(), 7.38905609893065, 1e-12);
  EXPECT_NEAR(result.perplexity_stderr(), 7.38905609893065 * 0.2886751345948129,
              1e-12);
  EXPECT_EQ(result.num_tokens(), 6);
}

TEST(StatisticsTest, PerplexityRefusesASingleWindow) {
  EXPECT_THAT(ComputePerplexity({2}, {2}), FailsSaying("at least two"));
}

TEST(StatisticsTest, PerplexityRefusesCountsThatDoNotMatch) {
  EXPECT_THAT(ComputePerplexity({1, 2, 3}, {1, 1}),
              FailsSaying("3 window sums and 2 token counts"));
}

TEST(StatisticsTest, PerplexityRefusesWindowsOfNoTokens) {
  EXPECT_THAT(ComputePerplexity({1, 1}, {1, 0}),
              FailsSaying("window 1: 1 nats over 0 tokens"));
}

TEST(StatisticsTest, PerplexityRefusesNaN) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(ComputePerplexity({1, nan}, {1, 1}),
              FailsSaying("window 1: nan nats"));
}

TEST(StatisticsTest, PerplexityBeyondDoubleIsAnError) {
  EXPECT_THAT(ComputePerplexity({1e6, 1e6}, {1, 1}), FailsSaying("exceeds"));
}

// Differences 0.1 and 0.3 of one token each: mean 0.2 +- 0.1;
// exp(0.2) = 1.2214027581601699.
TEST(StatisticsTest, GapUsesPairedDifferences) {
  ASSERT_OK_AND_ASSIGN(const Estimate gap,
                       PerplexityGapPercent({2.0, 3.0}, {1.9, 2.7}, {1, 1}));
  EXPECT_NEAR(gap.value, 22.140275816016985, 1e-10);
  EXPECT_NEAR(gap.standard_error, 12.214027581601699, 1e-10);
}

// Differences 0.3 over 1 token and 0.3 over 5: 0.6 / 6 = 0.1 a token; residuals
// 0.2 and -0.2, sqrt(0.08 / 1 / 2) over the mean 3. exp(0.1) =
// 1.1051709180756477.
TEST(StatisticsTest, GapWeighsWindowsByTheirTokens) {
  ASSERT_OK_AND_ASSIGN(const Estimate gap,
                       PerplexityGapPercent({2.3, 9.3}, {2.0, 9.0}, {1, 5}));
  EXPECT_NEAR(gap.value, 10.517091807564762, 1e-10);
  EXPECT_NEAR(gap.standard_error, 110.51709180756477 * 0.2 / 3, 1e-10);
}

TEST(StatisticsTest, GapRefusesUnpairedWindows) {
  EXPECT_THAT(PerplexityGapPercent({2.0, 3.0}, {1.9}, {1, 1}),
              FailsSaying("1 window sums and 2 token counts"));
}

TEST(StatisticsTest, TheFirstOfEqualCandidatesIsChosen) {
  EXPECT_EQ(ChosenCandidate({-3.f, -1.f, -1.f}), 1);
}

TEST(StatisticsTest, MarginIsAgainstTheBestWrongCandidate) {
  EXPECT_EQ(AnswerMargin({-3.f, -1.f, -2.f}, 1), 1);
  EXPECT_EQ(AnswerMargin({-3.f, -1.f, -2.f}, 2), -1);
}

// 400 items, 12 gained and 28 lost: each item changes by +1, -1 or 0, with mean
// -0.04 and variance 40/400 - 0.0016 = 0.0984, so 0.0984/400 of the mean.
TEST(StatisticsTest, APairedShareGapIsTheMeanOfTheItemsChanges) {
  const Estimate gap = PairedShareGap(400, 12, 28);
  EXPECT_DOUBLE_EQ(gap.value, -0.04);
  EXPECT_NEAR(gap.standard_error, std::sqrt(0.000246), 1e-15);
  EXPECT_EQ(PairedShareGap(400, 0, 0).standard_error, 0);
  EXPECT_EQ(PairedShareGap(0, 0, 0).value, 0);
}

}  // namespace
}  // namespace quant_curve
