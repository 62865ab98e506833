// Rows of the README's tables and the facts behind its sentences, written out
// by hand: an audit renders with the same code and would not see a column that
// shows another field.
#include "lib/report/tables.h"

#include <string>
#include <vector>

#include "lib/artifact/status_matchers.h"
#include "lib/measurement/fake_measurement.h"
#include "lib/measurement/results.h"
#include "lib/report/accounting.h"
#include "lib/report/answers.h"
#include "lib/report/facts.h"
#include "lib/report/gptq_answer.h"
#include "lib/report/predictions.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

void AddStratum(const std::string& name, const std::string& tense,
                double accuracy, double items, SchemeResult& scheme) {
  StratumResult* stratum = scheme.add_strata();
  stratum->set_stratum(name);
  stratum->set_tense(tense);
  stratum->set_accuracy(accuracy);
  stratum->set_accuracy_low(accuracy - 0.03);
  stratum->set_accuracy_high(accuracy + 0.02);
  stratum->set_items(items);
}

void SetGap(double percent, double standard_error, SchemeResult& scheme) {
  Metric* gap = scheme.add_metrics();
  gap->set_name("perplexity_gap_percent");
  gap->set_value(percent);
  gap->set_standard_error(standard_error);
}

// No two numbers of it are the same.
SchemeResult MakeScheme() {
  SchemeResult scheme;
  scheme.set_name("int4");
  scheme.set_bits_per_weight(4.25);
  scheme.set_perplexity(4.935);
  scheme.set_perplexity_stderr(0.1234);
  SetGap(1.96, 0.12, scheme);
  scheme.set_verb_tense_accuracy(0.955);
  scheme.set_verb_tense_accuracy_low(0.931);
  scheme.set_verb_tense_accuracy_high(0.972);
  scheme.set_accuracy_gap_points(-1.5);
  scheme.set_accuracy_gap_stderr_points(0.4);
  scheme.set_prediction_flips(1009);
  scheme.set_flips_to_right(2);
  scheme.set_flips_to_wrong(5);
  scheme.set_mcnemar_p_value(0.453125);
  scheme.set_perplexity_per_byte(1.5);
  scheme.set_perplexity_per_word(40.25);
  scheme.set_bits_per_byte(0.585);
  ResultBytes& bytes = *scheme.mutable_bytes();
  bytes.set_weights(49152);
  bytes.set_scales(3072);
  bytes.set_biases(2560);
  bytes.set_layer_norm(2048);
  bytes.set_embedding(8192);
  bytes.set_total(65024);
  bytes.set_linear_only(56832);
  return scheme;
}

// What is asked for is the only scheme, and its own reference.
Results ResultsOf(const SchemeResult& scheme) {
  Results results;
  results.set_reference_scheme(scheme.name());
  results.set_num_headline_items(2400);
  results.set_num_linear_weights(98304);
  results.set_num_evaluation_tokens(1001);
  results.set_num_evaluation_bytes(4002);
  results.set_num_evaluation_words(803);
  results.set_chance_accuracy(0.2);
  *results.add_schemes() = scheme;
  return results;
}

TEST(TablesTest, ASchemesRowShowsEachFieldInItsColumn) {
  SchemeResult scheme = MakeScheme();
  scheme.add_dominated_by("a");
  scheme.add_dominated_by("b");
  EXPECT_THAT(
      SchemeTable(ResultsOf(scheme)),
      AllOf(HasSubstr("| scheme | bits/weight | bytes | perplexity | gap to "
                      "int4 | verb-tense accuracy | accuracy gap, points | "
                      "flips (to right, to wrong) | McNemar p | frontier "
                      "|\n"),
            HasSubstr("| `int4` | 4.25 | 65,024 | 4.9350 ± 0.1234 | +1.96 ± "
                      "0.12 % | 95.5 % [93.1, 97.2] | -1.50 ± 0.40 | 1,009 (2, "
                      "5) | 0.45 | dominated by `a` and `b` |\n"),
            HasSubstr("over 2,400 cloze items"),
            HasSubstr("guessing gives 20.0 %")));
  scheme.clear_dominated_by();
  scheme.set_on_frontier(true);
  EXPECT_THAT(SchemeTable(ResultsOf(scheme)), HasSubstr(" | on it |\n"));
}

TEST(TablesTest, DivergencesAreInTheirColumns) {
  SchemeResult scheme = MakeScheme();
  EXPECT_EQ(DivergenceTable(ResultsOf(scheme)), "");
  double value = 0.5;
  for (const char* name :
       {"kl_divergence_mean_nats", "kl_divergence_median_nats",
        "kl_divergence_p90_nats", "kl_divergence_p99_nats",
        "kl_divergence_max_nats", "top1_agreement", "probability_change_rms"}) {
    Metric* metric = scheme.add_metrics();
    metric->set_name(name);
    metric->set_value(value);
    metric->set_standard_error(value / 10);
    value /= 2;
  }
  EXPECT_THAT(DivergenceTable(ResultsOf(scheme)),
              HasSubstr("| `int4` | 0.500 ± 0.050 | 0.25 | 0.125 | 0.0625 | "
                        "0.0312 | 1.56 % | 0.78 % |\n"));
}

TEST(TablesTest, BytesStandInTheOrderOfTheHeader) {
  EXPECT_THAT(ByteTable(ResultsOf(MakeScheme())),
              AllOf(HasSubstr("| scheme | weights | scales | biases | "
                              "LayerNorm | embedding | total | without "
                              "embedding |\n"),
                    HasSubstr("| `int4` | 49,152 | 3,072 | 2,560 | 2,048 | "
                              "8,192 | 65,024 | 56,832 |\n"),
                    HasSubstr("over the 98,304 weights")));
}

TEST(TablesTest, TextsPerplexitiesArePerTokenByteAndWord) {
  EXPECT_THAT(
      TextTable(ResultsOf(MakeScheme())),
      AllOf(
          HasSubstr("| scheme | per token | per byte | per word | bits per byte"
                    " |\n"),
          HasSubstr("| `int4` | 4.9350 | 1.50000 | 40.25 | 0.5850 |\n"),
          HasSubstr("1,001 tokens, 4,002 bytes and 803 words")));
}

TEST(TablesTest, StrataHaveTheirIntervalsAndTensesAreLeftOut) {
  SchemeResult scheme = MakeScheme();
  AddStratum("seen", "all", 0.9, 800, scheme);
  AddStratum("seen", "past", 0.5, 200, scheme);
  AddStratum("held_out_form", "all", 0.8, 1200, scheme);
  EXPECT_THAT(
      StratumTable(ResultsOf(scheme)),
      AllOf(HasSubstr("| scheme | seen (800 items) | held out form (1,200 "
                      "items) |\n"),
            HasSubstr("| `int4` | 90.0 % [87.0, 92.0] | 80.0 % [77.0, 82.0] "
                      "|\n")));
}

TEST(TablesTest, CategoriesOfPairsHaveARowEach) {
  SchemeResult scheme = MakeScheme();
  scheme.clear_verb_tense_accuracy();
  scheme.set_minimal_pair_accuracy(0.7);
  AddStratum("minimal_pair", "all", 0.7, 1300, scheme);
  AddStratum("minimal_pair", "all", 0.75, 1000, scheme);
  scheme.mutable_strata(1)->set_category("islands");
  AddStratum("minimal_pair", "all", 0.5, 300, scheme);
  scheme.mutable_strata(2)->set_category("npi");
  EXPECT_THAT(StratumTable(ResultsOf(scheme)),
              HasSubstr("| category | pairs | `int4` |\n| --- | ---: | ---: |\n"
                        "| `islands` | 1,000 | 75.0 % |\n"
                        "| `npi` | 300 | 50.0 % |\n"));
}

void AddLosses(const std::string& name, double rtn, double gptq, double damping,
               Measurement& measurement) {
  LinearQuality* linear = measurement.add_linears();
  linear->set_name(name);
  linear->set_out_features(3);
  linear->set_in_features(7);
  linear->set_has_proxy_losses(true);
  linear->set_rtn_proxy_loss(rtn);
  linear->set_gptq_proxy_loss(gptq);
  linear->set_damping_used(damping);
}

TEST(TablesTest, ProxyLossesAreRtnsThenThoseOfAGptqScheme) {
  Sweep sweep;
  Measurement measurement;
  measurement.mutable_scheme()->set_name("int4");
  measurement.mutable_scheme()->set_method(GPTQ);
  AddLosses("a", 0.5, 0.25, 0.01, measurement);
  sweep.measurements = {measurement};
  EXPECT_THAT(ProxyLossTable(sweep),
              HasSubstr("| Linear | [out, in] | `int4` |\n"
                        "| --- | ---: | ---: |\n"
                        "| `a` | [3, 7] | 5.00e-01 → 2.50e-01 |\n"));
  sweep.measurements[0].mutable_scheme()->set_method(RTN);
  EXPECT_THAT(ProxyLossTable(sweep), HasSubstr("| [3, 7] | 5.00e-01 |\n"));
}

// Means of 0.5 and 0.25, and of 0.25 and 0.375; the third Linear has none.
TEST(FactsTest, ProxyLossesAreMeansOverTheLinearsThatHaveThem) {
  Measurement measurement;
  AddLosses("a", 0.5, 0.25, 0.01, measurement);
  AddLosses("b", 0.25, 0.375, 0.04, measurement);
  AddLosses("c", 99, 99, 99, measurement);
  measurement.mutable_linears(2)->set_has_proxy_losses(false);
  const ProxyLosses losses = ProxyLossesOf(measurement);
  EXPECT_EQ(losses.linears, 2);
  EXPECT_EQ(losses.gptq_worse, 1);
  EXPECT_EQ(losses.mean_rtn, 0.375);
  EXPECT_EQ(losses.mean_gptq, 0.3125);
  EXPECT_EQ(losses.max_damping, 0.04);
  EXPECT_EQ(losses.worst_linear, "b");
  EXPECT_EQ(losses.worst_gptq, 0.375);
}

struct FakeResults {
  Sweep sweep;
  Results results;
};
FakeResults OfMainSweep() {
  FakeResults fake;
  for (const FakeScheme& scheme : FakeSweep(false)) {
    fake.sweep.measurements.push_back(MakeFakeMeasurement(scheme));
  }
  fake.results = MakeResults(fake.sweep, "test").value();
  return fake;
}

// The source: 98,304 weights, 1,152 rows, 4,096 embedding values and 64 rows of
// them, 640 biases and 640 LayerNorm values a byte each, scales four. Stored of
// 113,920 bytes: 13,312 are not Linears', a twentieth of the rest are scales.
TEST(AccountingTest, BothAccountingsAreAsCountedByHand) {
  const FakeResults fake = OfMainSweep();
  EXPECT_THAT(
      AccountingSection(fake.sweep, fake.results),
      AllOf(
          HasSubstr("| weights of 12 Linears | 98,304 | 95,578 | -2,726 |\n"),
          HasSubstr("1,152 rows: float32, float16 | 4,608 | 5,030 | +422 |\n"),
          HasSubstr("| embedding: int8, float16 | 4,096 | 8,192 | +4,096 |\n"),
          HasSubstr("| its scales: float32, none | 256 | 0 | -256 |\n"),
          HasSubstr("| biases: int8, float32 | 640 | 2,560 | +1,920 |\n"),
          HasSubstr("| LayerNorm: int8, float32 | 640 | 2,560 | +1,920 |\n"),
          HasSubstr("| **int8-w** | 108,544 | 113,920 | +5,376 |\n"),
          HasSubstr("7 layers: float32, none | 28 | 0 | -28 |\n"),
          HasSubstr("| **int8-wa** | 108,572 | 113,920 | +5,348 |\n")));
}

// 204,800 operations over 113,920 bytes; 414,720 / 113,920 = 3.64.
TEST(RooflineAnswerTest, IntensityIsOperationsAByteAndTheBoundTheirRatio) {
  const FakeResults fake = OfMainSweep();
  EXPECT_THAT(
      RooflineAnswer(fake.sweep, fake.results),
      AllOf(HasSubstr("| `fp32` | 414,720 | 0.49 | 1.00 |\n"),
            HasSubstr("| `int8_per_channel` | 113,920 | 1.80 | 3.64 |\n")));
}

// Predicted are +1.3 % and +4.8 %.
TEST(PredictedGapsTest, AGapAppearsIsExceededOrDoesNotAppear) {
  FakeResults fake = OfMainSweep();
  const int per_channel = FindScheme(fake.sweep, "int8_per_channel");
  const auto says = [&](double gap, double standard_error) {
    SchemeResult& scheme = *fake.results.mutable_schemes(per_channel);
    scheme.clear_metrics();
    SetGap(gap, standard_error, scheme);
    return PredictedGaps(fake.sweep, fake.results);
  };
  EXPECT_THAT(says(1.4, 0.1), HasSubstr("+1.3 % that the worked frontier "
                                        "predicts for `int8_per_channel` "
                                        "appears here"));
  EXPECT_THAT(says(1.6, 0.1), HasSubstr("`int8_per_channel` is exceeded here"));
  EXPECT_THAT(says(1.0, 0.1),
              HasSubstr("`int8_per_channel` does not appear here"));
}

// Made-up losses are 0.4 / 4^4 times 1.01 in ten Linears and 1.04 in two for
// RTN, and a third of 0.4 / 4^4 for GPTQ.
TEST(GptqAnswerTest, LossesAreGptqsAgainstRtns) {
  const FakeResults fake = OfMainSweep();
  ASSERT_OK_AND_ASSIGN(const std::string answer,
                       GptqAnswer(fake.sweep, fake.results, /*with_bar=*/true));
  EXPECT_THAT(answer,
              HasSubstr("Its mean proxy loss over 12 Linears is 5.21e-04 "
                        "against 1.59e-03 for rounding to nearest; GPTQ's is "
                        "above in 0 of them."));
  EXPECT_THAT(answer, HasSubstr("The best 8-bit scheme, `int8_per_channel`,"));
}

TEST(FactsTest, GroupsAreTheSameGridWhereTheirScalesAreAsMany) {
  const FakeResults fake = OfMainSweep();
  const std::vector<GroupFact> facts = GroupFacts(fake.sweep);
  ASSERT_EQ(facts.size(), 1);
  EXPECT_EQ(facts[0].scheme, FindScheme(fake.sweep, "int4_per_group_64"));
  EXPECT_EQ(facts[0].other, FindScheme(fake.sweep, "int4_per_group_128"));
  EXPECT_EQ(facts[0].same_grid.size(), 10);
  EXPECT_THAT(facts[0].other_grid,
              ElementsAre("h.0.mlp.fc2.weight", "h.1.mlp.fc2.weight"));
  // Wherever they are in the sweep.
  Sweep reversed;
  reversed.measurements = {fake.sweep.measurements[facts[0].scheme],
                           fake.sweep.measurements[0],
                           fake.sweep.measurements[facts[0].other]};
  const std::vector<GroupFact> others = GroupFacts(reversed);
  ASSERT_EQ(others.size(), 1);
  EXPECT_EQ(others[0].scheme, 0);
  EXPECT_EQ(others[0].other, 2);
}

}  // namespace
}  // namespace quant_curve
