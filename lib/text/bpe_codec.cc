#include "lib/text/bpe_codec.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/text/bpe_tokenizer.h"
#include "lib/text/byte_level.h"
#include "lib/text/utf8.h"

namespace quant_curve {
namespace {

constexpr size_t kMaxTextBytes = size_t{1} << 30;

// The tokens that are matched in the second round (the first).
AddedTokens MatchedTokens(const BpeTokenizer& tokenizer, bool second_round) {
  const std::vector<bool> normalized = AreNormalized(tokenizer);
  std::vector<AddedTokens::Token> tokens;
  for (int id = 0; id < tokenizer.tokens_size(); ++id) {
    if (IsMatchedInText(tokenizer.types(id)) &&
        normalized[id] == second_round) {
      tokens.push_back({tokenizer.tokens(id), static_cast<uint32_t>(id)});
    }
  }
  return AddedTokens(tokens);
}

}  // namespace

absl::StatusOr<BpeCodec> BpeCodec::Create(BpeTokenizer tokenizer) {
  RETURN_IF_ERROR(ValidateBpeTokenizer(tokenizer));
  return BpeCodec(std::make_unique<const BpeTokenizer>(std::move(tokenizer)));
}

BpeCodec::BpeCodec(std::unique_ptr<const BpeTokenizer> tokenizer)
    : tokenizer_(std::move(tokenizer)),
      normal_(NormalTokens(*tokenizer_)),
      first_round_(MatchedTokens(*tokenizer_, false)),
      second_round_(MatchedTokens(*tokenizer_, true)),
      separates_(tokenizer_->tokens_size()),
      merges_(*tokenizer_) {
  const bool byte_level = tokenizer_->kind() == BYTE_LEVEL;
  const bool early_prefix = tokenizer_->prefix_space() == PREFIX_NORMALIZED;
  const std::vector<bool> normalized = AreNormalized(*tokenizer_);
  for (int id = 0; id < tokenizer_->tokens_size(); ++id) {
    const std::string& token = tokenizer_->tokens(id);
    const TokenType type = tokenizer_->types(id);
    if (type == TOKEN_BYTE ||
        (byte_level && type == TOKEN_NORMAL && token.size() == 1)) {
      byte_ids_[static_cast<uint8_t>(token[0])] = id;
    }
    if (!IsMatchedInText(type)) continue;
    separates_[id] = !(normalized[id] && early_prefix);
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
  const bool early_prefix = tokenizer_->prefix_space() == PREFIX_NORMALIZED;
  RETURN_IF_ERROR(first_round_.ForEachPart(text, [&](const TextPart& part) {
    if (part.id.has_value()) {
      ids.push_back(*part.id);
      return absl::OkStatus();
    }
    const int64_t offset = part.text.data() - text.data();
    return early_prefix ? EncodeSecondRound(absl::StrCat(" ", part.text),
                                            offset - 1, ids)
                        : EncodeSecondRound(part.text, offset, ids);
  }));
  return ids;
}

absl::StatusOr<std::string> BpeCodec::Decode(
    absl::Span<const uint32_t> ids) const {
  std::string text;
  bool at_start = true;  // of a stretch that gets a prefix space
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] >= static_cast<uint32_t>(tokenizer_->tokens_size())) {
      return absl::InvalidArgumentError(
          absl::StrCat("token ", i, " is ", ids[i], ": must be less than ",
                       tokenizer_->tokens_size()));
    }
    absl::string_view token = tokenizer_->tokens(static_cast<int>(ids[i]));
    if (separates_[ids[i]]) {
      at_start = true;
    } else if (at_start && !token.empty()) {
      if (HasPrefixSpace(i == 0) && token[0] == ' ') token.remove_prefix(1);
      at_start = false;
    }
    absl::StrAppend(&text, token);
  }
  return text;
}

bool BpeCodec::HasPrefixSpace(bool starts_text) const {
  return tokenizer_->prefix_space() == PREFIX_FIRST
             ? starts_text
             : tokenizer_->prefix_space() != PREFIX_NONE;
}

absl::Status BpeCodec::EncodeSecondRound(absl::string_view stretch,
                                         int64_t offset,
                                         std::vector<uint32_t>& ids) const {
  const bool early_prefix = tokenizer_->prefix_space() == PREFIX_NORMALIZED;
  return second_round_.ForEachPart(stretch, [&](const TextPart& part) {
    if (part.id.has_value()) {
      ids.push_back(*part.id);
      return absl::OkStatus();
    }
    const int64_t start = offset + (part.text.data() - stretch.data());
    return !early_prefix && HasPrefixSpace(start == 0)
               ? EncodeWords(absl::StrCat(" ", part.text), start - 1, ids)
               : EncodeWords(part.text, start, ids);
  });
}

absl::Status BpeCodec::EncodeWords(absl::string_view stretch, int64_t offset,
                                   std::vector<uint32_t>& ids) const {
  SymbolMerger merger(merges_, ids);
  for (size_t start = 0; start < stretch.size();) {
    const absl::string_view word =
        stretch.substr(start, WordBytes(stretch.substr(start)));
    for (size_t i = 0; i < word.size();) {
      const size_t size = AddSymbol(word.substr(i), merger);
      if (size == 0) {
        return absl::InvalidArgumentError(absl::StrCat(
            "byte ", offset + static_cast<int64_t>(start + i),
            ": no token spells this character, and the vocabulary has no "
            "unknown token"));
      }
      i += size;
    }
    merger.EndWord();
    start += word.size();
  }
  return absl::OkStatus();
}

size_t BpeCodec::WordBytes(absl::string_view text) const {
  if (tokenizer_->kind() == BYTE_LEVEL) return Gpt2WordBytes(text);
  if (!tokenizer_->split_at_spaces()) return text.size();
  return std::min(text.find(' ', 1), text.size());
}

size_t BpeCodec::AddSymbol(absl::string_view text, SymbolMerger& merger) const {
  const bool byte_level = tokenizer_->kind() == BYTE_LEVEL;
  const size_t size = byte_level ? 1 : CodePointBytes(text[0]);
  const absl::string_view character = text.substr(0, size);
  const auto token = byte_level ? normal_.end() : normal_.find(character);
  if (token != normal_.end()) {
    merger.Add(token->second);
    return size;
  }
  if (AddBytes(character, merger)) return size;
  if (!tokenizer_->has_unknown_id()) return 0;
  const uint32_t unknown = tokenizer_->unknown_id();
  if (!tokenizer_->fuse_unknown() || !merger.EndsWith(unknown)) {
    merger.Add(unknown);
  }
  return size;
}

bool BpeCodec::AddBytes(absl::string_view character,
                        SymbolMerger& merger) const {
  for (const char byte : character) {
    if (!byte_ids_[static_cast<uint8_t>(byte)].has_value()) return false;
  }
  for (const char byte : character) {
    merger.Add(*byte_ids_[static_cast<uint8_t>(byte)]);
  }
  return true;
}

}  // namespace quant_curve
