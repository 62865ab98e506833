#include "tools/corpus/generate.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/artifact/status_matchers.h"
#include "lib/data/tokenizer.h"
#include "tools/corpus/lexicon.h"

namespace quant_curve {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

CorpusOptions SmallOptions() {
  CorpusOptions options;
  options.train_sentences = 6000;
  options.calibration_sequences = 8;
  options.evaluation_windows = 100;
  options.items = {100, 100, 100};
  return options;
}

const Corpus& SmallCorpus() {
  static const Corpus* const kCorpus =
      new Corpus(GenerateCorpus(SmallOptions()).value());
  return *kCorpus;
}

const Corpus& DefaultCorpus() {
  static const Corpus* const kCorpus =
      new Corpus(GenerateCorpus(CorpusOptions()).value());
  return *kCorpus;
}

std::string Text(const Corpus& corpus,
                 const google::protobuf::RepeatedField<uint32_t>& ids) {
  return Decode(corpus.tokenizer(),
                std::vector<uint32_t>(ids.begin(), ids.end()))
      .value();
}

// Sentences as text, without the separator.
std::set<std::string> Sentences(const Corpus& corpus, const Split& split) {
  std::set<std::string> sentences;
  for (const absl::string_view sentence : absl::StrSplit(
           Text(corpus, split.tokens()), '.', absl::SkipWhitespace())) {
    sentences.insert(std::string(absl::StripAsciiWhitespace(sentence)));
  }
  return sentences;
}

std::set<std::string> Words(const Corpus& corpus, const Split& split) {
  return absl::StrSplit(Text(corpus, split.tokens()), absl::ByAnyChar(". "),
                        absl::SkipEmpty());
}

std::vector<std::string> Common(const std::set<std::string>& a,
                                const std::set<std::string>& b) {
  std::vector<std::string> common;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(),
                        std::back_inserter(common));
  return common;
}

// In the large corpus: it repeats hundreds of sentences within its training
// split, so that splits drawn without care would share some.
TEST(GenerateTest, NoSentenceIsInTwoSplitsOrAnItem) {
  const Corpus& corpus = DefaultCorpus();
  const auto train = Sentences(corpus, corpus.train());
  const auto calibration = Sentences(corpus, corpus.calibration());
  const auto evaluation = Sentences(corpus, corpus.evaluation());
  EXPECT_LT(train.size(), corpus.train().num_sentences() - 100);
  std::set<std::string> items;
  for (const ClozeItem& item : corpus.items()) {
    items.insert(
        absl::StrCat(Text(corpus, item.prefix()), " ",
                     Text(corpus, item.candidates(item.answer()).tokens()), " ",
                     Text(corpus, item.suffix())));
  }
  EXPECT_THAT(Common(calibration, train), IsEmpty());
  EXPECT_THAT(Common(evaluation, train), IsEmpty());
  EXPECT_THAT(Common(evaluation, calibration), IsEmpty());
  EXPECT_THAT(Common(items, train), IsEmpty());
  EXPECT_THAT(Common(items, calibration), IsEmpty());
  EXPECT_THAT(Common(items, evaluation), IsEmpty());
}

TEST(GenerateTest, HeldOutFormsAreInNoSplitAndTheirStemsAreTrained) {
  const Corpus& corpus = SmallCorpus();
  const auto train = Words(corpus, corpus.train());
  for (const Verb& verb : BuildLexicon(42).verbs) {
    if (verb.use != VerbUse::kNoPast && verb.use != VerbUse::kNoThirdSingular) {
      continue;
    }
    const std::string held_out =
        verb.use == VerbUse::kNoPast ? verb.base + "ed" : AddS(verb.base);
    EXPECT_THAT(train, Not(Contains(held_out)));
    EXPECT_THAT(Words(corpus, corpus.calibration()), Not(Contains(held_out)));
    EXPECT_THAT(Words(corpus, corpus.evaluation()), Not(Contains(held_out)));
    EXPECT_THAT(train, Contains(verb.base));
  }
}

TEST(GenerateTest, UnseenStemsAreInNoSplitInNoForm) {
  const Corpus& corpus = SmallCorpus();
  for (const Split* split :
       {&corpus.train(), &corpus.calibration(), &corpus.evaluation()}) {
    const auto words = Words(corpus, *split);
    for (const Verb& verb : BuildLexicon(42).verbs) {
      if (verb.use != VerbUse::kUnseen) continue;
      for (const char* ending : {"", "s", "es", "ed", "ing"}) {
        EXPECT_THAT(words, Not(Contains(verb.base + ending)));
      }
    }
  }
}

TEST(GenerateTest, DefaultSizesAreThoseOfTheDesign) {
  const Corpus& corpus = DefaultCorpus();
  EXPECT_EQ(corpus.seed(), 42);
  EXPECT_EQ(corpus.train().num_sentences(), 80000);
  // About 14.5 tokens a sentence.
  EXPECT_NEAR(corpus.train().tokens_size(), 1.16e6, 0.03e6);
  EXPECT_EQ(corpus.calibration().tokens_size() / 64, 128);
  EXPECT_EQ(corpus.evaluation().tokens_size() / 64, 800);
  EXPECT_EQ(corpus.items_size(), 800 + 2400);
}

TEST(GenerateTest, SequenceLengthSetsTheSplitsSizes) {
  CorpusOptions options = SmallOptions();
  options.sequence_length = 100;
  ASSERT_OK_AND_ASSIGN(const Corpus corpus, GenerateCorpus(options));
  EXPECT_EQ(corpus.calibration().tokens_size() / 100, 8);
  EXPECT_EQ(corpus.evaluation().tokens_size() / 100, 100);
}

TEST(GenerateTest, SequencesOfTooManyTokensInAllAreRefused) {
  CorpusOptions options = SmallOptions();
  options.sequence_length = 4096;
  options.evaluation_windows = 8192;  // 2^25 tokens
  EXPECT_THAT(ValidateOptions(options), IsOk());
  options.evaluation_windows = 8193;
  EXPECT_THAT(ValidateOptions(options),
              FailsSaying("--evaluation_windows=8193 of "
                          "--sequence_length=4096 tokens: at most 33554432"));
}

TEST(GenerateTest, OneSeedGivesTheSameBytesAndAnotherGivesOthers) {
  CorpusOptions options = SmallOptions();
  ASSERT_OK_AND_ASSIGN(const Corpus again, GenerateCorpus(options));
  EXPECT_EQ(again.SerializeAsString(), SmallCorpus().SerializeAsString());
  options.seed = 43;
  ASSERT_OK_AND_ASSIGN(const Corpus other, GenerateCorpus(options));
  EXPECT_NE(other.train().SerializeAsString(),
            SmallCorpus().train().SerializeAsString());
  EXPECT_NE(other.items(0).SerializeAsString(),
            SmallCorpus().items(0).SerializeAsString());
}

TEST(GenerateTest, ASizeChangesNothingButItsOwn) {
  CorpusOptions options = SmallOptions();
  options.train_sentences += 1;
  options.calibration_sequences += 1;
  options.items.seen += 1;
  ASSERT_OK_AND_ASSIGN(const Corpus changed, GenerateCorpus(options));
  const Corpus& before = SmallCorpus();
  EXPECT_EQ(changed.train().num_sentences(), 6001);
  EXPECT_TRUE(std::equal(before.train().tokens().begin(),
                         before.train().tokens().end(),
                         changed.train().tokens().begin()));
  EXPECT_EQ(changed.evaluation().SerializeAsString(),
            before.evaluation().SerializeAsString());
  for (int i = 100; i < before.items_size(); ++i) {
    ASSERT_EQ(changed.items(i + 1).SerializeAsString(),
              before.items(i).SerializeAsString());
  }
}

TEST(GenerateTest, TooFewTrainingSentencesAreRefused) {
  CorpusOptions options = SmallOptions();
  options.train_sentences = 20;
  EXPECT_THAT(GenerateCorpus(options), FailsSaying("raise --train_sentences"));
}

TEST(GenerateTest, SizesOutOfRangeAreRefusedByFlag) {
  const std::map<std::string, uint64_t CorpusOptions::*> flags = {
      {"train_sentences", &CorpusOptions::train_sentences},
      {"calibration_sequences", &CorpusOptions::calibration_sequences},
      {"evaluation_windows", &CorpusOptions::evaluation_windows},
      {"sequence_length", &CorpusOptions::sequence_length}};
  for (const auto& [flag, member] : flags) {
    for (const uint64_t value : {uint64_t{0}, uint64_t{1} << 40}) {
      CorpusOptions options;
      options.*member = value;
      EXPECT_THAT(GenerateCorpus(options),
                  FailsSaying(absl::StrCat("--", flag, "=", value)));
    }
  }
}

TEST(GenerateTest, ItemCountsOutOfRangeAreRefusedByFlag) {
  const std::map<std::string, uint64_t ItemCounts::*> flags = {
      {"seen_items", &ItemCounts::seen},
      {"held_out_items", &ItemCounts::held_out_form},
      {"unseen_items", &ItemCounts::unseen_stem}};
  for (const auto& [flag, member] : flags) {
    CorpusOptions options;
    options.items.*member = 0;
    EXPECT_THAT(GenerateCorpus(options),
                FailsSaying(absl::StrCat("--", flag, "=0")));
  }
}

// Items 0, 100 and 200 of the small corpus open the three strata.
TEST(GenerateTest, CheckStrataNoticesAnItemInTheWrongStratum) {
  const std::vector<std::pair<int, Stratum>> wrong = {
      {0, HELD_OUT_FORM}, {0, UNSEEN_STEM}, {100, SEEN},
      {100, UNSEEN_STEM}, {200, SEEN},      {200, HELD_OUT_FORM}};
  for (const auto& [item, stratum] : wrong) {
    Corpus corpus = SmallCorpus();
    corpus.mutable_items(item)->set_stratum(stratum);
    EXPECT_THAT(CheckStrata(corpus), FailsSaying(Stratum_Name(stratum)));
  }
}

// "the stalks" would teach an unseen verb's "+s", as would a name its stem.
TEST(GenerateTest, CheckStrataNoticesAnUnseenStemUsedAsANoun) {
  Corpus corpus = SmallCorpus();
  ASSERT_EQ(corpus.items(200).stratum(), UNSEEN_STEM);
  for (const uint32_t id : corpus.items(200).candidates(1).tokens()) {
    corpus.mutable_train()->add_tokens(id);
  }
  EXPECT_THAT(CheckStrata(corpus), FailsSaying("UNSEEN_STEM"));
}

}  // namespace
}  // namespace quant_curve
