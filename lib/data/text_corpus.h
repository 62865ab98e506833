// A corpus of documents and minimal pairs in the tokens of an imported model.
#ifndef QUANT_CURVE_LIB_DATA_TEXT_CORPUS_H_
#define QUANT_CURVE_LIB_DATA_TEXT_CORPUS_H_

#include "absl/status/status.h"
#include "proto/corpus.pb.h"

namespace quant_curve {

// Checks the tokenizer (ValidateBpeTokenizer), which may have no begin token;
// that the calibration and evaluation splits hold documents of ids below the
// vocabulary size, each of at least one token, and no other tokens; that the
// items are minimal pairs: two non-empty candidates of the same ids, nothing
// around them. Errors name the split or the item.
absl::Status ValidateTextCorpus(const Corpus& corpus);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_DATA_TEXT_CORPUS_H_
