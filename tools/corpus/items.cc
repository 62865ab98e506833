#include "tools/corpus/items.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/data/tokenizer.h"
#include "lib/numerics/random.h"
#include "tools/corpus/grammar.h"
#include "tools/corpus/partition.h"

namespace quant_curve {
namespace {

// One draw in 16 belongs to the items; far more misses in a row mean that the
// verb's sentences are used up.
constexpr int kMaxDraws = 10000;

// Verbs and tenses that a stratum's items take in turn.
struct Question {
  Tense tense;
  // The subject must be so for the tested form.
  bool third_singular_only;
  std::vector<size_t> verbs;
};

std::vector<size_t> VerbsOf(const Lexicon& lexicon, VerbUse use) {
  std::vector<size_t> verbs;
  for (size_t i = 0; i < lexicon.verbs.size(); ++i) {
    if (lexicon.verbs[i].use == use) verbs.push_back(i);
  }
  return verbs;
}

std::vector<Question> QuestionsOf(const Lexicon& lexicon, Stratum stratum) {
  if (stratum == HELD_OUT_FORM) {
    return {{PAST, false, VerbsOf(lexicon, VerbUse::kNoPast)},
            {PRESENT, true, VerbsOf(lexicon, VerbUse::kNoThirdSingular)}};
  }
  const VerbUse use = stratum == SEEN ? VerbUse::kSeen : VerbUse::kUnseen;
  std::vector<Question> questions;
  for (const Tense tense : kTenses) {
    questions.push_back({tense, false, VerbsOf(lexicon, use)});
  }
  return questions;
}

Clause SampleQuestion(const Lexicon& lexicon, const Question& question,
                      size_t verb, Random& random) {
  Subject subject = SampleSubject(lexicon, random);
  while (question.third_singular_only &&
         subject.person != Person::kThirdSingular) {
    subject = SampleSubject(lexicon, random);
  }
  return SampleClause(lexicon, question.tense, subject, verb, random);
}

absl::StatusOr<ClozeItem> BuildItem(const Lexicon& lexicon,
                                    const Tokenizer& tokenizer,
                                    const Clause& clause, Stratum stratum) {
  ClozeItem item;
  item.set_stratum(stratum);
  item.set_tense(clause.tense);
  ASSIGN_OR_RETURN(const auto before, Encode(tokenizer, clause.before));
  ASSIGN_OR_RETURN(const auto after, Encode(tokenizer, clause.after));
  item.mutable_prefix()->Add(before.begin(), before.end());
  item.mutable_suffix()->Add(after.begin(), after.end());
  const Form right = RightForm(clause.tense, clause.person);
  for (const Form form : kForms) {
    if (form == right) item.set_answer(item.candidates_size());
    ASSIGN_OR_RETURN(const auto tokens,
                     Encode(tokenizer, Inflect(lexicon.verbs[clause.verb], form,
                                               clause.person)));
    item.add_candidates()->mutable_tokens()->Add(tokens.begin(), tokens.end());
  }
  return item;
}

// A clause of the items' part whose sentence is not in `sentences`, and then
// is.
absl::StatusOr<Clause> DrawNewClause(
    const Lexicon& lexicon, const Tokenizer& tokenizer,
    const Question& question, size_t verb,
    absl::flat_hash_set<std::string>& sentences, Random& random) {
  for (int draw = 0; draw < kMaxDraws; ++draw) {
    Clause clause = SampleQuestion(lexicon, question, verb, random);
    std::string text = SentenceText(lexicon, clause);
    ASSIGN_OR_RETURN(const auto tokens, Encode(tokenizer, text));
    if (PartOf(tokens) != Part::kItems) continue;
    if (sentences.insert(std::move(text)).second) return clause;
  }
  return absl::ResourceExhaustedError(absl::StrCat(
      "no new item sentence with the verb '", lexicon.verbs[verb].base, "' in ",
      kMaxDraws, " draws: ask for fewer items"));
}

absl::StatusOr<std::vector<ClozeItem>> GenerateStratum(
    const Lexicon& lexicon, const Tokenizer& tokenizer, Stratum stratum,
    uint64_t count, Random random) {
  const std::vector<Question> questions = QuestionsOf(lexicon, stratum);
  absl::flat_hash_set<std::string> sentences;
  std::vector<ClozeItem> items;
  for (uint64_t i = 0; i < count; ++i) {
    const Question& question = questions[i % questions.size()];
    const size_t verb =
        question.verbs[i / questions.size() % question.verbs.size()];
    ASSIGN_OR_RETURN(
        const Clause clause,
        DrawNewClause(lexicon, tokenizer, question, verb, sentences, random));
    ASSIGN_OR_RETURN(ClozeItem item,
                     BuildItem(lexicon, tokenizer, clause, stratum));
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace

absl::StatusOr<std::vector<ClozeItem>> GenerateItems(const Lexicon& lexicon,
                                                     const Tokenizer& tokenizer,
                                                     const ItemCounts& counts,
                                                     uint64_t seed) {
  struct Wish {
    Stratum stratum;
    uint64_t count;
    Stream stream;
  };
  std::vector<ClozeItem> items;
  for (const Wish& wish :
       {Wish{SEEN, counts.seen, Stream::kSeenItems},
        Wish{HELD_OUT_FORM, counts.held_out_form, Stream::kHeldOutItems},
        Wish{UNSEEN_STEM, counts.unseen_stem, Stream::kUnseenItems}}) {
    ASSIGN_OR_RETURN(
        std::vector<ClozeItem> stratum,
        GenerateStratum(lexicon, tokenizer, wish.stratum, wish.count,
                        StreamRandom(seed, wish.stream)));
    std::move(stratum.begin(), stratum.end(), std::back_inserter(items));
  }
  return items;
}

}  // namespace quant_curve
