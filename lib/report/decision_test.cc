#include "lib/report/decision.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

SchemeResult& AddScheme(const std::string& name, double bytes, double gap,
                        double standard_error, Results& results) {
  SchemeResult& scheme = *results.add_schemes();
  scheme.set_name(name);
  scheme.mutable_bytes()->set_total(bytes);
  Metric& metric = *scheme.add_metrics();
  metric.set_name("perplexity_gap_percent");
  metric.set_value(gap);
  metric.set_standard_error(standard_error);
  return scheme;
}

// fp32 of 4 KiB, int4 of 1 KiB to ship, and a dominated scheme.
Results MakeResults() {
  Results results;
  results.set_reference_scheme("fp32");
  AddScheme("fp32", 4096, 0, 0, results).set_on_frontier(true);
  AddScheme("int4", 1024, 0.5, 0.05, results).set_on_frontier(true);
  AddScheme("poor", 2048, 3, 0.25, results).add_dominated_by("int4");
  results.mutable_sampling()->set_unit("document");
  results.mutable_sampling()->set_units(1200);
  Decision& decision = *results.mutable_decision();
  decision.set_scheme("int4");
  decision.set_metric("perplexity_gap_percent");
  decision.set_margin(1);
  decision.set_meets_margin(true);
  decision.set_value(0.5);
  decision.set_standard_error(0.05);
  decision.set_upper_bound(0.625);
  decision.set_confirmed_value(0.51);
  decision.set_confirmed_upper_bound(0.65);
  decision.set_is_confirmed(true);
  decision.set_splits(20);
  decision.set_splits_chosen(19);
  decision.set_splits_confirmed(18);
  decision.add_reasons("A reason.");
  return results;
}

TEST(DecisionTest, TheFirstScreenSaysWhatToShipAndHowSureThatIs) {
  EXPECT_EQ(
      DecisionSection(MakeResults(), nullptr),
      "**Ship `int4`: 1.0 KiB, 4.00 times smaller than `fp32`, with a "
      "perplexity gap of +0.500 ± 0.050 %, at most +0.625 % (95 % confidence "
      "over all "
      "schemes; the margin is +1 %).**\n\nA reason. Of 20 random halves of the "
      "text 19 choose this scheme, and 18 of the other halves confirm it. On "
      "the half that the first one left out it loses +0.51 %, at most +0.65 "
      "%.\n");
}

TEST(DecisionTest, AnUnconfirmedAndAnUnstableChoiceAreCalledSo) {
  Results results = MakeResults();
  results.mutable_decision()->set_is_confirmed(false);
  EXPECT_THAT(DecisionSection(results, nullptr),
              HasSubstr("at most +0.65 %: **not confirmed**."));
  results.mutable_decision()->clear_confirmed_value();
  EXPECT_THAT(DecisionSection(results, nullptr), HasSubstr("**not stable**"));
}

TEST(DecisionTest, MeasuredSpeedIsPartOfIt) {
  Speed speed;
  for (const char* name : {"fp32", "int4"}) {
    SchemeSpeed& scheme = *speed.add_schemes();
    scheme.set_name(name);
    scheme.set_tokens_per_second(1000 + 250 * speed.schemes_size());
    scheme.set_speedup(1.25);
  }
  EXPECT_THAT(DecisionSection(MakeResults(), &speed),
              HasSubstr("It decodes 1,500 tokens/s on one thread of the "
                        "machine that was timed, 1.25 times as many as "
                        "`fp32`."));
  speed.add_busy_signs("Others ran.");
  EXPECT_THAT(DecisionSection(MakeResults(), &speed),
              HasSubstr("**The machine was busy: take speeds as rough.**"));
  EXPECT_THAT(SummaryTable(MakeResults(), &speed),
              AllOf(HasSubstr("| tokens/s | verdict |"),
                    HasSubstr("| `int4` | 1,024 | +0.500 ± 0.050 % | 1,500 | "
                              "**ship** |"),
                    HasSubstr("| – | dominated by `int4` |")));
}

TEST(DecisionTest, ATextTooShortGivesNoDecision) {
  Results results = MakeResults();
  results.clear_decision();
  results.mutable_sampling()->set_units(3);
  EXPECT_THAT(DecisionSection(results, nullptr),
              HasSubstr("has only 3 documents: too few to decide"));
  EXPECT_EQ(ConfidenceTable(results), "");
}

TEST(DecisionTest, ADriftingTextIsNamedWithItsWorstScheme) {
  Results results = MakeResults();
  EXPECT_THAT(SummaryTable(results, nullptr),
              AllOf(HasSubstr("the 1,200 documents of the evaluation text"),
                    Not(HasSubstr("drifts"))));
  for (const int i : {1, 2}) {
    Confidence& confidence = *results.mutable_schemes(i)->mutable_confidence();
    confidence.set_drift_q(40 + i);
    confidence.set_drift_p_value(1e-6);
  }
  EXPECT_THAT(SummaryTable(results, nullptr),
              HasSubstr("**The text drifts**: from one eighth of it to the "
                        "next the gap of `poor` differs more than chance "
                        "allows (Cochran's Q 42 on 7"));
}

TEST(DecisionTest, AnOverlapOfTheTextsIsNamed) {
  Results results = MakeResults();
  results.mutable_sampling()->set_overlap_documents(3);
  results.mutable_sampling()->set_overlap_tokens(1234);
  EXPECT_THAT(SummaryTable(results, nullptr),
              HasSubstr("**The texts overlap**: 3 evaluation documents are "
                        "calibration documents as well, and 1,234 evaluation "
                        "tokens are in runs of 50"));
}

TEST(DecisionTest, ConfidencesFieldsAreInTheirColumns) {
  Results results = MakeResults();
  Confidence& confidence = *results.mutable_schemes(1)->mutable_confidence();
  confidence.set_upper_bound(0.625);
  confidence.set_resolved_loss(0.125);
  confidence.set_frontier_probability(0.875);
  confidence.set_rank_low(2);
  confidence.set_rank_high(3);
  confidence.set_group_letters("bc");
  confidence.set_drift_q(12.5);
  confidence.set_drift_p_value(0.085);
  EXPECT_THAT(ConfidenceTable(results),
              HasSubstr("| `int4` | +0.625 % | +0.125 % | 87.5 % | 2 to 3 | bc "
                        "| 12.5 (p = 0.085) |"));
}

}  // namespace
}  // namespace quant_curve
