// The part of a corpus that a measurement scores.
#ifndef QUANT_CURVE_LIB_DATA_EVALUATION_TEXT_H_
#define QUANT_CURVE_LIB_DATA_EVALUATION_TEXT_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "proto/corpus.pb.h"

namespace quant_curve {

struct EvaluationChoice {
  uint64_t window_tokens = 0;
  // Windows beyond this many tokens are not scored; 0 means no limit.
  uint64_t max_tokens = 0;
};

struct EvaluationText {
  // The tokens that are scored.
  std::vector<std::vector<uint32_t>> windows;
  // The token before each window: the separator, the begin token, or that of
  // the document where the model has no begin token.
  std::vector<uint32_t> starts;
  // The document of each window, counted from 0 over those that are scored;
  // empty when the text has no documents.
  std::vector<uint32_t> documents;
  // Of the documents that the windows cover. 0 when the text has no documents,
  // or when the windows end inside one: the corpus only has the byte count of
  // whole documents.
  uint64_t num_bytes = 0;
  uint64_t num_words = 0;
};

// The first windows of CutWindows(split), as many as there are within
// `max_tokens`, but at least two: a standard error needs two. Where two or more
// windows are those of whole documents, no part of another document follows
// them.
//
// Documents of 3, 9 and 9 tokens in windows of 4:
//   max_tokens 15: 3; 4 4 1          (the third document would be cut)
//   max_tokens 8:  3; 4              (one window of whole documents is not
//                                     enough: the second document is cut)
//
// Without `start_id` the first token of a document has nothing before it and is
// not scored: its windows are those of the document from its second token on.
// Documents of one token are left out, with their bytes and words.
//
// Refuses what CutWindows refuses, and a text of which nothing can be scored.
// Of a text of one window that one is returned.
absl::StatusOr<EvaluationText> CutEvaluationText(
    const Split& split, const EvaluationChoice& choice, uint64_t vocab_size,
    absl::optional<uint32_t> start_id);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_DATA_EVALUATION_TEXT_H_
