#include "lib/data/corpus_reader.h"

#include <functional>

#include "lib/artifact/file.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/write_artifact.h"

namespace quant_curve {
namespace {

void FillSplit(Split& split) {
  for (const uint32_t id : {1, 2, 3, 0}) split.add_tokens(id);
  split.set_num_sentences(1);
}

// Vocabulary: . he w alk; one sentence a split, one item.
Corpus SmallCorpus() {
  Corpus corpus;
  Tokenizer& tokenizer = *corpus.mutable_tokenizer();
  for (const char* token : {".", "he", "w", "alk"}) tokenizer.add_tokens(token);
  tokenizer.set_num_function_tokens(2);
  tokenizer.set_num_onsets(1);
  tokenizer.set_num_rimes(1);
  FillSplit(*corpus.mutable_train());
  FillSplit(*corpus.mutable_calibration());
  FillSplit(*corpus.mutable_evaluation());
  ClozeItem& item = *corpus.add_items();
  item.set_stratum(SEEN);
  item.set_tense(PAST);
  item.add_prefix(1);
  item.add_suffix(3);
  item.add_candidates()->add_tokens(1);
  item.add_candidates()->add_tokens(2);
  item.set_answer(1);
  return corpus;
}

TEST(CorpusReaderTest, AGoodCorpusIsReadWithItsDigest) {
  const std::string path = ::testing::TempDir() + "/good.qca";
  ASSERT_THAT(WriteArtifact(path, SmallCorpus()), IsOk());
  ASSERT_OK_AND_ASSIGN(const Artifact<Corpus> corpus, ReadCorpus(path));
  EXPECT_EQ(corpus.message.SerializeAsString(),
            SmallCorpus().SerializeAsString());
  EXPECT_EQ(corpus.sha256.size(), 32);
}

TEST(CorpusReaderTest, AnEmptyCorpusIsRefusedByFileName) {
  const std::string path = ::testing::TempDir() + "/empty.qca";
  Corpus corpus = SmallCorpus();
  corpus.mutable_evaluation()->Clear();
  ASSERT_THAT(WriteArtifact(path, corpus), IsOk());
  EXPECT_THAT(ReadCorpus(path),
              FailsSaying(path + ": empty corpus: the evaluation split"));
}

TEST(CorpusReaderTest, AnotherKindOfArtifactIsRefused) {
  const std::string path = ::testing::TempDir() + "/kind.qca";
  ASSERT_THAT(WriteArtifact(path, Checkpoint()), IsOk());
  EXPECT_THAT(ReadCorpus(path), FailsSaying("holds CHECKPOINT"));
}

TEST(CorpusReaderTest, AMissingFileIsNamed) {
  EXPECT_THAT(ReadCorpus("/nowhere/corpus.qca"),
              StatusIs(absl::StatusCode::kNotFound,
                       ::testing::HasSubstr("/nowhere/corpus.qca")));
}

struct Damage {
  const char* name;
  std::function<void(Corpus&)> inflict;
  const char* message;
};

class DamageTest : public ::testing::TestWithParam<Damage> {};

TEST_P(DamageTest, IsRefused) {
  Corpus corpus = SmallCorpus();
  ASSERT_THAT(ValidateCorpus(corpus), IsOk());
  GetParam().inflict(corpus);
  EXPECT_THAT(ValidateCorpus(corpus), FailsSaying(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    CorpusReader, DamageTest,
    ::testing::Values(
        Damage{"BadTokenizer",
               [](Corpus& c) { c.mutable_tokenizer()->set_num_rimes(2); },
               "tokenizer: the groups"},
        Damage{"EmptyTraining", [](Corpus& c) { c.mutable_train()->Clear(); },
               "empty corpus: the train split"},
        Damage{"SplitTokenOutOfRange",
               [](Corpus& c) { c.mutable_calibration()->set_tokens(2, 4); },
               "calibration split: token 4"},
        Damage{"UnfinishedSentence",
               [](Corpus& c) { c.mutable_train()->set_tokens(3, 1); },
               "no separator"},
        Damage{"WrongSentenceCount",
               [](Corpus& c) { c.mutable_train()->set_num_sentences(2); },
               "num_sentences=2: the tokens hold 1"},
        Damage{"NoItems", [](Corpus& c) { c.clear_items(); }, "no cloze items"},
        Damage{"NoStratum",
               [](Corpus& c) { c.mutable_items(0)->clear_stratum(); },
               "item 0: stratum 0"},
        Damage{"StratumOfText",
               [](Corpus& c) { c.mutable_items(0)->set_stratum(MINIMAL_PAIR); },
               "item 0: stratum"},
        Damage{"UnknownTense",
               [](Corpus& c) {
                 c.mutable_items(0)->set_tense(static_cast<Tense>(9));
               },
               "tense 9"},
        Damage{"OneCandidate",
               [](Corpus& c) {
                 c.mutable_items(0)->mutable_candidates()->RemoveLast();
               },
               "item 0: 1 candidates"},
        Damage{"UnequalCandidates",
               [](Corpus& c) {
                 *c.add_items() = c.items(0);
                 c.mutable_items(1)->add_candidates()->add_tokens(1);
               },
               "item 1: 3 candidates"},
        Damage{"AnswerOutOfRange",
               [](Corpus& c) { c.mutable_items(0)->set_answer(2); },
               "item 0: answer 2"},
        Damage{"EmptyCandidate",
               [](Corpus& c) {
                 c.mutable_items(0)->mutable_candidates(1)->clear_tokens();
               },
               "a candidate is empty"},
        Damage{"PrefixTokenOutOfRange",
               [](Corpus& c) { c.mutable_items(0)->set_prefix(0, 77); },
               "item 0: token 77"},
        Damage{"SuffixTokenOutOfRange",
               [](Corpus& c) { c.mutable_items(0)->set_suffix(0, 4); },
               "item 0: token 4"},
        Damage{"CandidateTokenOutOfRange",
               [](Corpus& c) {
                 c.mutable_items(0)->mutable_candidates(0)->set_tokens(0, 5);
               },
               "item 0: token 5"},
        Damage{"SeparatorInsideThePrefix",
               [](Corpus& c) { c.mutable_items(0)->set_prefix(0, 0); },
               "a separator inside"},
        Damage{"SeparatorInsideACandidate",
               [](Corpus& c) {
                 c.mutable_items(0)->mutable_candidates(1)->set_tokens(0, 0);
               },
               "a separator inside"},
        Damage{"SeparatorInside",
               [](Corpus& c) { c.mutable_items(0)->set_suffix(0, 0); },
               "a separator inside"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace quant_curve
