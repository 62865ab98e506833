#include "tools/corpus/lexicon.h"

#include <numeric>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/numerics/random.h"
#include "tools/corpus/partition.h"
#include "tools/corpus/vocabulary.h"
#include "tools/corpus/words.h"

namespace quant_curve {
namespace {

constexpr size_t kFavouriteObjects = 4;
constexpr size_t kFavouritePlaces = 4;
constexpr size_t kFavouriteVerbs = 8;

// `count` different numbers below `bound`, by a Fisher-Yates shuffle.
std::vector<size_t> Choose(size_t count, size_t bound, Random& random) {
  std::vector<size_t> order(bound);
  std::iota(order.begin(), order.end(), 0);
  for (size_t i = 0; i < count; ++i) {
    std::swap(order[i], order[i + random.Below(bound - i)]);
  }
  order.resize(count);
  return order;
}

void HoldOutVerbs(std::vector<Verb>& verbs, Random& random) {
  // Irregular verbs are always seen: no rule could tell an unseen past.
  std::vector<size_t> regular;
  for (size_t i = 0; i < verbs.size(); ++i) {
    if (verbs[i].past == verbs[i].base + "ed") regular.push_back(i);
  }
  const std::vector<size_t> chosen =
      Choose(2 * kHeldOutVerbsPerForm + kUnseenVerbs, regular.size(), random);
  for (size_t i = 0; i < chosen.size(); ++i) {
    VerbUse& use = verbs[regular[chosen[i]]].use;
    if (i < kHeldOutVerbsPerForm) {
      use = VerbUse::kNoPast;
    } else if (i < 2 * kHeldOutVerbsPerForm) {
      use = VerbUse::kNoThirdSingular;
    } else {
      use = VerbUse::kUnseen;
    }
  }
}

std::vector<Verb> BuildVerbs(Random& random) {
  std::vector<Verb> verbs;
  for (const VerbEntry& entry : VerbEntries()) {
    Verb verb;
    verb.base = std::string(entry.base);
    verb.past = entry.irregular_past.empty()
                    ? absl::StrCat(entry.base, "ed")
                    : std::string(entry.irregular_past);
    verb.takes_object = entry.takes_object;
    verb.takes_to = entry.takes_to;
    verb.use = VerbUse::kSeen;
    verb.objects = Choose(kFavouriteObjects, ThingNouns().size(), random);
    verb.places = Choose(kFavouritePlaces, PlaceNouns().size(), random);
    verbs.push_back(std::move(verb));
  }
  HoldOutVerbs(verbs, random);
  return verbs;
}

std::vector<Noun> BuildNouns(absl::Span<const absl::string_view> singulars) {
  std::vector<Noun> nouns;
  for (const absl::string_view singular : singulars) {
    nouns.push_back({std::string(singular), {}});
  }
  return nouns;
}

void FavourVerbs(Lexicon& lexicon, Random& random) {
  std::vector<size_t> trained;
  for (size_t i = 0; i < lexicon.verbs.size(); ++i) {
    if (lexicon.verbs[i].use != VerbUse::kUnseen) trained.push_back(i);
  }
  for (Noun& thing : lexicon.things) {
    for (const size_t choice :
         Choose(kFavouriteVerbs, trained.size(), random)) {
      thing.verbs.push_back(trained[choice]);
    }
  }
}

std::vector<std::string> BuildNames(const Lexicon& lexicon) {
  // The two are in the time expressions.
  absl::flat_hash_set<std::string> taken = {"fall", "day"};
  const Tokenizer tokenizer = VerbTokenizer();
  taken.insert(tokenizer.tokens().begin(), tokenizer.tokens().end());
  for (const Verb& verb : lexicon.verbs) taken.insert({verb.base, verb.past});
  for (const Noun& thing : lexicon.things) taken.insert(thing.singular);
  for (const Noun& place : lexicon.places) taken.insert(place.singular);
  for (const absl::string_view word : WordsThatAreNoNames()) {
    taken.insert(std::string(word));
  }
  std::vector<std::string> names;
  for (const std::string& syllable : Syllables()) {
    if (!taken.contains(syllable)) names.push_back(syllable);
  }
  return names;
}

}  // namespace

Lexicon BuildLexicon(uint64_t seed) {
  Random random = StreamRandom(seed, Stream::kLexicon);
  Lexicon lexicon;
  lexicon.verbs = BuildVerbs(random);
  lexicon.things = BuildNouns(ThingNouns());
  FavourVerbs(lexicon, random);
  lexicon.places = BuildNouns(PlaceNouns());
  lexicon.names = BuildNames(lexicon);
  return lexicon;
}

std::string AddS(absl::string_view word) {
  const bool hisses = absl::EndsWith(word, "sh") || absl::EndsWith(word, "ch");
  return absl::StrCat(word, hisses ? "es" : "s");
}

}  // namespace quant_curve
