#include "lib/statistics/paired_losses.h"

#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/numerics/normal.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

TEST(PairedLossesTest, WindowsOfADocumentAreSummed) {
  EXPECT_THAT(SumRuns({1, 2, 4, 8}, {7, 7, 9, 10}), ElementsAre(3, 4, 8));
  EXPECT_TRUE(SumRuns({}, {}).empty());
}

// Documents of 2 and 4 tokens that lose 1 and 5 nats: 6 / 6 = 1 per token,
// residuals -1 and 1; D/(D-1) * 2 / 36 = 1/9, error 1/3.
TEST(PairedLossesTest, ErrorsAreThoseOfTheClusterRobustFormula) {
  const std::vector<Estimate> losses = LossesPerToken({{2, 4}, {{1, 5}}});
  EXPECT_DOUBLE_EQ(losses[0].value, 1);
  EXPECT_DOUBLE_EQ(losses[0].standard_error, 1.0 / 3);
}

TEST(PairedLossesTest, SelectingKeepsSchemesTogether) {
  const PairedLosses some =
      SelectDocuments({{1, 2, 3}, {{4, 5, 6}, {7, 8, 9}}}, {0, 2});
  EXPECT_THAT(some.tokens, ElementsAre(1, 3));
  EXPECT_THAT(some.differences_nats,
              ElementsAre(ElementsAre(4, 6), ElementsAre(7, 9)));
}

TEST(PairedLossesTest, RefusesWhatCannotBeEstimated) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(CheckPairedLosses({{1, 2}, {{0, 0}}}), IsOk());
  EXPECT_THAT(CheckPairedLosses({{1}, {{0}}}), FailsSaying("1 documents"));
  EXPECT_THAT(CheckPairedLosses({{1, 0}, {{0, 0}}}),
              FailsSaying("document 1: 0 tokens"));
  EXPECT_THAT(CheckPairedLosses({{1, 2}, {{0, 0}, {0}}}),
              FailsSaying("scheme 1: 1 documents instead of 2"));
  EXPECT_THAT(CheckPairedLosses({{1, 2}, {{0, nan}}}),
              FailsSaying("scheme 0, document 1: a difference of nan"));
}

struct Coverage {
  int documents = 0;
  int windows = 0;
};

// 60 documents of 1 to 9 windows of 100 tokens. Documents and windows add
// normal losses of equal variance, so windows of a document are correlated by
// 1/2. The truth is 0.02.
Coverage CountCoverage(int simulations) {
  constexpr double kTruth = 0.02;
  Coverage covered;
  Random random(3);
  for (int i = 0; i < simulations; ++i) {
    std::vector<double> losses;
    std::vector<double> tokens;
    std::vector<uint64_t> documents;
    for (uint64_t d = 0; d < 60; ++d) {
      const double shared = Normal(random);
      for (uint64_t w = 0, count = 1 + random.Below(9); w < count; ++w) {
        losses.push_back(100 * kTruth + shared + Normal(random));
        tokens.push_back(100);
        documents.push_back(d);
      }
    }
    const Estimate by_document =
        RatioOf(SumRuns(losses, documents), SumRuns(tokens, documents));
    const Estimate by_window = RatioOf(losses, tokens);
    const auto covers = [](const Estimate& e) {
      return std::abs(e.value - kTruth) <= kNormal95 * e.standard_error;
    };
    covered.documents += covers(by_document);
    covered.windows += covers(by_window);
  }
  return covered;
}

// The interval over documents holds the truth at its rate (a little less: it
// uses the normal point with 60 documents); the one over windows does not.
TEST(PairedLossesTest, IntervalsCoverWhenDocumentsAreTheUnit) {
  const Coverage covered = CountCoverage(2000);
  RecordProperty("documents_of_2000", covered.documents);
  RecordProperty("windows_of_2000", covered.windows);
  EXPECT_GE(covered.documents, 0.925 * 2000);
  EXPECT_LE(covered.documents, 0.965 * 2000);
  EXPECT_LE(covered.windows, 0.80 * 2000);
}

}  // namespace
}  // namespace quant_curve
