// The 64 tokens of the verb corpus (docs/corpus.md).
#ifndef QUANT_CURVE_TOOLS_CORPUS_VOCABULARY_H_
#define QUANT_CURVE_TOOLS_CORPUS_VOCABULARY_H_

#include <string>
#include <vector>

#include "proto/corpus.pb.h"

namespace quant_curve {

// 18 function tokens, 20 onsets, 22 rimes, 4 suffixes; "." (id 0) separates.
Tokenizer VerbTokenizer();

// Every onset + rime, onset after onset: what a stem or a name can be.
std::vector<std::string> Syllables();

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_CORPUS_VOCABULARY_H_
