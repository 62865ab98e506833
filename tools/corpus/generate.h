// The verb corpus as an artifact: three disjoint splits and the cloze items.
#ifndef QUANT_CURVE_TOOLS_CORPUS_GENERATE_H_
#define QUANT_CURVE_TOOLS_CORPUS_GENERATE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/corpus.pb.h"
#include "tools/corpus/items.h"

namespace quant_curve {

struct CorpusOptions {
  uint64_t seed = 42;
  uint64_t train_sentences = 80000;
  uint64_t calibration_sequences = 128;
  uint64_t evaluation_windows = 800;
  uint64_t sequence_length = 64;  // tokens of a sequence, and of a window
  ItemCounts items;
};

// Refuses a size of 0 or beyond what an artifact holds, naming its flag.
absl::Status ValidateOptions(const CorpusOptions& options);

// Every split ends with the sentence that completes its last sequence. Sizes
// are independent: with another number of training sentences, the other splits
// and the items stay as they are. InvalidArgument for bad options, and when the
// training split is so small that a verb does not occur as its items claim.
absl::StatusOr<Corpus> GenerateCorpus(const CorpusOptions& options);

// Properties of the strata in the training split: the tested word of a SEEN
// item occurs; that of a HELD_OUT_FORM item does not, though its stem does; and
// the stem of an UNSEEN_STEM item occurs nowhere, in no form. The tested word
// is the last of the candidate ("walking" of "is walking").
absl::Status CheckStrata(const Corpus& corpus);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_CORPUS_GENERATE_H_
