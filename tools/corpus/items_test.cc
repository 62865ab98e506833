#include "tools/corpus/items.h"

#include <map>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "lib/artifact/status_matchers.h"
#include "lib/data/tokenizer.h"
#include "tools/corpus/vocabulary.h"

namespace quant_curve {
namespace {

using Ids = google::protobuf::RepeatedField<uint32_t>;
using Words = std::vector<std::string>;

std::string Text(const Ids& ids) {
  return Decode(VerbTokenizer(), std::vector<uint32_t>(ids.begin(), ids.end()))
      .value();
}

std::string Answer(const ClozeItem& item) {
  return Text(item.candidates(static_cast<int>(item.answer())).tokens());
}

std::vector<ClozeItem> DefaultItems() {
  return GenerateItems(BuildLexicon(42), VerbTokenizer(), ItemCounts(), 42)
      .value();
}

// The rule of English, read off the text and nothing else: the time expression
// gives the tense, the subject's first words the person. Candidate 0 is the
// base form, as the header says.
std::string ExpectedAnswer(const ClozeItem& item) {
  Words before = absl::StrSplit(Text(item.prefix()), ' ');
  const Words after = absl::StrSplit(Text(item.suffix()), ' ');
  const std::set<std::string> cues = {"last", "every", "next", "now"};
  std::string cue = before[0];
  if (cues.count(cue) == 0) {
    cue = after.back() == "now" ? "now" : after[after.size() - 2];
  } else {
    before.erase(before.begin(), before.begin() + (cue == "now" ? 1 : 2));
  }
  const bool plural = before[0] == "they" ||
                      (before[0] == "the" && absl::EndsWith(before[1], "s"));
  const std::string base = Text(item.candidates(0).tokens());
  const bool third = !plural && before[0] != "i";
  if (cue == "next") return "will " + base;
  if (cue == "now") {
    return absl::StrCat(plural ? "are " : third ? "is " : "am ", base, "ing");
  }
  if (cue == "every") {
    if (!third) return base;
    return base + (absl::EndsWith(base, "sh") ? "es" : "s");
  }
  const std::map<std::string, std::string> irregular = {{"bend", "bent"},
                                                        {"send", "sent"},
                                                        {"lend", "lent"},
                                                        {"sell", "sold"},
                                                        {"tell", "told"}};
  const auto found = irregular.find(base);
  return found != irregular.end() ? found->second : base + "ed";
}

TEST(ItemsTest, TheAnswerFollowsFromTimeExpressionAndSubject) {
  for (const ClozeItem& item : DefaultItems()) {
    EXPECT_EQ(Answer(item), ExpectedAnswer(item))
        << Text(item.prefix()) << " __ " << Text(item.suffix());
  }
}

TEST(ItemsTest, FiveDifferentCandidatesAgreeWithTheSubject) {
  for (const ClozeItem& item : DefaultItems()) {
    ASSERT_EQ(item.candidates_size(), 5);
    std::set<std::string> texts;
    for (const auto& candidate : item.candidates()) {
      texts.insert(Text(candidate.tokens()));
    }
    EXPECT_EQ(texts.size(), 5) << absl::StrJoin(texts, "/");
    EXPECT_TRUE(texts.count(ExpectedAnswer(item)) == 1);
  }
}

TEST(ItemsTest, StrataAndTensesHaveTheirCounts) {
  std::map<std::pair<Stratum, Tense>, int> counts;
  for (const ClozeItem& item : DefaultItems()) {
    ++counts[{item.stratum(), item.tense()}];
  }
  for (const Tense tense : {PAST, PRESENT, FUTURE, PROGRESSIVE}) {
    EXPECT_EQ((counts[{SEEN, tense}]), 200);
    EXPECT_EQ((counts[{UNSEEN_STEM, tense}]), 300);
  }
  EXPECT_EQ((counts[{HELD_OUT_FORM, PAST}]), 600);
  EXPECT_EQ((counts[{HELD_OUT_FORM, PRESENT}]), 600);
  EXPECT_EQ((counts[{HELD_OUT_FORM, FUTURE}]), 0);
}

TEST(ItemsTest, HeldOutItemsTestTheHeldOutForm) {
  std::map<std::string, VerbUse> uses;
  for (const Verb& verb : BuildLexicon(42).verbs) uses[verb.base] = verb.use;
  for (const ClozeItem& item : DefaultItems()) {
    const VerbUse use = uses.at(Text(item.candidates(0).tokens()));
    switch (item.stratum()) {
      case HELD_OUT_FORM:
        EXPECT_EQ(use, item.tense() == PAST ? VerbUse::kNoPast
                                            : VerbUse::kNoThirdSingular);
        EXPECT_EQ(item.answer(), item.tense() == PAST ? 2 : 1);
        break;
      case UNSEEN_STEM:
        EXPECT_EQ(use, VerbUse::kUnseen);
        break;
      default:
        EXPECT_EQ(use, VerbUse::kSeen);
    }
  }
}

TEST(ItemsTest, EveryHeadlineVerbIsAskedEquallyOften) {
  std::map<std::string, int> counts;
  for (const ClozeItem& item : DefaultItems()) {
    if (item.stratum() == SEEN) continue;
    ++counts[absl::StrCat(item.stratum(), item.tense(),
                          Text(item.candidates(0).tokens()))];
  }
  EXPECT_EQ(counts.size(), 10 + 10 + 4 * 14);
  for (const auto& [question, count] : counts) {
    // 600 items over 10 verbs; 300 over 14.
    EXPECT_TRUE(count == 60 || count == 21 || count == 22) << question;
  }
}

TEST(ItemsTest, NoSentenceIsAskedTwice) {
  std::set<std::string> sentences;
  const std::vector<ClozeItem> items = DefaultItems();
  for (const ClozeItem& item : items) {
    sentences.insert(absl::StrCat(Text(item.prefix()), " ", Answer(item), " ",
                                  Text(item.suffix())));
  }
  EXPECT_EQ(sentences.size(), items.size());
}

TEST(ItemsTest, OneStratumsCountLeavesTheOthersAlone) {
  ItemCounts counts;
  counts.seen = 3;
  const auto few =
      GenerateItems(BuildLexicon(42), VerbTokenizer(), counts, 42).value();
  const auto many = DefaultItems();
  ASSERT_EQ(few.size(), many.size() - 797);
  EXPECT_EQ(few[2].SerializeAsString(), many[2].SerializeAsString());
  for (size_t i = 3; i < few.size(); ++i) {
    ASSERT_EQ(few[i].SerializeAsString(), many[i + 797].SerializeAsString());
  }
}

TEST(ItemsTest, AGrammarThatRunsOutOfSentencesIsAnError) {
  Lexicon lexicon = BuildLexicon(42);
  lexicon.names.resize(1);
  lexicon.things.resize(1);
  lexicon.places.resize(1);
  for (Verb& verb : lexicon.verbs) {
    verb.objects = {0};
    verb.places = {0};
  }
  ItemCounts counts;
  counts.seen = 100000;
  EXPECT_THAT(GenerateItems(lexicon, VerbTokenizer(), counts, 42),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       ::testing::HasSubstr("ask for fewer items")));
}

}  // namespace
}  // namespace quant_curve
