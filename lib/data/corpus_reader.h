// The corpus as every stage reads it: checked before anything uses an id.
#ifndef QUANT_CURVE_LIB_DATA_CORPUS_READER_H_
#define QUANT_CURVE_LIB_DATA_CORPUS_READER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/artifact/artifact.h"
#include "proto/corpus.pb.h"

namespace quant_curve {

// A corpus of text: ValidateTextCorpus (text_corpus.h). The verb corpus: checks
// the tokenizer (ValidateTokenizer); that the three splits hold whole
// sentences of ids below the vocabulary size, at least one each, as many as
// they say; and that there are items, each with a stratum, a tense, an answer
// among two or more non-empty candidates (as many in every item), and no
// separator.
absl::Status ValidateCorpus(const Corpus& corpus);

// Reads and validates. Errors name the file.
absl::StatusOr<Artifact<Corpus>> ReadCorpus(const std::string& path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_DATA_CORPUS_READER_H_
