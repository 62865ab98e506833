// A GGUF file's tokenizer.
#ifndef QUANT_CURVE_TOOLS_IMPORT_GGUF_TOKENIZER_H_
#define QUANT_CURVE_TOOLS_IMPORT_GGUF_TOKENIZER_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "proto/tokenizer.pb.h"
#include "tools/import/gguf_file.h"

namespace quant_curve {

// The begin and the end token that the metadata name. There is no begin token
// where tokenizer.ggml.add_bos_token is false.
struct GgufSpecialTokens {
  absl::optional<uint32_t> bos_id;
  absl::optional<uint32_t> eos_id;
};
absl::StatusOr<GgufSpecialTokens> ReadGgufSpecialTokens(const GgufFile& file);

// Reads a tokenizer of kind gpt2 (a byte-level BPE, cut into pieces as
// tokenizer.ggml.pre names it) or llama (SentencePiece's, by scores). It
// encodes as llama.cpp does: GGUF has no place for a normal form (NFC), nor for
// how added tokens take white space with them. Tokens at the end that pad the
// vocabulary to the model's rows are left out.
//
// InvalidArgument, naming file and key: another kind or pre-tokenizer,
// remove_extra_whitespaces, a precompiled_charsmap, lists of other lengths than
// the vocabulary, merges of tokens that are not there, types that GGUF does not
// have, and what ValidateBpeTokenizer refuses.
absl::StatusOr<BpeTokenizer> ReadGgufTokenizer(const GgufFile& file);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_GGUF_TOKENIZER_H_
