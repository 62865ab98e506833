// The words of the verb corpus, as data (docs/corpus.md says how they were
// chosen). No word is in two lists, so that a verb's stem is never a noun
// or a name.
#ifndef QUANT_CURVE_TOOLS_CORPUS_WORDS_H_
#define QUANT_CURVE_TOOLS_CORPUS_WORDS_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace quant_curve {

struct VerbEntry {
  absl::string_view base;
  absl::string_view irregular_past;  // empty: base + "ed"
  bool takes_object;                 // "he packed a sack"; else "he talked"
  bool takes_to;  // its place may be "to the …"; else always "in the …"
};

absl::Span<const VerbEntry> VerbEntries();

// Nouns in the singular: what acts and is acted on, and where.
absl::Span<const absl::string_view> ThingNouns();
absl::Span<const absl::string_view> PlaceNouns();

// Syllables that are English words, or read like a slip, and so are not names.
absl::Span<const absl::string_view> WordsThatAreNoNames();

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_CORPUS_WORDS_H_
