#include "tools/corpus/grammar.h"

#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
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
