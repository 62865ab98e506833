#include "lib/text/bpe_codec.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/text/bpe_tokenizer.h"
#include "lib/text/byte_level.h"
#include "lib/text/unicode.h"

namespace quant_curve {
namespace {

constexpr size_t kMaxTextBytes = size_t{1} << 30;

bool IsMatchedInText(TokenType type) {
  return type == TOKEN_ADDED || type == TOKEN_CONTROL;
}

}  // namespace

absl::StatusOr<BpeCodec> BpeCodec::Create(BpeTokenizer tokenizer) {
  RETURN_IF_ERROR(ValidateBpeTokenizer(tokenizer));
  return BpeCodec(std::make_unique<const BpeTokenizer>(std::move(tokenizer)));
}

BpeCodec::BpeCodec(std::unique_ptr<const BpeTokenizer> tokenizer)
    : tokenizer_(std::move(tokenizer)),
      normal_(NormalTokens(*tokenizer_)),
      merges_(*tokenizer_) {
  const bool byte_level = tokenizer_->kind() == BYTE_LEVEL;
  for (int id = 0; id < tokenizer_->tokens_size(); ++id) {
    const std::string& token = tokenizer_->tokens(id);
    const TokenType type = tokenizer_->types(id);
    if (token.empty()) continue;
    const uint8_t first = static_cast<uint8_t>(token[0]);
    if (type == TOKEN_BYTE ||
        (byte_level && type == TOKEN_NORMAL && token.size() == 1)) {
      byte_ids_[first] = id;
    }
    if (IsMatchedInText(type)) added_[first].push_back(id);
  }
  for (std::vector<uint32_t>& ids : added_) {
    std::sort(ids.begin(), ids.end(), [this](uint32_t a, uint32_t b) {
      const size_t size_a = tokenizer_->tokens(static_cast<int>(a)).size();
      const size_t size_b = tokenizer_->tokens(static_cast<int>(b)).size();
      return size_a != size_b ? size_a > size_b : a < b;
    });
  }
}

absl::StatusOr<std::vector<uint32_t>> BpeCodec::Encode(
    absl::string_view text) const {
  if (text.size() > kMaxTextBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("text of ", text.size(), " bytes: at most ", kMaxTextBytes,
                     " can be encoded at once"));
  }
  RETURN_IF_ERROR(CheckUtf8(text));
  std::vector<uint32_t> ids;
  size_t start = 0;  // of the stretch at hand
  for (size_t i = 0; i < text.size();) {
    const absl::optional<uint32_t> added = AddedTokenAt(text.substr(i));
    if (!added.has_value()) {
      ++i;
      continue;
    }
    RETURN_IF_ERROR(EncodeStretch(text.substr(start, i - start), start, ids));
    ids.push_back(*added);
    i += tokenizer_->tokens(static_cast<int>(*added)).size();
    start = i;
  }
  RETURN_IF_ERROR(EncodeStretch(text.substr(start), start, ids));
  return ids;
}

absl::StatusOr<std::string> BpeCodec::Decode(
    absl::Span<const uint32_t> ids) const {
  std::string text;
  bool at_start = true;  // of a stretch
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] >= static_cast<uint32_t>(tokenizer_->tokens_size())) {
      return absl::InvalidArgumentError(
          absl::StrCat("token ", i, " is ", ids[i], ": must be less than ",
                       tokenizer_->tokens_size()));
    }
    absl::string_view token = tokenizer_->tokens(static_cast<int>(ids[i]));
    if (IsMatchedInText(tokenizer_->types(static_cast<int>(ids[i])))) {
      at_start = true;
    } else if (at_start && !token.empty()) {
      if (HasPrefixSpace(i == 0) && token[0] == ' ') token.remove_prefix(1);
      at_start = false;
    }
    absl::StrAppend(&text, token);
  }
  return text;
}

absl::optional<uint32_t> BpeCodec::AddedTokenAt(absl::string_view text) const {
  for (const uint32_t id : added_[static_cast<uint8_t>(text[0])]) {
    if (absl::StartsWith(text, tokenizer_->tokens(static_cast<int>(id)))) {
      return id;
    }
  }
  return absl::nullopt;
}

bool BpeCodec::HasPrefixSpace(bool starts_text) const {
  return tokenizer_->prefix_space() == PREFIX_EACH ||
         (tokenizer_->prefix_space() == PREFIX_FIRST && starts_text);
}

absl::Status BpeCodec::EncodeStretch(absl::string_view stretch, size_t offset,
                                     std::vector<uint32_t>& ids) const {
  if (stretch.empty()) return absl::OkStatus();
  std::string prefixed;
  if (HasPrefixSpace(offset == 0)) {
    prefixed = absl::StrCat(" ", stretch);
    stretch = prefixed;
  }
  std::vector<uint32_t> symbols;
  for (size_t start = 0; start < stretch.size();) {
    const absl::string_view word =
        stretch.substr(start, WordBytes(stretch.substr(start)));
    symbols.clear();
    for (size_t i = 0; i < word.size();) {
      const size_t size = AppendSymbol(word.substr(i), symbols);
      if (size == 0) {
        return absl::InvalidArgumentError(absl::StrCat(
            "byte ", offset + start + i - (prefixed.empty() ? 0 : 1),
            ": no token spells this character, and the vocabulary has no "
            "unknown token"));
      }
      i += size;
    }
    MergeSymbols(merges_, symbols, ids);
    start += word.size();
  }
  return absl::OkStatus();
}

size_t BpeCodec::WordBytes(absl::string_view text) const {
  if (tokenizer_->kind() == BYTE_LEVEL) return Gpt2WordBytes(text);
  if (!tokenizer_->split_at_spaces()) return text.size();
  return std::min(text.find(' ', 1), text.size());
}

size_t BpeCodec::AppendSymbol(absl::string_view text,
                              std::vector<uint32_t>& symbols) const {
  const bool byte_level = tokenizer_->kind() == BYTE_LEVEL;
  const size_t size = byte_level ? 1 : CodePointBytes(text[0]);
  const absl::string_view character = text.substr(0, size);
  const auto token = byte_level ? normal_.end() : normal_.find(character);
  if (token != normal_.end()) {
    symbols.push_back(token->second);
    return size;
  }
  if (AppendBytes(character, symbols)) return size;
  if (!tokenizer_->has_unknown_id()) return 0;
  const uint32_t unknown = tokenizer_->unknown_id();
  if (!tokenizer_->fuse_unknown() || symbols.empty() ||
      symbols.back() != unknown) {
    symbols.push_back(unknown);
  }
  return size;
}

bool BpeCodec::AppendBytes(absl::string_view character,
                           std::vector<uint32_t>& symbols) const {
  for (const char byte : character) {
    if (!byte_ids_[static_cast<uint8_t>(byte)].has_value()) return false;
  }
  for (const char byte : character) {
    symbols.push_back(*byte_ids_[static_cast<uint8_t>(byte)]);
  }
  return true;
}

}  // namespace quant_curve
