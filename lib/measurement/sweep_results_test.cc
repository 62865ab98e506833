// What MakeResults copies and computes, against values worked out by hand.
#include <cmath>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "lib/artifact/status_matchers.h"
#include "lib/measurement/results.h"
#include "lib/measurement/sweep.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Eight headline items of three candidates, the first of which is right, after
// one of a seen verb. The chosen candidate has -1 nats, the others -3.
void AddItems(const std::vector<int>& chosen, Measurement& measurement) {
  measurement.set_num_candidates(3);
  for (size_t i = 0; i < chosen.size(); ++i) {
    ItemLabel* label = measurement.add_items();
    label->set_stratum(i == 0 ? SEEN : HELD_OUT_FORM);
    label->set_tense(PAST);
    for (int candidate = 0; candidate < 3; ++candidate) {
      measurement.add_candidate_log_probability_nats(
          candidate == chosen[i] ? -1.0f : -3.0f);
    }
  }
}

void SetWindows(double first_nats, double second_nats,
                Measurement& measurement) {
  for (const double nats : {first_nats, second_nats}) {
    measurement.add_window_nll_nats(nats);
    measurement.add_window_tokens(2);
  }
}

void SetAccuracy(double accuracy, uint64_t items, Accuracy& result) {
  result.set_accuracy(accuracy);
  result.set_wilson_low(accuracy - 0.01);
  result.set_wilson_high(accuracy + 0.02);
  result.set_items(items);
}

// Summaries and bytes that differ from one another, and do not follow from the
// scores: a field that is copied from the wrong place shows.
void SetSummaries(Measurement& measurement) {
  measurement.mutable_perplexity()->set_perplexity(11);
  measurement.mutable_perplexity()->set_perplexity_stderr(12);
  measurement.mutable_perplexity()->set_mean_nll_nats(13);
  measurement.mutable_perplexity()->set_num_tokens(103);
  SetAccuracy(0.25, 5, *measurement.mutable_verb_tense_accuracy());
  SetAccuracy(0.5, 3, *measurement.mutable_minimal_pair_accuracy());
  measurement.mutable_text_perplexity()->set_per_byte(1.5);
  measurement.mutable_text_perplexity()->set_per_word(40);
  measurement.mutable_text_perplexity()->set_bits_per_byte(0.75);
  measurement.set_num_text_bytes(105);
  measurement.set_num_text_words(106);
  measurement.set_num_parameters(101);
  measurement.set_num_linear_weights(102);
  measurement.set_num_lm_head_weights(107);
  measurement.set_bits_per_weight(4.5);
  measurement.set_mean_margin_nats(0.625);
  Metric* metric = measurement.add_metrics();
  metric->set_name("kl_divergence_mean_nats");
  metric->set_value(0.03125);
  AccuracyCell* tense = measurement.add_cells();
  tense->set_stratum(HELD_OUT_FORM);
  tense->set_tense(PROGRESSIVE);
  SetAccuracy(0.75, 7, *tense->mutable_accuracy());
  AccuracyCell* category = measurement.add_cells();
  category->set_stratum(MINIMAL_PAIR);
  category->set_category("islands");
  SetAccuracy(0.875, 9, *category->mutable_accuracy());
}

void SetBytes(uint64_t embedding, uint64_t others, ByteAccount& bytes) {
  bytes.set_weights(others);
  bytes.set_scales(2);
  bytes.set_biases(3);
  bytes.set_layer_norm(4);
  bytes.set_embedding(embedding);
  bytes.set_total(others + 9 + embedding);
  bytes.set_linear_only(others + 9);
}

class SweepResultsTest : public ::testing::Test {
 protected:
  // "after" turns three wrong answers right, one right answer wrong and one
  // wrong answer into another; a seen verb's flip does not count.
  void SetUp() override {
    Measurement before, after;
    SetSummaries(before);
    SetSummaries(after);
    before.mutable_scheme()->set_name("before");
    after.mutable_scheme()->set_name("after");
    AddItems({1, 1, 1, 1, 0, 1, 0, 0, 2}, before);
    AddItems({0, 0, 0, 0, 1, 2, 0, 0, 2}, after);
    SetWindows(4, 6, before);
    SetWindows(4.2, 6.6, after);
    SetBytes(90, 200, *before.mutable_bytes());
    SetBytes(100, 210, *after.mutable_bytes());
    sweep_.measurements = {before, after};
  }

  const SchemeResult& After() {
    const auto results = MakeResults(sweep_, "test");
    EXPECT_THAT(results, IsOk());
    results_ = *results;
    return results_.schemes(1);
  }

  Sweep sweep_;
  Results results_;
};

// 3 gained and 1 lost of 8 items: each changes by +1, -1 or 0, with mean 2/8
// and variance 4/8 - 1/16 = 7/16, so 7/128 of the mean.
TEST_F(SweepResultsTest, MoreItemsTurnedRightThanWrongAreAPositiveGap) {
  const SchemeResult& after = After();
  EXPECT_EQ(after.prediction_flips(), 5);
  EXPECT_EQ(after.flips_to_right(), 3);
  EXPECT_EQ(after.flips_to_wrong(), 1);
  // 2 (1 + 4) / 2^4: three of four flips, or more, to one side.
  EXPECT_DOUBLE_EQ(after.mcnemar_p_value(), 0.625);
  EXPECT_DOUBLE_EQ(after.accuracy_gap_points(), 25);
  EXPECT_NEAR(after.accuracy_gap_stderr_points(), 100 * std::sqrt(7.0 / 128),
              1e-12);
  // Margins are 2 where the answer is right and -2 where it is wrong: 3 of
  // them gain 4 nats, one loses 4.
  EXPECT_DOUBLE_EQ(after.mean_margin_change_nats(), 1);
}

TEST_F(SweepResultsTest, MoreItemsTurnedWrongThanRightAreANegativeGap) {
  sweep_.reference = 1;
  ASSERT_OK_AND_ASSIGN(const Results results, MakeResults(sweep_, "test"));
  EXPECT_EQ(results.reference_scheme(), "after");
  const SchemeResult& before = results.schemes(0);
  EXPECT_EQ(before.flips_to_right(), 1);
  EXPECT_EQ(before.flips_to_wrong(), 3);
  EXPECT_DOUBLE_EQ(before.accuracy_gap_points(), -25);
  EXPECT_DOUBLE_EQ(before.mean_margin_change_nats(), -1);
  // Differences -0.1 and -0.3 a token: exp(-0.2) = 0.8187307530779818.
  EXPECT_NEAR(before.perplexity_gap_percent(), -18.12692469220182, 1e-10);
}

// Differences of 0.1 and 0.3 a token: exp(0.2) = 1.2214027581601699, and half
// of their difference for the error.
TEST_F(SweepResultsTest, PerplexitysGapIsThatOfTheWindows) {
  const SchemeResult& after = After();
  EXPECT_NEAR(after.perplexity_gap_percent(), 22.140275816016985, 1e-10);
  EXPECT_NEAR(after.perplexity_gap_stderr_percent(), 12.214027581601699, 1e-10);
}

TEST_F(SweepResultsTest, SummariesAreCopiedFieldByField) {
  const SchemeResult& after = After();
  EXPECT_EQ(after.name(), "after");
  EXPECT_EQ(after.perplexity(), 11);
  EXPECT_EQ(after.perplexity_stderr(), 12);
  EXPECT_EQ(after.verb_tense_accuracy(), 0.25);
  EXPECT_EQ(after.verb_tense_accuracy_low(), 0.25 - 0.01);
  EXPECT_EQ(after.verb_tense_accuracy_high(), 0.25 + 0.02);
  EXPECT_EQ(after.minimal_pair_accuracy(), 0.5);
  EXPECT_EQ(after.minimal_pair_accuracy_low(), 0.5 - 0.01);
  EXPECT_EQ(after.minimal_pair_accuracy_high(), 0.5 + 0.02);
  EXPECT_EQ(after.perplexity_per_byte(), 1.5);
  EXPECT_EQ(after.perplexity_per_word(), 40);
  EXPECT_EQ(after.bits_per_byte(), 0.75);
  EXPECT_EQ(after.bits_per_weight(), 4.5);
  EXPECT_EQ(after.mean_margin_nats(), 0.625);
  const ResultBytes& bytes = after.bytes();
  EXPECT_EQ(bytes.weights(), 210);
  EXPECT_EQ(bytes.scales(), 2);
  EXPECT_EQ(bytes.biases(), 3);
  EXPECT_EQ(bytes.layer_norm(), 4);
  EXPECT_EQ(bytes.embedding(), 100);
  EXPECT_EQ(bytes.total(), 319);
  EXPECT_EQ(bytes.linear_only(), 219);
}

TEST_F(SweepResultsTest, CellsBecomeStrata) {
  const SchemeResult& after = After();
  ASSERT_EQ(after.strata_size(), 2);
  const StratumResult& tense = after.strata(0);
  EXPECT_EQ(tense.stratum(), "held_out_form");
  EXPECT_EQ(tense.tense(), "progressive");
  EXPECT_FALSE(tense.has_category());
  EXPECT_EQ(tense.accuracy(), 0.75);
  EXPECT_EQ(tense.accuracy_low(), 0.75 - 0.01);
  EXPECT_EQ(tense.accuracy_high(), 0.75 + 0.02);
  EXPECT_EQ(tense.items(), 7);
  const StratumResult& category = after.strata(1);
  EXPECT_EQ(category.stratum(), "minimal_pair");
  EXPECT_EQ(category.tense(), "all");
  EXPECT_EQ(category.category(), "islands");
  EXPECT_EQ(category.items(), 9);
}

TEST_F(SweepResultsTest, MetricsAreThoseOfTheMeasurement) {
  const SchemeResult& after = After();
  ASSERT_EQ(after.metrics_size(), 2);
  EXPECT_EQ(after.metrics(0).name(), "kl_divergence_mean_nats");
  EXPECT_EQ(after.metrics(0).value(), 0.03125);
  EXPECT_FALSE(after.metrics(0).has_standard_error());
}

// A field that results.proto gains is missing here until MakeResults fills it.
TEST_F(SweepResultsTest, EveryFieldOfASchemeIsFilled) {
  const SchemeResult& after = After();
  const google::protobuf::Descriptor& type = *SchemeResult::descriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = type.field(i);
    if (field->name() == "on_frontier") continue;  // "after" is dominated
    // Two windows are too few for one.
    if (field->name() == "confidence") continue;
    const google::protobuf::Reflection& fields = *after.GetReflection();
    EXPECT_TRUE(field->is_repeated() ? fields.FieldSize(after, field) > 0
                                     : fields.HasField(after, field))
        << field->name();
  }
}

TEST_F(SweepResultsTest, TheSweepsCountsAreThoseOfItsReference) {
  sweep_.measurements[1].set_num_linear_weights(999);
  After();
  EXPECT_EQ(results_.experiment(), "test");
  EXPECT_EQ(results_.reference_scheme(), "before");
  EXPECT_EQ(results_.num_parameters(), 101);
  EXPECT_EQ(results_.num_linear_weights(), 102);
  EXPECT_EQ(results_.num_evaluation_tokens(), 103);
  EXPECT_EQ(results_.num_headline_items(), 5 + 3);
  EXPECT_EQ(results_.num_evaluation_bytes(), 105);
  EXPECT_EQ(results_.num_evaluation_words(), 106);
  EXPECT_EQ(results_.chance_accuracy(), 1.0 / 3);
  EXPECT_EQ(ReferenceOf(results_).name(), "before");
}

// The Linears of "after" are smaller by 5 bytes, its embedding larger by 10: at
// the same perplexity the whole file decides.
TEST_F(SweepResultsTest, TheEmbeddingCountsForTheFrontier) {
  SetBytes(90, 200, *sweep_.measurements[0].mutable_bytes());
  SetBytes(100, 195, *sweep_.measurements[1].mutable_bytes());
  EXPECT_FALSE(After().on_frontier());
  EXPECT_THAT(After().dominated_by(), ElementsAre("before"));
  EXPECT_TRUE(results_.schemes(0).on_frontier());
  EXPECT_THAT(results_.schemes(0).dominated_by(), IsEmpty());
  EXPECT_THAT(FrontierOrder(results_), ElementsAre(0));
}

}  // namespace
}  // namespace quant_curve
