#include "lib/statistics/bootstrap.h"

#include <cmath>

#include "gtest/gtest.h"
#include "lib/numerics/random.h"
#include "lib/statistics/synthetic_losses.h"

namespace quant_curve {
namespace {

TEST(BootstrapTest, QuantilesAreOrderStatistics) {
  EXPECT_EQ(SampleQuantile({3, 1, 2, 4}, 0.5), 2);
  EXPECT_EQ(SampleQuantile({3, 1, 2, 4}, 0.75), 3);
  EXPECT_EQ(SampleQuantile({3, 1, 2, 4}, 0.76), 4);
  EXPECT_EQ(SampleQuantile({3, 1, 2, 4}, 1), 4);
  EXPECT_EQ(SampleQuantile({5}, 0.025), 5);
}

// Two documents of 1 token losing 0 and 1: a replicate is 0, 1/2 or 1 with
// probability 1/4, 1/2, 1/4.
TEST(BootstrapTest, DocumentsAreDrawnWithReplacement) {
  const auto replicates = BootstrapLosses({{1, 1}, {{0, 1}}}, {4000, 5});
  int none = 0;
  int both = 0;
  for (const auto& replicate : replicates) {
    none += replicate[0] == 0;
    both += replicate[0] == 1;
  }
  EXPECT_NEAR(none, 1000, 4 * std::sqrt(4000 * 0.25 * 0.75));
  EXPECT_NEAR(both, 1000, 4 * std::sqrt(4000 * 0.25 * 0.75));
}

TEST(BootstrapTest, SchemesShareTheDocumentsOfAReplicate) {
  const auto replicates =
      BootstrapLosses({{1, 3, 2}, {{1, 5, 2}, {2, 10, 4}}}, {100, 5});
  for (const auto& replicate : replicates) {
    EXPECT_DOUBLE_EQ(replicate[1], 2 * replicate[0]);
  }
}

TEST(BootstrapTest, TheSeedDecides) {
  const PairedLosses losses = {{1, 3, 2}, {{1, 5, 2}}};
  EXPECT_EQ(BootstrapLosses(losses, {50, 5}), BootstrapLosses(losses, {50, 5}));
  EXPECT_NE(BootstrapLosses(losses, {50, 5}), BootstrapLosses(losses, {50, 6}));
}

// The spread of the replicates is the standard error, which has a formula.
TEST(BootstrapTest, TheSpreadIsTheClusterRobustError) {
  Random random(6);
  const PairedLosses losses = MakeSyntheticLosses(random, 300, {0.01}, 0.05);
  std::vector<double> values;
  for (const auto& replicate : BootstrapLosses(losses, {4000, 7})) {
    values.push_back(replicate[0]);
  }
  const double spread = MeanOf(values).standard_error * std::sqrt(4000);
  EXPECT_NEAR(spread / LossesPerToken(losses)[0].standard_error, 1, 0.05);
}

// Each replicate again by RatioOf on the documents that it drew.
TEST(BootstrapTest, StudentizedReplicatesHaveTheirOwnErrors) {
  Random random(8);
  const PairedLosses losses =
      MakeSyntheticLosses(random, 12, {0.01, 0.03}, 0.05);
  const std::vector<Estimate> estimates = LossesPerToken(losses);
  Random draws(9);
  for (const auto& replicate : BootstrapStudentized(losses, {50, 9})) {
    std::vector<int64_t> documents;
    for (int i = 0; i < 12; ++i) documents.push_back(draws.Below(12));
    const std::vector<Estimate> drawn =
        LossesPerToken(SelectDocuments(losses, documents));
    for (int s = 0; s < 2; ++s) {
      EXPECT_NEAR(
          replicate[s],
          (drawn[s].value - estimates[s].value) / drawn[s].standard_error,
          1e-9);
    }
  }
}

TEST(BootstrapTest, WithoutSpreadNothingIsStudentized) {
  const auto replicates = BootstrapStudentized({{1, 1}, {{2, 2}}}, {20, 1});
  for (const auto& replicate : replicates) EXPECT_EQ(replicate[0], 0);
}

}  // namespace
}  // namespace quant_curve
