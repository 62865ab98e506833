#include "tools/corpus/grammar.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

Verb VerbOf(const std::string& base, const std::string& past) {
  return {base, past, true, false, VerbUse::kSeen, {}, {}};
}

TEST(GrammarTest, FormsOfARegularVerb) {
  const Verb wash = VerbOf("wash", "washed");
  const Person he = Person::kThirdSingular;
  EXPECT_EQ(Inflect(wash, Form::kBase, he), "wash");
  EXPECT_EQ(Inflect(wash, Form::kThirdSingular, he), "washes");
  EXPECT_EQ(Inflect(wash, Form::kPast, he), "washed");
  EXPECT_EQ(Inflect(wash, Form::kFuture, he), "will wash");
  EXPECT_EQ(Inflect(wash, Form::kProgressive, he), "is washing");
}

TEST(GrammarTest, FormsOfAnIrregularVerb) {
  const Verb send = VerbOf("send", "sent");
  EXPECT_EQ(Inflect(send, Form::kPast, Person::kPlural), "sent");
  EXPECT_EQ(Inflect(send, Form::kProgressive, Person::kPlural), "are sending");
  EXPECT_EQ(Inflect(send, Form::kProgressive, Person::kFirstSingular),
            "am sending");
}

TEST(GrammarTest, OnlyThePresentAgrees) {
  for (const Person person :
       {Person::kFirstSingular, Person::kThirdSingular, Person::kPlural}) {
    EXPECT_EQ(RightForm(PAST, person), Form::kPast);
    EXPECT_EQ(RightForm(FUTURE, person), Form::kFuture);
    EXPECT_EQ(RightForm(PROGRESSIVE, person), Form::kProgressive);
  }
  EXPECT_EQ(RightForm(PRESENT, Person::kThirdSingular), Form::kThirdSingular);
  EXPECT_EQ(RightForm(PRESENT, Person::kFirstSingular), Form::kBase);
  EXPECT_EQ(RightForm(PRESENT, Person::kPlural), Form::kBase);
}

TEST(GrammarTest, HeldOutVerbsLackTheirFormAlone) {
  Verb verb = VerbOf("walk", "walked");
  const auto trained_forms = [&](VerbUse use) {
    verb.use = use;
    std::set<Form> forms;
    for (const Form form : kForms) {
      if (MayBeTrained(verb, form)) forms.insert(form);
    }
    return forms;
  };
  const std::set<Form> all(std::begin(kForms), std::end(kForms));
  EXPECT_EQ(trained_forms(VerbUse::kSeen), all);
  std::set<Form> no_past = all;
  no_past.erase(Form::kPast);
  EXPECT_EQ(trained_forms(VerbUse::kNoPast), no_past);
  std::set<Form> no_third = all;
  no_third.erase(Form::kThirdSingular);
  EXPECT_EQ(trained_forms(VerbUse::kNoThirdSingular), no_third);
  EXPECT_TRUE(trained_forms(VerbUse::kUnseen).empty());
}

TEST(GrammarTest, TrainedClausesHoldNothingThatIsHeldOut) {
  const Lexicon lexicon = BuildLexicon(42);
  Random random(7);
  for (int i = 0; i < 20000; ++i) {
    const Clause clause = SampleTrainedClause(lexicon, random);
    const VerbUse use = lexicon.verbs[clause.verb].use;
    EXPECT_NE(use, VerbUse::kUnseen);
    EXPECT_FALSE(use == VerbUse::kNoPast && clause.tense == PAST);
    EXPECT_FALSE(use == VerbUse::kNoThirdSingular && clause.tense == PRESENT &&
                 clause.person == Person::kThirdSingular);
  }
}

TEST(GrammarTest, TensesAreEquallyLikelyAndHeldOutVerbsRare) {
  const Lexicon lexicon = BuildLexicon(42);
  Random random(8);
  std::map<Tense, int> tenses;
  std::map<VerbUse, double> uses;
  const int clauses = 20000;
  for (int i = 0; i < clauses; ++i) {
    const Clause clause = SampleTrainedClause(lexicon, random);
    ++tenses[clause.tense];
    ++uses[lexicon.verbs[clause.verb].use];
  }
  for (const Tense tense : kTenses) {
    EXPECT_NEAR(tenses[tense], clauses / 4, 400);
  }
  // 37 seen verbs of weight 1 and 20 held out of weight 0.15 at most.
  EXPECT_GT(uses[VerbUse::kSeen] / clauses, 0.88);
  EXPECT_GT(uses[VerbUse::kNoPast], 0);
  EXPECT_GT(uses[VerbUse::kNoThirdSingular], 0);
}

// Of a pronoun each of 71 verbs is as likely: 37 seen ones of weight 1 and 20
// held out of weight 0.15 where the tense allows all their forms. 3 of 40.
TEST(GrammarTest, HeldOutVerbsHaveTheirWeight) {
  const Lexicon lexicon = BuildLexicon(42);
  Random random(11);
  double clauses = 0, held_out = 0;
  for (int i = 0; i < 100000; ++i) {
    const Clause clause = SampleTrainedClause(lexicon, random);
    if (clause.tense != FUTURE && clause.tense != PROGRESSIVE) continue;
    const std::vector<std::string> words = absl::StrSplit(clause.before, ' ');
    const std::string& subject = words.back();
    if (subject != "i" && subject != "he" && subject != "she" &&
        subject != "they") {
      continue;
    }
    ++clauses;
    held_out += lexicon.verbs[clause.verb].use != VerbUse::kSeen;
  }
  EXPECT_GT(clauses, 9000);
  EXPECT_NEAR(held_out / clauses, 0.075, 0.012);
}

// Index of the noun with this singular or plural, or -1.
int NounAt(const std::vector<Noun>& nouns, const std::string& word) {
  for (size_t i = 0; i < nouns.size(); ++i) {
    if (word == nouns[i].singular || word == AddS(nouns[i].singular)) return i;
  }
  return -1;
}

// docs/corpus.md: an object is a name (0.3) or a noun phrase (plural 0.4, else
// "a" or "the" alike), and is followed by a place half the time; of a verb of
// giving half the places are "to". Half the nouns are among 4 favourites of 36
// things or 20 places, and of the others 4/36 and 4/20.
TEST(GrammarTest, ComplementsHaveTheirShares) {
  const Lexicon lexicon = BuildLexicon(42);
  size_t giving = 0;
  while (!lexicon.verbs[giving].takes_object ||
         !lexicon.verbs[giving].takes_to) {
    ++giving;
  }
  const Verb& verb = lexicon.verbs[giving];
  const auto is_in = [](const std::vector<size_t>& favourites, int noun) {
    return std::count(favourites.begin(), favourites.end(), noun) > 0;
  };
  const std::set<std::string> names(lexicon.names.begin(), lexicon.names.end());
  const Subject he = {"he", Person::kThirdSingular, nullptr};
  Random random(12);
  double name = 0, phrase = 0, plural = 0, a = 0, favourite = 0;
  double place = 0, to = 0, favourite_place = 0;
  const int clauses = 20000;
  for (int i = 0; i < clauses; ++i) {
    Clause clause = SampleClause(lexicon, PROGRESSIVE, he, giving, random);
    std::vector<std::string> words = absl::StrSplit(clause.after, ' ');
    if (words.back() == "now") words.pop_back();
    const bool is_name = names.count(words[0]) > 0;
    name += is_name;
    if (!is_name) {
      const int noun = NounAt(lexicon.things, words[1]);
      ASSERT_GE(noun, 0) << clause.after;
      ++phrase;
      plural += words[1] != lexicon.things[noun].singular;
      a += words[0] == "a";
      favourite += is_in(verb.objects, noun);
    }
    words.erase(words.begin(), words.begin() + (is_name ? 1 : 2));
    if (words.empty()) continue;
    ASSERT_EQ(words.size(), 3) << clause.after;
    ++place;
    to += words[0] == "to";
    favourite_place += is_in(verb.places, NounAt(lexicon.places, words[2]));
  }
  EXPECT_NEAR(name / clauses, 0.3, 0.014);
  EXPECT_NEAR(plural / phrase, 0.4, 0.018);
  EXPECT_NEAR(a / (phrase - plural), 0.5, 0.024);
  EXPECT_NEAR(favourite / phrase, 0.5 + 0.5 * 4 / 36, 0.018);
  EXPECT_NEAR(place / clauses, 0.5, 0.016);
  EXPECT_NEAR(to / place, 0.5, 0.022);
  EXPECT_NEAR(favourite_place / place, 0.5 + 0.5 * 4 / 20, 0.022);
}

TEST(GrammarTest, TheTimeExpressionStandsFirstOrLast) {
  const Lexicon lexicon = BuildLexicon(42);
  Random random(9);
  const Subject he = {"he", Person::kThirdSingular, nullptr};
  int first = 0;
  for (int i = 0; i < 1000; ++i) {
    const Clause clause = SampleClause(lexicon, FUTURE, he, 0, random);
    const bool leads = absl::StartsWith(clause.before, "next ");
    const bool ends = absl::EndsWith(clause.after, " next week") ||
                      absl::EndsWith(clause.after, " next fall");
    EXPECT_NE(leads, ends);
    EXPECT_EQ(clause.before == "he", ends);
    EXPECT_EQ(SentenceText(lexicon, clause),
              absl::StrCat(clause.before, " will ", lexicon.verbs[0].base, " ",
                           clause.after));
    first += leads;
  }
  EXPECT_NEAR(first, 500, 80);
}

TEST(GrammarTest, SubjectsHaveTheirShares) {
  const Lexicon lexicon = BuildLexicon(42);
  const std::set<std::string> pronouns = {"i", "he", "she", "they"};
  Random random(10);
  double pronoun = 0, phrase = 0, plural = 0, attractor = 0;
  const int subjects = 20000;
  for (int i = 0; i < subjects; ++i) {
    const Subject subject = SampleSubject(lexicon, random);
    pronoun += pronouns.count(subject.text);
    if (subject.noun == nullptr) continue;
    ++phrase;
    plural += subject.person == Person::kPlural;
    attractor += absl::StrContains(subject.text, " in ");
  }
  EXPECT_NEAR(pronoun / subjects, 0.2, 0.02);
  EXPECT_NEAR(phrase / subjects, 0.4, 0.02);
  EXPECT_NEAR(plural / phrase, 0.4, 0.03);
  EXPECT_NEAR(attractor / phrase, 0.4, 0.03);
}

}  // namespace
}  // namespace quant_curve
