// The tokens of a tokenizer.json, as it spells them.
#ifndef QUANT_CURVE_TOOLS_IMPORT_TOKENIZER_VOCABULARY_H_
#define QUANT_CURVE_TOOLS_IMPORT_TOKENIZER_VOCABULARY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "lib/json/json.h"
#include "proto/tokenizer.pb.h"

namespace quant_curve {

struct VocabularyEntry {
  std::string spelling;
  TokenType type =
      TOKEN_NORMAL;         // or TOKEN_ADDED, or TOKEN_CONTROL for special ones
  bool defined = false;     // else a hole: no token has this id
  bool normalized = false;  // found as the normalizer would write it
  bool in_model = false;    // in model.vocab
  // White space before (after) it goes with it; words that touch it hide it.
  bool lstrip = false;
  bool rstrip = false;
  bool single_word = false;
};

// The most ids below the highest that no token has (GPT-4o's lacks 17).
inline constexpr size_t kMaxHoles = 4096;

struct TokenizerVocabulary {
  std::vector<VocabularyEntry> entries;  // by id
  absl::flat_hash_map<std::string, uint32_t> ids;
};

// Reads model.vocab and added_tokens. InvalidArgument, naming the field: ids
// that two tokens have, beyond kMaxTokens or with more than kMaxHoles; an added
// token that is empty, differs from the vocabulary's of that id, or is
// normalized where not `takes_normalized`.
absl::StatusOr<TokenizerVocabulary> ReadTokenizerVocabulary(
    const JsonView& document, const JsonView& model, bool takes_normalized);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_TOKENIZER_VOCABULARY_H_
