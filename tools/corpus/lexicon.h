// The words of one corpus: which verbs are held out, who favours what.
#ifndef QUANT_CURVE_TOOLS_CORPUS_LEXICON_H_
#define QUANT_CURVE_TOOLS_CORPUS_LEXICON_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace quant_curve {

// The forms of a verb that the training split (and the splits like it) may
// have.
enum class VerbUse {
  kSeen,             // every form
  kNoPast,           // held out: every form but the past
  kNoThirdSingular,  // held out: every form but the third person singular
  kUnseen,           // nothing: the stem belongs to the items
};

struct Verb {
  std::string base;
  std::string past;
  bool takes_object;
  bool takes_to;  // its place may be "to the …"; else always "in the …"
  VerbUse use;
  // Favourites, as places in Lexicon::things and Lexicon::places.
  std::vector<size_t> objects;
  std::vector<size_t> places;
};

struct Noun {
  std::string singular;
  // What it likes to do, as places in Lexicon::verbs; empty for a place.
  std::vector<size_t> verbs;
};

struct Lexicon {
  std::vector<Verb> verbs;
  std::vector<Noun> things;
  std::vector<Noun> places;
  // Every syllable that is not another word of the corpus.
  std::vector<std::string> names;
};

inline constexpr size_t kHeldOutVerbsPerForm = 10;
inline constexpr size_t kUnseenVerbs = 14;

// The words are fixed; the seed draws what is held out among the regular verbs,
// 4 favourite objects and 4 places of every verb, and 8 verbs (none unseen) of
// every thing.
Lexicon BuildLexicon(uint64_t seed);

// Plural of a noun, third person singular of a verb: "+es" after sh and ch.
std::string AddS(absl::string_view word);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_CORPUS_LEXICON_H_
