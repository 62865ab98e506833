// Documents of tokenizer.json for tests: a good one of each kind.
#ifndef QUANT_CURVE_TOOLS_IMPORT_TEST_TOKENIZER_JSON_H_
#define QUANT_CURVE_TOOLS_IMPORT_TEST_TOKENIZER_JSON_H_

#include <string>

#include "lib/json/json.h"

namespace quant_curve {

// An element of "added_tokens", every other setting false.
Json AddedToken(int id, const std::string& content, bool special);

// GPT-2's kind: byte b is token b, "he" 256, "ll" 257, "hell" 258, " hell" 259,
// "<|endoftext|>" 260.
Json ByteLevelJson();

// The same with Llama 3's words as a Split, and ignore_merges.
Json Llama3Json();

// SentencePiece's kind, by normalizers: "<unk>" 0, "<s>" 1, "</s>" 2, byte b
// is 3 + b, "▁" 259, "h" 260, "i" 261, "hi" 262, "▁hi" 263, "i▁" 264,
// "<user>" 265.
Json SentencePieceJson();

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_TEST_TOKENIZER_JSON_H_
