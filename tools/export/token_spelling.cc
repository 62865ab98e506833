#include "tools/export/token_spelling.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "lib/text/bpe_tokenizer.h"
#include "lib/text/byte_level.h"
#include "lib/text/sentencepiece.h"

namespace quant_curve {
namespace {

// `normalized`: whether the token is one of normalized_ids.
std::string Spelling(const BpeTokenizer& tokenizer, int id, bool normalized) {
  const std::string& bytes = tokenizer.tokens(id);
  const uint32_t unsigned_id = static_cast<uint32_t>(id);
  if (IsUnknownToken(tokenizer, unsigned_id) && !bytes.empty()) return bytes;
  switch (tokenizer.types(id)) {
    case TOKEN_NORMAL:
      return tokenizer.kind() == BYTE_LEVEL
                 ? ByteLevelSpelling(bytes)
                 : absl::StrReplaceAll(bytes, {{" ", kSpaceSign}});
    case TOKEN_BYTE:
      return ByteTokenSpelling(static_cast<uint8_t>(bytes[0]));
    case TOKEN_ADDED:
    case TOKEN_CONTROL:
      return normalized && tokenizer.prefix_space() == PREFIX_NORMALIZED
                 ? bytes.substr(1)
                 : bytes;
    default:
      return UnusedSpelling(unsigned_id);
  }
}

}  // namespace

bool IsUnknownToken(const BpeTokenizer& tokenizer, uint32_t id) {
  return tokenizer.has_unknown_id() && tokenizer.unknown_id() == id &&
         tokenizer.types(static_cast<int>(id)) == TOKEN_UNUSED;
}

std::string UnusedSpelling(uint32_t id) {
  return absl::StrCat("[UNUSED", id, "]");
}

std::vector<std::string> TokenSpellings(const BpeTokenizer& tokenizer) {
  const std::vector<bool> normalized = AreNormalized(tokenizer);
  std::vector<std::string> spellings;
  for (int id = 0; id < tokenizer.tokens_size(); ++id) {
    spellings.push_back(Spelling(tokenizer, id, normalized[id]));
  }
  return spellings;
}

std::vector<std::string> TokenSpellings(const Tokenizer& tokenizer) {
  const uint32_t starts =
      tokenizer.num_function_tokens() + tokenizer.num_onsets();
  const uint32_t words = starts + tokenizer.num_rimes();
  std::vector<std::string> spellings;
  for (const std::string& token : tokenizer.tokens()) {
    const uint32_t id = spellings.size();
    if (id < starts && id != tokenizer.separator_id()) {
      spellings.push_back(absl::StrCat(kSpaceSign, token));
    } else {
      spellings.push_back(id < words ? token : token.substr(1));
    }
  }
  return spellings;
}

std::vector<std::string> MergeSpellings(const BpeTokenizer& tokenizer) {
  std::vector<std::string> merges;
  for (int i = 0; i < tokenizer.merge_left_size(); ++i) {
    merges.push_back(
        absl::StrCat(Spelling(tokenizer, tokenizer.merge_left(i), false), " ",
                     Spelling(tokenizer, tokenizer.merge_right(i), false)));
  }
  return merges;
}

std::vector<uint32_t> MergedTokens(const BpeTokenizer& tokenizer) {
  const auto ids = NormalTokens(tokenizer);
  std::vector<uint32_t> made;
  for (int i = 0; i < tokenizer.merge_left_size(); ++i) {
    made.push_back(ids.at(absl::StrCat(
        tokenizer.tokens(static_cast<int>(tokenizer.merge_left(i))),
        tokenizer.tokens(static_cast<int>(tokenizer.merge_right(i))))));
  }
  return made;
}

}  // namespace quant_curve
