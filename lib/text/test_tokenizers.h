// Small vocabularies whose ids can be worked out by hand.
#ifndef QUANT_CURVE_LIB_TEXT_TEST_TOKENIZERS_H_
#define QUANT_CURVE_LIB_TEXT_TEST_TOKENIZERS_H_

#include "proto/tokenizer.pb.h"

namespace quant_curve {

// Byte b is token b; then "he" 256, "ll" 257, "hell" 258, "hello" 259, merged
// in this order; "<|endoftext|>" 260 is TOKEN_CONTROL, begin and end. Words are
// GPT-2's.
BpeTokenizer ByteLevelTestTokenizer();

// The same with Llama 3's words, and a piece that is a token is that token.
BpeTokenizer Llama3TestTokenizer();

// "<unk>" 0, "<s>" 1 and "</s>" 2; byte b is token 3 + b; then " " 259, "t"
// 260, "h" 261, "e" 262, "e " 263, "th" 264, "the" 265, " the" 266, of which
// 263 to 266 are merged in this order; "<user>" 267 is TOKEN_ADDED. A
// space before each stretch.
BpeTokenizer SentencePieceTestTokenizer();

// The same with "</s>" as tokenizer.json's "normalized" has it: 2 stands for
// " </s>", is found after the others and behind the prefix space.
BpeTokenizer NormalizedTestTokenizer();

// The tokens of SentencePieceTestTokenizer but the last; scores are -1 for
// "th", -2 for "e ", -3 for "the", -4 for " the" and -5 for the rest.
BpeTokenizer ScoreTestTokenizer();

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_TEXT_TEST_TOKENIZERS_H_
