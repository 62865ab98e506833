#include "lib/text/added_tokens.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace quant_curve {

void AddedTokens::Add(absl::string_view bytes, uint32_t id) {
  std::vector<Token>& tokens = by_first_byte_[static_cast<uint8_t>(bytes[0])];
  const auto shorter =
      std::find_if(tokens.begin(), tokens.end(), [bytes](const Token& token) {
        return token.first.size() < bytes.size();
      });
  tokens.insert(shorter, {bytes, id});
}

std::vector<TextPart> AddedTokens::Split(absl::string_view text) const {
  std::vector<TextPart> parts;
  size_t start = 0;  // of what stands before the next token
  for (size_t i = 0; i < text.size();) {
    const Token* token = At(text.substr(i));
    if (token == nullptr) {
      ++i;
      continue;
    }
    if (i > start) parts.push_back({text.substr(start, i - start), {}});
    parts.push_back({text.substr(i, token->first.size()), token->second});
    i += token->first.size();
    start = i;
  }
  if (start < text.size()) parts.push_back({text.substr(start), {}});
  return parts;
}

const AddedTokens::Token* AddedTokens::At(absl::string_view text) const {
  for (const Token& token : by_first_byte_[static_cast<uint8_t>(text[0])]) {
    if (absl::StartsWith(text, token.first)) return &token;
  }
  return nullptr;
}

}  // namespace quant_curve
