// The BpeTokenizer proto as a value: what makes one valid, and its digest.
#ifndef QUANT_CURVE_LIB_TEXT_BPE_TOKENIZER_H_
#define QUANT_CURVE_LIB_TEXT_BPE_TOKENIZER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "proto/tokenizer.pb.h"

namespace quant_curve {

// At most this many tokens (the vocabularies of 2025 hold 2^18).
inline constexpr uint32_t kMaxTokens = uint32_t{1} << 20;
// The longest token; finding the merges of a score-based vocabulary takes the
// square of this.
inline constexpr size_t kMaxTokenBytes = 1024;

// Refuses, naming the field, the index and the value: no kind; an empty or too
// large vocabulary; types or scores that are not one per token; a token that is
// too long, empty but not TOKEN_UNUSED, or matched in the text (TOKEN_ADDED,
// TOKEN_CONTROL) but no UTF-8; two tokens of the same bytes, of those that are
// matched in the same round, of the normal ones or of the bytes; lists of
// matched tokens (normalized_ids, lstrip_ids, …) that don't ascend, or of
// tokens that are not matched; a normalized one without space and more where
// the prefix is PREFIX_NORMALIZED; patterns that TextSplitter refuses; patterns
// or ignore_merges of another kind than BYTE_LEVEL; a TOKEN_BYTE of several
// bytes; merges of ids outside the vocabulary, of others than normal tokens, to
// no normal token, or listed twice; scores that are not finite; merges where
// the kind has scores and the reverse; ids outside the vocabulary.
absl::Status ValidateBpeTokenizer(const BpeTokenizer& tokenizer);

// Whether tokens of this type are found whole in the text.
bool IsMatchedInText(TokenType type);

// By id: whether it is one of `ids`, or of normalized_ids.
std::vector<bool> AreListed(
    const BpeTokenizer& tokenizer,
    const google::protobuf::RepeatedField<uint32_t>& ids);
std::vector<bool> AreNormalized(const BpeTokenizer& tokenizer);

// Whether every text that needs no unknown token decodes to itself: none is
// normalized, and no token takes white space with it.
bool IsLossless(const BpeTokenizer& tokenizer);

// Ids of the TOKEN_NORMAL tokens by their bytes, which stay in `tokenizer`.
absl::flat_hash_map<absl::string_view, uint32_t> NormalTokens(
    const BpeTokenizer& tokenizer);

// Removes a begin token that `ids` start with, since callers that score or
// continue a text add one. Returns whether it did.
bool DropBegin(const BpeTokenizer& tokenizer, std::vector<uint32_t>& ids);

// SHA-256, 32 raw bytes, over every field in the order of the proto: each list
// preceded by its length, each token by its size, absent ids as 2^32-1, floats
// as their bits; every number a little-endian uint32. An empty normalized_ids
// adds nothing where the fields after it are all unset, which then add nothing
// either. It does not depend on how protocol buffers serialize.
std::string BpeTokenizerSha256(const BpeTokenizer& tokenizer);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_TEXT_BPE_TOKENIZER_H_
