#include "tools/corpus/lexicon.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "lib/artifact/status_matchers.h"
#include "lib/data/tokenizer.h"
#include "tools/corpus/vocabulary.h"
#include "tools/corpus/words.h"

namespace quant_curve {
namespace {

using ::testing::Each;
using ::testing::Lt;
using ::testing::SizeIs;

void ExpectRoundTrip(const std::string& word) {
  const Tokenizer tokenizer = VerbTokenizer();
  ASSERT_OK_AND_ASSIGN(const std::vector<uint32_t> ids,
                       Encode(tokenizer, word));
  EXPECT_EQ(Decode(tokenizer, ids).value(), word);
}

TEST(LexiconTest, EveryWordRoundTrips) {
  const Lexicon lexicon = BuildLexicon(42);
  for (const Verb& verb : lexicon.verbs) {
    ExpectRoundTrip(verb.base);
    ExpectRoundTrip(verb.past);
    ExpectRoundTrip(AddS(verb.base));
    ExpectRoundTrip(verb.base + "ing");
  }
  for (const auto& nouns : {lexicon.things, lexicon.places}) {
    for (const Noun& noun : nouns) {
      ExpectRoundTrip(noun.singular);
      ExpectRoundTrip(AddS(noun.singular));
    }
  }
  for (const std::string& name : lexicon.names) ExpectRoundTrip(name);
}

TEST(LexiconTest, NoWordHasTwoRoles) {
  const Lexicon lexicon = BuildLexicon(42);
  std::map<std::string, int> roles = {{"fall", 1}, {"day", 1}};
  const Tokenizer tokenizer = VerbTokenizer();
  for (const std::string& token : tokenizer.tokens()) ++roles[token];
  for (const Verb& verb : lexicon.verbs) {
    ++roles[verb.base];
    ++roles[verb.past];
  }
  for (const Noun& noun : lexicon.things) ++roles[noun.singular];
  for (const Noun& noun : lexicon.places) ++roles[noun.singular];
  for (const std::string& name : lexicon.names) ++roles[name];
  for (const auto& [word, count] : roles) EXPECT_EQ(count, 1) << word;
}

TEST(LexiconTest, WordsThatAreNoNamesAreSyllablesWithoutAnotherRole) {
  const Lexicon lexicon = BuildLexicon(42);
  const std::vector<std::string> all = Syllables();
  std::set<std::string> syllables(all.begin(), all.end());
  for (const Noun& noun : lexicon.things) syllables.erase(noun.singular);
  for (const Noun& noun : lexicon.places) syllables.erase(noun.singular);
  for (const Verb& verb : lexicon.verbs) syllables.erase(verb.base);
  for (const absl::string_view word : WordsThatAreNoNames()) {
    EXPECT_EQ(syllables.erase(std::string(word)), 1) << word;
  }
}

TEST(LexiconTest, ListsAreAsLargeAsTheDesignWants) {
  const Lexicon lexicon = BuildLexicon(42);
  EXPECT_GE(lexicon.verbs.size(), 60);
  EXPECT_GE(lexicon.things.size() + lexicon.places.size(), 55);
  EXPECT_GE(lexicon.names.size(), 200);
}

TEST(LexiconTest, TenVerbsAreHeldOutPerFormAndFourteenUnseen) {
  for (const uint64_t seed : {1, 42, 1000}) {
    std::map<VerbUse, int> uses;
    for (const Verb& verb : BuildLexicon(seed).verbs) ++uses[verb.use];
    EXPECT_EQ(uses[VerbUse::kNoPast], 10);
    EXPECT_EQ(uses[VerbUse::kNoThirdSingular], 10);
    EXPECT_EQ(uses[VerbUse::kUnseen], 14);
  }
}

TEST(LexiconTest, IrregularVerbsAreSeen) {
  int irregular = 0;
  for (const uint64_t seed : {1, 2, 3, 42}) {
    for (const Verb& verb : BuildLexicon(seed).verbs) {
      EXPECT_NE(verb.past, verb.base);
      if (absl::EndsWith(verb.past, "ed")) continue;
      ++irregular;
      EXPECT_EQ(verb.use, VerbUse::kSeen) << verb.base;
    }
  }
  EXPECT_EQ(irregular, 4 * 5);
}

TEST(LexiconTest, NoVerbDropsAnELikeTake) {
  for (const Verb& verb : BuildLexicon(42).verbs) {
    EXPECT_FALSE(absl::EndsWith(verb.base, "e")) << verb.base;
  }
}

TEST(LexiconTest, FavouritesAreDifferentAndInRange) {
  const Lexicon lexicon = BuildLexicon(42);
  for (const Verb& verb : lexicon.verbs) {
    EXPECT_THAT(std::set<size_t>(verb.objects.begin(), verb.objects.end()),
                SizeIs(4));
    EXPECT_THAT(verb.objects, Each(Lt(lexicon.things.size())));
    EXPECT_THAT(std::set<size_t>(verb.places.begin(), verb.places.end()),
                SizeIs(4));
    EXPECT_THAT(verb.places, Each(Lt(lexicon.places.size())));
  }
  for (const Noun& thing : lexicon.things) {
    EXPECT_THAT(std::set<size_t>(thing.verbs.begin(), thing.verbs.end()),
                SizeIs(8));
    for (const size_t verb : thing.verbs) {
      ASSERT_LT(verb, lexicon.verbs.size());
      EXPECT_NE(lexicon.verbs[verb].use, VerbUse::kUnseen);
    }
  }
}

TEST(LexiconTest, AnotherSeedHoldsOutOtherVerbs) {
  const Lexicon one = BuildLexicon(1);
  const Lexicon two = BuildLexicon(2);
  EXPECT_FALSE(
      std::equal(one.verbs.begin(), one.verbs.end(), two.verbs.begin(),
                 [](const Verb& a, const Verb& b) { return a.use == b.use; }));
}

TEST(LexiconTest, HissesTakeEs) {
  EXPECT_EQ(AddS("wash"), "washes");
  EXPECT_EQ(AddS("walk"), "walks");
  EXPECT_EQ(AddS("test"), "tests");
  EXPECT_EQ(AddS("stay"), "stays");
}

}  // namespace
}  // namespace quant_curve
