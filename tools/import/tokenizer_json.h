// tokenizer.json, as Hugging Face's tokenizers write it
// (https://github.com/huggingface/tokenizers), of byte-pair encodings.
#ifndef QUANT_CURVE_TOOLS_IMPORT_TOKENIZER_JSON_H_
#define QUANT_CURVE_TOOLS_IMPORT_TOKENIZER_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "proto/tokenizer.pb.h"
#include "tools/import/special_tokens.h"

namespace quant_curve {

// Reads a BPE of GPT-2's byte-level kind or of SentencePiece's kind
// (tokenizer_pipeline.h says what may surround it). The token before a document
// is the one that the post-processor puts there and that the other files, as
// `special` says, name: they must agree, and it must be an added token. So must
// the end token. A tokenizer without either is read; a bos_token that is null
// in tokenizer_config.json outweighs the ids of the other files. Settings of
// batches
// ("truncation", "padding") play no part.
//
// What an added token's "normalized" says is kept (tokenizer.proto,
// normalized_ids); the unknown token's means nothing, as text is never read as
// that token.
//
// Ids that no token has become TOKEN_UNUSED without bytes.
//
// InvalidArgument, naming file, field and what is supported: another model than
// BPE; dropout, prefixes and suffixes of words; ignore_merges without
// ByteLevel; ids that two tokens have, or too many that none has; merges of or
// to tokens outside the vocabulary; added tokens that the model can also make
// of text that doesn't match them (such as an "é" that a byte-level vocabulary
// has for the byte 0xe9, or a single word that merges make; but SentencePiece's
// "▁▁", which merges make of two spaces, is left to the model); with
// byte_fallback an added or unknown token spelled as a byte ("<0x0A>"); and
// what ValidateBpeTokenizer refuses. A merge that involves a token which text
// never reaches otherwise (an added one) is dropped.
absl::StatusOr<BpeTokenizer> ReadTokenizerJson(const std::string& path,
                                               SpecialTokens special = {});

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_TOKENIZER_JSON_H_
