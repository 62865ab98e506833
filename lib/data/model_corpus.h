// Requirements of a corpus on a model: that the two belong together, and where
// the texts that it scores begin and end.
#ifndef QUANT_CURVE_LIB_DATA_MODEL_CORPUS_H_
#define QUANT_CURVE_LIB_DATA_MODEL_CORPUS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "lib/artifact/artifact.h"
#include "proto/corpus.pb.h"

namespace quant_curve {

// The token before each text and after a sentence of an item: the separator
// on both sides in the verb corpus. Text starts with the model's begin token,
// if it has one; nothing closes a sentence of a minimal pair.
struct TextEnds {
  absl::optional<uint32_t> start;
  absl::optional<uint32_t> end;
};

// `corpus` is valid (ValidateCorpus).
TextEnds EndsOf(const Corpus& corpus);

// Refuses, naming both files, a model of another tokenizer than the corpus has,
// and one that was trained on another corpus. `model_corpus_sha256` is empty
// for a model that was not trained here: any text is good for it.
absl::Status CheckBelongTogether(const Artifact<Corpus>& corpus,
                                 absl::string_view corpus_path,
                                 absl::string_view model_tokenizer_sha256,
                                 absl::string_view model_corpus_sha256,
                                 absl::string_view model_path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_DATA_MODEL_CORPUS_H_
