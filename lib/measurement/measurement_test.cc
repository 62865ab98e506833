#include "lib/measurement/measurement.h"

#include <limits>

#include "lib/artifact/status_matchers.h"
#include "lib/artifact/write_artifact.h"
#include "lib/measurement/fake_measurement.h"
#include "lib/measurement/items.h"

namespace quant_curve {
namespace {

void AddItem(Stratum stratum, Tense tense, uint32_t answer,
             std::vector<float> scores, Measurement& measurement) {
  ItemLabel* label = measurement.add_items();
  label->set_stratum(stratum);
  label->set_tense(tense);
  label->set_answer(answer);
  for (const float score : scores) {
    measurement.add_candidate_log_probability_nats(score);
  }
}

// Two windows of one token and four items of two candidates: right with margin
// 2 (seen), right with 1, wrong with -3 (held-out form), right with 4 (unseen).
Measurement Small() {
  Measurement measurement;
  measurement.mutable_scheme()->set_name("small");
  measurement.add_window_nll_nats(2);
  measurement.add_window_nll_nats(3);
  measurement.add_window_tokens(1);
  measurement.add_window_tokens(1);
  measurement.set_num_candidates(2);
  AddItem(SEEN, PAST, 0, {-1, -3}, measurement);
  AddItem(HELD_OUT_FORM, PAST, 0, {-1, -2}, measurement);
  AddItem(HELD_OUT_FORM, PRESENT, 1, {-1, -4}, measurement);
  AddItem(UNSEEN_STEM, FUTURE, 1, {-5, -1}, measurement);
  return measurement;
}

TEST(MeasurementTest, TheHeadlineLeavesSeenVerbsOut) {
  Measurement measurement = Small();
  ASSERT_THAT(FillSummaries(measurement), IsOk());
  EXPECT_EQ(measurement.verb_tense_accuracy().items(), 3);
  EXPECT_EQ(measurement.verb_tense_accuracy().correct(), 2);
  // (1 - 3 + 4) / 3
  EXPECT_DOUBLE_EQ(measurement.mean_margin_nats(), 2.0 / 3);
  EXPECT_NEAR(measurement.perplexity().perplexity(), 12.18249396070347, 1e-12);
}

TEST(MeasurementTest, CellsAreStrataFollowedByTheirTenses) {
  Measurement measurement = Small();
  ASSERT_THAT(FillSummaries(measurement), IsOk());
  ASSERT_EQ(measurement.cells_size(), 7);
  const AccuracyCell& held_out = measurement.cells(2);
  EXPECT_EQ(held_out.stratum(), HELD_OUT_FORM);
  EXPECT_EQ(held_out.tense(), TENSE_UNSPECIFIED);
  EXPECT_EQ(held_out.accuracy().correct(), 1);
  EXPECT_EQ(held_out.accuracy().items(), 2);
  EXPECT_EQ(measurement.cells(3).tense(), PAST);
  EXPECT_EQ(measurement.cells(3).accuracy().correct(), 1);
  EXPECT_EQ(measurement.cells(4).tense(), PRESENT);
  EXPECT_EQ(measurement.cells(4).accuracy().correct(), 0);
}

TEST(MeasurementTest, FillingTwiceChangesNothing) {
  Measurement once = Small();
  ASSERT_THAT(FillSummaries(once), IsOk());
  Measurement twice = once;
  ASSERT_THAT(FillSummaries(twice), IsOk());
  EXPECT_EQ(once.SerializeAsString(), twice.SerializeAsString());
}

// Against Small: the second item turns wrong (margin 1 to -1), the third right
// (-3 to 2), the fourth stays; the seen item's flip does not count.
TEST(MeasurementTest, FlipsAndMarginsAreCountedOverTheHeadline) {
  Measurement changed = Small();
  changed.set_candidate_log_probability_nats(0, -9);
  changed.set_candidate_log_probability_nats(2, -3);
  changed.set_candidate_log_probability_nats(4, -6);
  changed.set_window_nll_nats(0, 2.5);
  ASSERT_OK_AND_ASSIGN(const PairedComparison paired,
                       Compare(changed, Small()));
  EXPECT_EQ(paired.reference_scheme(), "small");
  EXPECT_EQ(paired.items(), 3);
  EXPECT_EQ(paired.flips(), 2);
  EXPECT_EQ(paired.flips_to_right(), 1);
  EXPECT_EQ(paired.flips_to_wrong(), 1);
  // (-2 + 5 + 0) / 3
  EXPECT_DOUBLE_EQ(paired.mean_margin_change_nats(), 1);
  // Mean difference 0.25: exp(0.25) = 1.2840254166877414.
  EXPECT_NEAR(paired.perplexity_gap_percent(), 28.40254166877414, 1e-10);
}

TEST(MeasurementTest, AChangeBetweenWrongFormsIsAFlipToNeither) {
  Measurement before = Small();
  before.set_num_candidates(4);
  before.clear_items();
  before.clear_candidate_log_probability_nats();
  Measurement after = before;
  AddItem(UNSEEN_STEM, PAST, 3, {-1, -2, -3, -4}, before);
  AddItem(UNSEEN_STEM, PAST, 3, {-2, -1, -3, -4}, after);
  ASSERT_OK_AND_ASSIGN(const PairedComparison paired, Compare(after, before));
  EXPECT_EQ(paired.flips(), 1);
  EXPECT_EQ(paired.flips_to_right() + paired.flips_to_wrong(), 0);
}

TEST(MeasurementTest, AnotherCorpusIsRefused) {
  Measurement other = Small();
  other.set_corpus_sha256("other");
  EXPECT_THAT(Compare(other, Small()), FailsSaying("different corpora"));
}

TEST(MeasurementTest, OtherWindowsAreRefused) {
  Measurement other = Small();
  other.add_window_nll_nats(1);
  other.add_window_tokens(1);
  EXPECT_THAT(Compare(other, Small()),
              FailsSaying("different evaluation windows: 3 against 2"));
  other = Small();
  other.set_window_tokens(1, 2);
  EXPECT_THAT(Compare(other, Small()),
              FailsSaying("different evaluation windows"));
}

TEST(MeasurementTest, OtherItemsAreRefused) {
  Measurement other = Small();
  other.mutable_items(0)->set_tense(FUTURE);
  EXPECT_THAT(Compare(other, Small()), FailsSaying("different cloze items"));
}

// The items are alike, but one candidate of each was not scored.
TEST(MeasurementTest, AnotherNumberOfCandidatesIsRefused) {
  Measurement other = Small();
  other.set_num_candidates(1);
  EXPECT_THAT(Compare(other, Small()), FailsSaying("different cloze items"));
}

TEST(MeasurementTest, AVerbWithACategoryIsRefused) {
  Measurement measurement = Small();
  measurement.mutable_items(1)->set_category("agreement");
  EXPECT_THAT(FillSummaries(measurement), FailsSaying("item 1"));
}

TEST(MeasurementTest, MissingScoresAreRefused) {
  Measurement measurement = Small();
  measurement.mutable_candidate_log_probability_nats()->RemoveLast();
  EXPECT_THAT(FillSummaries(measurement),
              FailsSaying("7 candidate scores, 4 items of 2 candidates"));
}

TEST(MeasurementTest, AnAnswerOutOfRangeIsRefused) {
  Measurement measurement = Small();
  measurement.mutable_items(2)->set_answer(2);
  EXPECT_THAT(FillSummaries(measurement), FailsSaying("item 2"));
}

TEST(MeasurementTest, AnInfiniteScoreIsRefused) {
  Measurement measurement = Small();
  measurement.set_candidate_log_probability_nats(
      3, -std::numeric_limits<float>::infinity());
  EXPECT_THAT(FillSummaries(measurement), FailsSaying("item 1"));
}

TEST(MeasurementTest, ItemsAreOptional) {
  Measurement measurement = Small();
  measurement.clear_items();
  measurement.clear_candidate_log_probability_nats();
  ASSERT_THAT(FillSummaries(measurement), IsOk());
  EXPECT_FALSE(measurement.has_verb_tense_accuracy());
  EXPECT_FALSE(measurement.has_minimal_pair_accuracy());
}

void AddPair(const std::string& category, float bad, float good,
             Measurement& measurement) {
  AddItem(MINIMAL_PAIR, TENSE_UNSPECIFIED, 1, {bad, good}, measurement);
  measurement.mutable_items(measurement.items_size() - 1)
      ->set_category(category);
}

// Five minimal pairs: right, wrong, right; a tie, which is wrong; right.
Measurement SmallPairs() {
  Measurement measurement = Small();
  measurement.clear_items();
  measurement.clear_candidate_log_probability_nats();
  AddPair("b", -2, -1, measurement);
  AddPair("a", -1, -2, measurement);
  AddPair("b", -2, -1, measurement);
  AddPair("", -1, -1, measurement);
  AddPair("a", -3, -1, measurement);
  return measurement;
}

TEST(MeasurementTest, MinimalPairsHaveTheirOwnAccuracy) {
  Measurement measurement = SmallPairs();
  ASSERT_THAT(FillSummaries(measurement), IsOk());
  EXPECT_FALSE(measurement.has_verb_tense_accuracy());
  EXPECT_EQ(measurement.minimal_pair_accuracy().items(), 5);
  EXPECT_EQ(measurement.minimal_pair_accuracy().correct(), 3);
  // (1 - 1 + 1 + 0 + 2) / 5
  EXPECT_DOUBLE_EQ(measurement.mean_margin_nats(), 0.6);
}

TEST(MeasurementTest, CellsOfPairsAreCategoriesInTheOrderOfTheItems) {
  Measurement measurement = SmallPairs();
  ASSERT_THAT(FillSummaries(measurement), IsOk());
  ASSERT_EQ(measurement.cells_size(), 3);
  EXPECT_EQ(measurement.cells(0).category(), "");
  EXPECT_EQ(measurement.cells(0).accuracy().items(), 5);
  EXPECT_EQ(measurement.cells(1).category(), "b");
  EXPECT_EQ(measurement.cells(1).accuracy().correct(), 2);
  EXPECT_EQ(measurement.cells(2).category(), "a");
  EXPECT_EQ(measurement.cells(2).accuracy().correct(), 1);
}

TEST(MeasurementTest, ACategoryThatWouldBreakATableIsRefused) {
  Measurement measurement = SmallPairs();
  measurement.mutable_items(0)->set_category("a|b");
  EXPECT_THAT(FillSummaries(measurement), FailsSaying("item 0"));
}

TEST(MeasurementTest, APairWithATenseIsRefused) {
  Measurement measurement = SmallPairs();
  measurement.mutable_items(2)->set_tense(PAST);
  EXPECT_THAT(FillSummaries(measurement), FailsSaying("item 2"));
}

// 5 nats over two tokens, which are 10 bytes and 2 words.
TEST(MeasurementTest, PerplexityOfTextIsAlsoPerByteAndPerWord) {
  Measurement measurement = Small();
  measurement.set_num_text_bytes(10);
  measurement.set_num_text_words(2);
  ASSERT_THAT(FillSummaries(measurement), IsOk());
  const TextPerplexity& text = measurement.text_perplexity();
  EXPECT_NEAR(text.per_byte(), 1.6487212707001282, 1e-14);  // e^0.5
  EXPECT_NEAR(text.per_word(), 12.182493960703473, 1e-13);  // e^2.5
  EXPECT_NEAR(text.bits_per_byte(), 0.7213475204444817, 1e-15);
}

TEST(MeasurementTest, TextMayHaveAsManyWordsAsBytes) {
  Measurement measurement = Small();
  measurement.set_num_text_bytes(1);
  measurement.set_num_text_words(1);
  EXPECT_THAT(FillSummaries(measurement), IsOk());
}

TEST(MeasurementTest, TextWithMoreWordsThanBytesIsRefused) {
  Measurement measurement = Small();
  measurement.set_num_text_bytes(2);
  measurement.set_num_text_words(3);
  EXPECT_THAT(FillSummaries(measurement), FailsSaying("num_text_words=3"));
}

TEST(MeasurementTest, LabelsComeFromTheCorpus) {
  Corpus corpus;
  ClozeItem* item = corpus.add_items();
  item->set_stratum(UNSEEN_STEM);
  item->set_tense(FUTURE);
  item->set_answer(1);
  item->add_candidates();
  item->add_candidates();
  Measurement measurement;
  ASSERT_THAT(SetItemLabels(corpus, {0, 2}, measurement), IsOk());
  EXPECT_EQ(measurement.num_candidates(), 2);
  ASSERT_EQ(measurement.items_size(), 1);
  EXPECT_EQ(measurement.items(0).tense(), FUTURE);
  ASSERT_THAT(SetItemLabels(corpus, {1, 1}, measurement), IsOk());
  EXPECT_EQ(measurement.num_candidates(), 2);
  EXPECT_EQ(measurement.items_size(), 0);
  corpus.add_items()->add_candidates();
  EXPECT_THAT(SetItemLabels(corpus, {0, 2}, measurement),
              FailsSaying("item 1 has 1 candidates"));
}

class ReadMeasurementTest : public ::testing::Test {
 protected:
  // Writes `measurement` and reads it back.
  absl::Status WriteAndRead(const Measurement& measurement) {
    const std::string path = ::testing::TempDir() + "/measurement.qca";
    RETURN_IF_ERROR(WriteArtifact(path, measurement));
    return ReadMeasurement(path).status();
  }

  Measurement measurement_ = MakeFakeMeasurement({"fp32", 414720, 4.84, 0.97});
};

TEST_F(ReadMeasurementTest, ASoundMeasurementIsRead) {
  EXPECT_THAT(WriteAndRead(measurement_), IsOk());
}

TEST_F(ReadMeasurementTest, AShardIsRefused) {
  *measurement_.mutable_shard() = MakeShard(0, 2).value();
  EXPECT_THAT(WriteAndRead(measurement_),
              FailsSaying("measurement.qca: shard 0 of 2 (counted from 0); "
                          "merge the shards first"));
}

TEST_F(ReadMeasurementTest, AComparisonComesFromTheReferencesFile) {
  const std::string path = ::testing::TempDir() + "/measurement.qca";
  ASSERT_THAT(WriteAndRead(measurement_), IsOk());
  ASSERT_OK_AND_ASSIGN(const Artifact<Measurement> reference,
                       ReadMeasurement(path));
  Measurement int4 = MakeFakeMeasurement({"int4", 65536, 5.0, 0.9, 4, 64});
  ASSERT_THAT(CompareToReference(reference, path, int4), IsOk());
  EXPECT_EQ(int4.paired().reference_sha256(), reference.sha256);
  EXPECT_EQ(int4.paired().reference_scheme(), "fp32");
  int4.set_corpus_sha256("other");
  EXPECT_THAT(CompareToReference(reference, path, int4),
              FailsSaying("measurement.qca: made from different corpora"));
}

TEST_F(ReadMeasurementTest, SummariesThatDoNotFollowAreRefused) {
  measurement_.mutable_perplexity()->set_perplexity(3.0);
  EXPECT_THAT(WriteAndRead(measurement_),
              FailsSaying("measurement.qca: the summaries do not follow"));
}

TEST_F(ReadMeasurementTest, AByteAccountThatDoesNotAddUpIsRefused) {
  measurement_.mutable_bytes()->set_total(1);
  EXPECT_THAT(WriteAndRead(measurement_), FailsSaying("does not add up"));
}

TEST_F(ReadMeasurementTest, LinearBytesThatAreNotAllButTheEmbeddingAreRefused) {
  ByteAccount& bytes = *measurement_.mutable_bytes();
  bytes.set_linear_only(bytes.linear_only() - 1);
  EXPECT_THAT(WriteAndRead(measurement_), FailsSaying("does not add up"));
}

TEST_F(ReadMeasurementTest, ImpossibleBitsPerWeightAreRefused) {
  for (const double bits : {-1.0, std::numeric_limits<double>::quiet_NaN(),
                            std::numeric_limits<double>::infinity()}) {
    measurement_.set_bits_per_weight(bits);
    EXPECT_THAT(WriteAndRead(measurement_), FailsSaying("bits_per_weight="));
  }
}

TEST_F(ReadMeasurementTest, ANameThatWouldBreakTablesIsRefused) {
  measurement_.mutable_scheme()->set_name("a|b");
  EXPECT_THAT(WriteAndRead(measurement_), FailsSaying("scheme name 'a|b'"));
}

}  // namespace
}  // namespace quant_curve
