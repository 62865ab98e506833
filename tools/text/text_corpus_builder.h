// Texts and minimal pairs in a model's tokens.
#ifndef QUANT_CURVE_TOOLS_TEXT_TEXT_CORPUS_BUILDER_H_
#define QUANT_CURVE_TOOLS_TEXT_TEXT_CORPUS_BUILDER_H_

#include <string>

#include "absl/status/statusor.h"
#include "proto/corpus.pb.h"
#include "proto/tokenizer.pb.h"

namespace quant_curve {

// A file's contents; the path is for messages.
struct TextFile {
  std::string path;
  std::string contents;
};

struct TextSources {
  TextFile calibration;
  TextFile evaluation;
  TextFile pairs;  // empty path: none
  std::string document_separator;
  // Documents and sentences are token ids in decimal between white space
  // instead of text; their bytes and words are unknown then.
  bool are_tokens = false;
};

// A corpus of documents (SplitDocuments) and minimal pairs. A byte order mark
// at the start of a file is left out, of texts and of pairs. A text that begins
// with the begin token and goes on is taken without it, as it is scored after
// one anyway; its bytes and words are those behind it. The right sentence
// of a pair is its second candidate: where both get the same score, the first
// is taken for the model's choice, and a model that knows nothing is not
// rewarded. InvalidArgument, naming file and document or pair: text that the
// tokenizer cannot spell, ids outside the vocabulary, a file without documents
// or of another format, a separator that occurs in neither file.
absl::StatusOr<Corpus> BuildTextCorpus(const BpeTokenizer& tokenizer,
                                       const TextSources& sources);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_TEXT_TEXT_CORPUS_BUILDER_H_
