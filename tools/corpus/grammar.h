// Sentences of the verb corpus: subject, verb, complement and a time
// expression that decides the tense (docs/corpus.md).
#ifndef QUANT_CURVE_TOOLS_CORPUS_GRAMMAR_H_
#define QUANT_CURVE_TOOLS_CORPUS_GRAMMAR_H_

#include <cstddef>
#include <string>
#include <vector>

#include "lib/numerics/random.h"
#include "proto/corpus.pb.h"
#include "tools/corpus/lexicon.h"

namespace quant_curve {

inline constexpr Tense kTenses[] = {PAST, PRESENT, FUTURE, PROGRESSIVE};

// The subjects that a verb agrees with. There is no "you" and no "we".
enum class Person { kFirstSingular, kThirdSingular, kPlural };

// The forms of a verb, which are also the candidates of a cloze, in order.
enum class Form { kBase, kThirdSingular, kPast, kFuture, kProgressive };
inline constexpr Form kForms[] = {Form::kBase, Form::kThirdSingular,
                                  Form::kPast, Form::kFuture,
                                  Form::kProgressive};

// "walk", "walks", "walked", "will walk", "am/is/are walking": `person` decides
// only the auxiliary.
std::string Inflect(const Verb& verb, Form form, Person person);

// The form that the grammar asks for.
Form RightForm(Tense tense, Person person);

// Whether the training split (and those like it) may hold the verb so.
bool MayBeTrained(const Verb& verb, Form form);

struct Subject {
  std::string text;
  Person person;
  // Its favourite verbs; null for pronouns and names.
  const Noun* noun;
};

// Pronouns 0.2, names 0.4, noun phrases 0.4.
Subject SampleSubject(const Lexicon& lexicon, Random& random);

// A sentence with a hole for the verb: before + " " + form + " " + after.
struct Clause {
  Tense tense;
  Person person;
  size_t verb;  // place in Lexicon::verbs
  std::string before;
  std::string after;
};

// Completes subject and verb by what the verb takes and by a time expression,
// first or last.
Clause SampleClause(const Lexicon& lexicon, Tense tense, const Subject& subject,
                    size_t verb, Random& random);

// A clause as the training split has them: tenses are equally likely, verbs
// follow the subject's favourites, and nothing held out occurs.
Clause SampleTrainedClause(const Lexicon& lexicon, Random& random);

// The clause with the right form, without separator.
std::string SentenceText(const Lexicon& lexicon, const Clause& clause);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_CORPUS_GRAMMAR_H_
