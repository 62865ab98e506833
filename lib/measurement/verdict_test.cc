#include "lib/measurement/verdict.h"

#include <cmath>
#include <string>
#include <vector>

#include "lib/artifact/status_matchers.h"
#include "lib/measurement/results.h"
#include "lib/numerics/normal.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int kTokens = 100;

// Two windows for each document. A scheme's loss per token in a document is
// `loss` plus noise of the given deviation.
Measurement MakeScheme(const std::string& name, uint64_t bytes, double loss,
                       double deviation, int documents) {
  Measurement m;
  m.mutable_scheme()->set_name(name);
  m.mutable_bytes()->set_total(bytes);
  Random random(bytes);
  for (int d = 0; d < documents; ++d) {
    const double of_document = loss + deviation * Normal(random);
    for (int window = 0; window < 2; ++window) {
      m.add_window_nll_nats(kTokens * (2 + of_document));
      m.add_window_tokens(kTokens);
      m.add_window_documents(d);
    }
  }
  double nll = 0;
  for (const double nats : m.window_nll_nats()) nll += nats;
  m.mutable_perplexity()->set_perplexity(
      std::exp(nll / m.window_tokens_size() / kTokens));
  return m;
}

// A reference, int8 that loses nothing that can be seen, a good int4, and an
// int3 that loses far too much.
Sweep MakeSweep(int documents) {
  Sweep sweep;
  sweep.measurements = {MakeScheme("fp32", 400, 0, 0, documents),
                        MakeScheme("int8", 100, 1e-5, 0.001, documents),
                        MakeScheme("int4", 60, 0.005, 0.01, documents),
                        MakeScheme("int3", 50, 0.1, 0.02, documents)};
  return sweep;
}

Results ResultsOf(const Sweep& sweep, const VerdictOptions& options = {}) {
  const absl::StatusOr<Results> results = MakeResults(sweep, "test", options);
  EXPECT_THAT(results, IsOk());
  return results.value_or(Results());
}

TEST(VerdictTest, TheSmallestSchemeWithinTheMarginIsShipped) {
  const Results results = ResultsOf(MakeSweep(200));
  const Decision& decision = results.decision();
  EXPECT_EQ(decision.scheme(), "int4");
  EXPECT_EQ(decision.metric(), "perplexity_gap_percent");
  EXPECT_TRUE(decision.meets_margin());
  EXPECT_EQ(decision.bytes(), 60);
  EXPECT_NEAR(decision.value(), 0.5, 0.2);  // 0.005 nats
  EXPECT_GT(decision.upper_bound(), decision.value());
  EXPECT_LT(decision.upper_bound(), 1);
  EXPECT_TRUE(decision.is_confirmed());
  EXPECT_EQ(decision.splits(), 20);
  EXPECT_EQ(decision.splits_chosen(), 20);
  EXPECT_EQ(decision.splits_confirmed(), 20);
  EXPECT_EQ(decision.rejected(), "int3");
  EXPECT_THAT(decision.reasons(0),
              HasSubstr("3 of 4 schemes have an upper bound below +1 %"));
  EXPECT_THAT(decision.reasons(1), HasSubstr("int3 (50 bytes) loses least"));
}

TEST(VerdictTest, AGapBelowTheMarginIsNotEnough) {
  const Decision wide = ResultsOf(MakeSweep(200)).decision();
  VerdictOptions options;
  options.quality_margin = (wide.value() + wide.upper_bound()) / 2;
  const Results results = ResultsOf(MakeSweep(200), options);
  EXPECT_EQ(results.decision().scheme(), "int8");
  EXPECT_THAT(results.decision().reasons(1),
              HasSubstr("int4 (60 bytes) loses least"));
  EXPECT_THAT(results.decision().reasons(2),
              AllOf(HasSubstr("Its loss is below the margin: about "),
                    HasSubstr("this text has 200.")));
}

TEST(VerdictTest, WithoutASmallSchemeTheReferenceIsShipped) {
  VerdictOptions options;
  options.quality_margin = 1e-4;
  const Results results = ResultsOf(MakeSweep(200), options);
  const Decision& decision = results.decision();
  EXPECT_EQ(decision.scheme(), "fp32");
  EXPECT_TRUE(decision.meets_margin());
  EXPECT_EQ(decision.splits(), 0);
  EXPECT_EQ(decision.rejected(), "int8");
}

TEST(VerdictTest, ABudgetThatNoPassingSchemeFitsGivesTheBestWithinIt) {
  VerdictOptions options;
  options.byte_budget = 55;
  const Results results = ResultsOf(MakeSweep(200), options);
  EXPECT_EQ(results.decision().scheme(), "int3");
  EXPECT_FALSE(results.decision().meets_margin());
  EXPECT_EQ(results.decision().byte_budget(), 55);
  options.byte_budget = 49;
  const Results none = ResultsOf(MakeSweep(200), options);
  EXPECT_EQ(none.decision().scheme(), "");
  EXPECT_THAT(none.decision().reasons(), ElementsAre(HasSubstr("49 bytes")));
}

// The measured perplexity of fp32 is lower than that of int8, but not visibly.
TEST(VerdictTest, WhatCannotBeToldApartIsNotOnTheFrontier) {
  const Results results = ResultsOf(MakeSweep(200));
  EXPECT_FALSE(results.schemes(0).on_frontier());
  EXPECT_THAT(results.schemes(0).dominated_by(), ElementsAre("int8"));
  EXPECT_EQ(results.schemes(0).confidence().group_letters(),
            results.schemes(1).confidence().group_letters());
  for (const int i : {1, 2, 3}) {
    EXPECT_TRUE(results.schemes(i).on_frontier()) << i;
  }
  EXPECT_EQ(results.schemes(0).confidence().group_letters(), "a");
  EXPECT_EQ(results.schemes(2).confidence().group_letters(), "b");
  EXPECT_EQ(results.schemes(3).confidence().group_letters(), "c");
  EXPECT_EQ(results.schemes(3).confidence().frontier_probability(), 1);
  EXPECT_EQ(results.schemes(3).confidence().rank_low(), 4);
  EXPECT_EQ(FrontierOrder(results), (std::vector<int>{3, 2, 1}));
}

// Four documents of 200 tokens with differences 2, 4, 4 and 6 nats: 0.02 per
// token; residuals -2, 0, 0, 2: sqrt(4 / 3 * 8) / 800 = 0.0040825. The windows
// of a document have equal halves of it: over windows it would be smaller.
TEST(VerdictTest, TheGapsErrorIsOverDocuments) {
  Sweep sweep;
  sweep.measurements = {MakeScheme("fp32", 400, 0, 0, 4),
                        MakeScheme("int4", 60, 0, 0, 4)};
  const double halves[] = {1, 1, 2, 2, 2, 2, 3, 3};
  for (int i = 0; i < 8; ++i) {
    sweep.measurements[1].set_window_nll_nats(i, 2 * kTokens + halves[i]);
  }
  const Results results = ResultsOf(sweep);
  const Metric* gap = FindMetric(results.schemes(1), kPerplexityGap);
  ASSERT_NE(gap, nullptr);
  EXPECT_NEAR(gap->value(), 100 * (std::exp(0.02) - 1), 1e-12);
  EXPECT_NEAR(gap->standard_error(), 100 * std::exp(0.02) * 0.00408248290463863,
              1e-12);
  EXPECT_EQ(gap->documents(), 4);
  EXPECT_EQ(results.sampling().unit(), "document");
  EXPECT_EQ(results.sampling().units(), 4);
  EXPECT_FALSE(results.has_decision());
  EXPECT_FALSE(results.schemes(1).has_confidence());
}

TEST(VerdictTest, AStreamIsCutIntoBlocksOfDependentWindows) {
  Sweep sweep = MakeSweep(200);
  for (Measurement& m : sweep.measurements) m.clear_window_documents();
  const Results results = ResultsOf(sweep);
  // Each pair of windows has the same loss.
  EXPECT_EQ(results.sampling().unit(), "block");
  EXPECT_GE(results.sampling().block_windows(), 2);
  EXPECT_EQ(results.sampling().units(),
            std::ceil(400 / results.sampling().block_windows()));
}

TEST(VerdictTest, ATextWhoseLossChangesHasASignificantDrift) {
  Sweep sweep = MakeSweep(200);
  EXPECT_GT(ResultsOf(sweep).schemes(2).confidence().drift_p_value(), 0.01);
  Measurement& int4 = sweep.measurements[2];
  for (int i = 200; i < 400; ++i) {
    int4.set_window_nll_nats(i, int4.window_nll_nats(i) + 2);
  }
  EXPECT_LT(ResultsOf(sweep).schemes(2).confidence().drift_p_value(), 1e-6);
}

TEST(VerdictTest, ADivergenceCanBeTheMetric) {
  VerdictOptions options;
  options.quality_metric = kKlDivergence;
  options.quality_margin = 0.02;
  Sweep sweep = MakeSweep(50);
  EXPECT_THAT(
      MakeResults(sweep, "test", options),
      FailsSaying("scheme 'int8' was measured without --reference_model"));
  for (int s = 1; s < 4; ++s) {
    Divergence& d = *sweep.measurements[s].mutable_divergence();
    for (int i = 0; i < 100; ++i) {
      d.add_window_kl_nats(s * (0.9 + 0.001 * (i % 7)));
    }
  }
  const Results results = ResultsOf(sweep, options);
  EXPECT_EQ(results.decision().scheme(), "int4");
  EXPECT_NEAR(results.decision().value(), 0.018, 0.001);
  EXPECT_THAT(results.decision().reasons(0), HasSubstr("below 0.02 nats"));
}

TEST(VerdictTest, ImpossibleOptionsAreRefused) {
  VerdictOptions options;
  options.quality_metric = "accuracy";
  EXPECT_THAT(CheckVerdictOptions(options),
              FailsSaying("--quality_metric='accuracy'"));
  options = {};
  options.quality_margin = 0;
  EXPECT_THAT(CheckVerdictOptions(options), FailsSaying("--quality_margin=0"));
  options = {};
  options.byte_budget = -1;
  EXPECT_THAT(CheckVerdictOptions(options), FailsSaying("--byte_budget=-1"));
}

}  // namespace
}  // namespace quant_curve
