#include "lib/data/text_corpus.h"

#include <functional>
#include <string>

#include "lib/artifact/status_matchers.h"
#include "lib/text/test_tokenizers.h"

namespace quant_curve {
namespace {

void FillSplit(Split& split) {
  for (const uint32_t id : {104, 105, 106}) split.add_tokens(id);
  split.add_documents()->set_num_tokens(2);
  split.add_documents()->set_num_tokens(1);
}

Corpus SmallCorpus() {
  Corpus corpus;
  *corpus.mutable_bpe_tokenizer() = ByteLevelTestTokenizer();
  FillSplit(*corpus.mutable_calibration());
  FillSplit(*corpus.mutable_evaluation());
  ClozeItem& item = *corpus.add_items();
  item.set_stratum(MINIMAL_PAIR);
  item.add_candidates()->add_tokens(1);
  item.add_candidates()->add_tokens(2);
  return corpus;
}

TEST(TextCorpusTest, DocumentsAndPairsAreAccepted) {
  EXPECT_THAT(ValidateTextCorpus(SmallCorpus()), IsOk());
}

TEST(TextCorpusTest, PairsMayBeAbsent) {
  Corpus corpus = SmallCorpus();
  corpus.clear_items();
  EXPECT_THAT(ValidateTextCorpus(corpus), IsOk());
}

TEST(TextCorpusTest, TheModelMayHaveNoBeginToken) {
  Corpus corpus = SmallCorpus();
  corpus.mutable_bpe_tokenizer()->clear_bos_id();
  EXPECT_THAT(ValidateTextCorpus(corpus), IsOk());
}

struct Damage {
  std::string name;
  std::function<void(Corpus&)> apply;
  std::string error;
};

class DamagedTextCorpusTest : public ::testing::TestWithParam<Damage> {};

TEST_P(DamagedTextCorpusTest, IsRefused) {
  Corpus corpus = SmallCorpus();
  GetParam().apply(corpus);
  EXPECT_THAT(ValidateTextCorpus(corpus), FailsSaying(GetParam().error));
}

INSTANTIATE_TEST_SUITE_P(
    All, DamagedTextCorpusTest,
    ::testing::Values(
        Damage{"EmptySplit", [](Corpus& c) { c.mutable_evaluation()->Clear(); },
               "evaluation split: has no tokens"},
        Damage{"TokenOutOfRange",
               [](Corpus& c) { c.mutable_calibration()->set_tokens(1, 261); },
               "calibration split: token 261: must be less than"},
        Damage{"EmptyDocument",
               [](Corpus& c) {
                 c.mutable_evaluation()->mutable_documents(1)->set_num_tokens(
                     0);
               },
               "document 1: num_tokens=0"},
        Damage{"DocumentBeyondTheTokens",
               [](Corpus& c) {
                 c.mutable_evaluation()->mutable_documents(1)->set_num_tokens(
                     uint64_t{1} << 63);
               },
               "must be in [1, 1]"},
        Damage{"TokensWithoutDocument",
               [](Corpus& c) { c.mutable_evaluation()->add_tokens(1); },
               "1 tokens belong to no document"},
        Damage{"ThreeCandidates",
               [](Corpus& c) {
                 c.mutable_items(0)->add_candidates()->add_tokens(3);
               },
               "item 0: is not a minimal pair"},
        Damage{"Verb", [](Corpus& c) { c.mutable_items(0)->set_stratum(SEEN); },
               "item 0: is not a minimal pair"},
        Damage{"Tense", [](Corpus& c) { c.mutable_items(0)->set_tense(PAST); },
               "item 0: is not a minimal pair"},
        Damage{"Prefix", [](Corpus& c) { c.mutable_items(0)->add_prefix(1); },
               "item 0: is not a minimal pair"},
        Damage{"Suffix", [](Corpus& c) { c.mutable_items(0)->add_suffix(1); },
               "item 0: is not a minimal pair"},
        Damage{"AnswerOutOfRange",
               [](Corpus& c) { c.mutable_items(0)->set_answer(2); },
               "item 0: is not a minimal pair"},
        Damage{"EmptyCandidate",
               [](Corpus& c) {
                 c.mutable_items(0)->mutable_candidates(1)->clear_tokens();
               },
               "item 0: has no tokens"},
        Damage{"CandidateOutOfRange",
               [](Corpus& c) {
                 c.mutable_items(0)->mutable_candidates(1)->set_tokens(0, 999);
               },
               "item 0: token 999"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace quant_curve
