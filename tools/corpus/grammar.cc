#include "tools/corpus/grammar.h"

#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace quant_curve {
namespace {

constexpr double kPronounShare = 0.2;
constexpr double kNameShare = 0.4;
constexpr double kPluralShare = 0.4;
// A noun between subject and verb ("the sock in the halls"): agreement can't be
// read off the nearest noun.
constexpr double kAttractorShare = 0.4;
// Held-out verbs are rare in the forms that they do have. A frequent verb that
// never takes a suffix teaches that it can't; a rare one leaves the rule open.
constexpr double kHeldOutWeight = 0.15;
// How often a favourite is taken rather than any verb, object or place.
constexpr double kFavouriteShare = 0.5;
constexpr double kNameObjectShare = 0.3;
constexpr double kPlaceShareAfterObject = 0.5;
constexpr double kToShare = 0.5;

bool Chance(double probability, Random& random) {
  return random.Uniform() < probability;
}

template <typename Items>
const auto& Pick(const Items& items, Random& random) {
  return items[random.Below(std::size(items))];
}

// "the socks", "the sock" or "a sock": no noun starts with a vowel.
std::string NounPhrase(const Noun& noun, bool plural, Random& random) {
  if (plural) return absl::StrCat("the ", AddS(noun.singular));
  return absl::StrCat(Chance(0.5, random) ? "the " : "a ", noun.singular);
}

const Noun& PickFavourite(const std::vector<Noun>& nouns,
                          const std::vector<size_t>& favourites,
                          Random& random) {
  if (Chance(kFavouriteShare, random)) return nouns[Pick(favourites, random)];
  return Pick(nouns, random);
}

absl::Span<const absl::string_view> TimeExpressions(Tense tense) {
  static constexpr absl::string_view kPast[] = {"last week", "last fall"};
  static constexpr absl::string_view kPresent[] = {"every week", "every day",
                                                   "every fall"};
  static constexpr absl::string_view kFuture[] = {"next week", "next fall"};
  static constexpr absl::string_view kProgressive[] = {"now"};
  switch (tense) {
    case PAST:
      return kPast;
    case PRESENT:
      return kPresent;
    case FUTURE:
      return kFuture;
    default:
      return kProgressive;
  }
}

std::string SampleObject(const Lexicon& lexicon, const Verb& verb,
                         Random& random) {
  if (Chance(kNameObjectShare, random)) return Pick(lexicon.names, random);
  const Noun& noun = PickFavourite(lexicon.things, verb.objects, random);
  return NounPhrase(noun, Chance(kPluralShare, random), random);
}

std::string SamplePlace(const Lexicon& lexicon, const Verb& verb,
                        Random& random) {
  const bool to = verb.takes_to && Chance(kToShare, random);
  const Noun& noun = PickFavourite(lexicon.places, verb.places, random);
  return absl::StrCat(to ? "to " : "in ",
                      NounPhrase(noun, Chance(kPluralShare, random), random));
}

std::string SampleComplement(const Lexicon& lexicon, const Verb& verb,
                             Random& random) {
  if (!verb.takes_object) return SamplePlace(lexicon, verb, random);
  const std::string object = SampleObject(lexicon, verb, random);
  if (!Chance(kPlaceShareAfterObject, random)) return object;
  return absl::StrCat(object, " ", SamplePlace(lexicon, verb, random));
}

size_t SampleTrainedVerb(const Lexicon& lexicon, Tense tense,
                         const Subject& subject, Random& random) {
  const Form form = RightForm(tense, subject.person);
  while (true) {
    const size_t index =
        subject.noun != nullptr && Chance(kFavouriteShare, random)
            ? Pick(subject.noun->verbs, random)
            : random.Below(lexicon.verbs.size());
    const Verb& verb = lexicon.verbs[index];
    const double weight = verb.use == VerbUse::kSeen ? 1.0 : kHeldOutWeight;
    if (MayBeTrained(verb, form) && Chance(weight, random)) return index;
  }
}

}  // namespace

std::string Inflect(const Verb& verb, Form form, Person person) {
  switch (form) {
    case Form::kBase:
      return verb.base;
    case Form::kThirdSingular:
      return AddS(verb.base);
    case Form::kPast:
      return verb.past;
    case Form::kFuture:
      return absl::StrCat("will ", verb.base);
    case Form::kProgressive:
      break;
  }
  const absl::string_view be = person == Person::kFirstSingular   ? "am "
                               : person == Person::kThirdSingular ? "is "
                                                                  : "are ";
  return absl::StrCat(be, verb.base, "ing");
}

Form RightForm(Tense tense, Person person) {
  switch (tense) {
    case PAST:
      return Form::kPast;
    case PRESENT:
      return person == Person::kThirdSingular ? Form::kThirdSingular
                                              : Form::kBase;
    case FUTURE:
      return Form::kFuture;
    default:
      return Form::kProgressive;
  }
}

bool MayBeTrained(const Verb& verb, Form form) {
  switch (verb.use) {
    case VerbUse::kSeen:
      return true;
    case VerbUse::kNoPast:
      return form != Form::kPast;
    case VerbUse::kNoThirdSingular:
      return form != Form::kThirdSingular;
    case VerbUse::kUnseen:
      break;
  }
  return false;
}

Subject SampleSubject(const Lexicon& lexicon, Random& random) {
  static constexpr absl::string_view kPronouns[] = {"i", "he", "she", "they"};
  const double kind = random.Uniform();
  if (kind < kPronounShare) {
    const absl::string_view pronoun = Pick(kPronouns, random);
    return {std::string(pronoun),
            pronoun == "i"      ? Person::kFirstSingular
            : pronoun == "they" ? Person::kPlural
                                : Person::kThirdSingular,
            nullptr};
  }
  if (kind < kPronounShare + kNameShare) {
    return {Pick(lexicon.names, random), Person::kThirdSingular, nullptr};
  }
  const Noun& noun = Pick(lexicon.things, random);
  const bool plural = Chance(kPluralShare, random);
  std::string text = NounPhrase(noun, plural, random);
  if (Chance(kAttractorShare, random)) {
    const Noun& place = Pick(lexicon.places, random);
    absl::StrAppend(&text, " in ",
                    NounPhrase(place, Chance(kPluralShare, random), random));
  }
  return {text, plural ? Person::kPlural : Person::kThirdSingular, &noun};
}

Clause SampleClause(const Lexicon& lexicon, Tense tense, const Subject& subject,
                    size_t verb, Random& random) {
  Clause clause{tense, subject.person, verb, subject.text,
                SampleComplement(lexicon, lexicon.verbs[verb], random)};
  const absl::string_view time = Pick(TimeExpressions(tense), random);
  if (Chance(0.5, random)) {
    clause.before = absl::StrCat(time, " ", clause.before);
  } else {
    absl::StrAppend(&clause.after, " ", time);
  }
  return clause;
}

Clause SampleTrainedClause(const Lexicon& lexicon, Random& random) {
  const Tense tense = Pick(kTenses, random);
  const Subject subject = SampleSubject(lexicon, random);
  const size_t verb = SampleTrainedVerb(lexicon, tense, subject, random);
  return SampleClause(lexicon, tense, subject, verb, random);
}

std::string SentenceText(const Lexicon& lexicon, const Clause& clause) {
  const Form form = RightForm(clause.tense, clause.person);
  return absl::StrCat(clause.before, " ",
                      Inflect(lexicon.verbs[clause.verb], form, clause.person),
                      " ", clause.after);
}

}  // namespace quant_curve
