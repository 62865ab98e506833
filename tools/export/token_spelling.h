// How a tokenizer's tokens and merges are written in other runtimes' files.
#ifndef QUANT_CURVE_TOOLS_EXPORT_TOKEN_SPELLING_H_
#define QUANT_CURVE_TOOLS_EXPORT_TOKEN_SPELLING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "proto/corpus.pb.h"
#include "proto/tokenizer.pb.h"

namespace quant_curve {

// Whether the token stands for the unknown and for nothing else.
bool IsUnknownToken(const BpeTokenizer& tokenizer, uint32_t id);

// "[UNUSED7]": a token that text never becomes still needs a name of its own.
std::string UnusedSpelling(uint32_t id);

// By id, of a valid tokenizer: NORMAL tokens as GPT-2 writes bytes (BYTE_LEVEL)
// or with "▁" for spaces, BYTE tokens as "<0x0A>", ADDED, CONTROL and the
// unknown token as they stand, but without a PREFIX_NORMALIZED's space, others
// as UnusedSpelling.
std::vector<std::string> TokenSpellings(const BpeTokenizer& tokenizer);

// Of the verb corpus: "▁" before what starts a word (function tokens but for
// the separator, onsets), suffixes without their plus.
std::vector<std::string> TokenSpellings(const Tokenizer& tokenizer);

// "left right" of each merge, in order.
std::vector<std::string> MergeSpellings(const BpeTokenizer& tokenizer);

// The token that each merge makes.
std::vector<uint32_t> MergedTokens(const BpeTokenizer& tokenizer);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EXPORT_TOKEN_SPELLING_H_
