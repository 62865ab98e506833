// The cloze items: does a verb get the form that the time expression asks for?
#ifndef QUANT_CURVE_TOOLS_CORPUS_ITEMS_H_
#define QUANT_CURVE_TOOLS_CORPUS_ITEMS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/corpus.pb.h"
#include "tools/corpus/lexicon.h"

namespace quant_curve {

struct ItemCounts {
  uint64_t seen = 800;
  uint64_t held_out_form = 1200;
  uint64_t unseen_stem = 1200;
};

// Items of three strata, one after another, all different. Candidates are the
// five forms (enum class Form, in that order). Within a stratum, item i takes
// forms and verbs in turn, so that all are equally frequent:
//   SEEN, UNSEEN_STEM   the four tenses in turn, then the next verb;
//   HELD_OUT_FORM       past and third person singular in turn, each with its
//                       own verbs.
// ResourceExhausted when the grammar gives too few different sentences.
absl::StatusOr<std::vector<ClozeItem>> GenerateItems(const Lexicon& lexicon,
                                                     const Tokenizer& tokenizer,
                                                     const ItemCounts& counts,
                                                     uint64_t seed);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_CORPUS_ITEMS_H_
