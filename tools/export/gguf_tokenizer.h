// Tokenizers as GGUF's tokenizer.ggml.* pairs: docs/export.md.
#ifndef QUANT_CURVE_TOOLS_EXPORT_GGUF_TOKENIZER_H_
#define QUANT_CURVE_TOOLS_EXPORT_GGUF_TOKENIZER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "proto/corpus.pb.h"
#include "proto/tokenizer.pb.h"
#include "tools/export/gguf.h"

namespace quant_curve {

// A valid tokenizer. BYTE_LEVEL is "gpt2" with its merges and the name of its
// pre-tokenizer (lib/text/gguf_pre_tokenizer.h). The others are
// "llama", SentencePiece's, which joins neighbours by the score of what they
// make: a merge-based one gets minus the rank of the first merge that makes a
// token. Rows of the embedding beyond the tokenizer's ids get unused tokens.
// InvalidArgument when the model has fewer rows than the tokenizer has ids, or
// the pre-tokenizer has no name.
absl::Status AddBpeTokenizer(const BpeTokenizer& tokenizer, uint32_t vocab_size,
                             GgufMetadata& metadata);

// The verb corpus' closed vocabulary, valid, as "t5", which takes the fewest
// tokens that spell a word: "▁w" "alk" "ed". The separator begins and ends, and
// stands for what nothing spells. Refuses what AddBpeTokenizer refuses.
absl::Status AddClosedVocabulary(const Tokenizer& tokenizer,
                                 uint32_t vocab_size, GgufMetadata& metadata);

// None: the model takes ids.
void AddNoTokenizer(GgufMetadata& metadata);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EXPORT_GGUF_TOKENIZER_H_
