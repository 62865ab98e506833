#include "lib/text/bpe_codec.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/text/bpe_tokenizer.h"
#include "lib/text/piece_cache.h"
#include "lib/text/unicode.h"
#include "lib/text/utf8.h"

namespace quant_curve {
namespace {

constexpr size_t kMaxTextBytes = size_t{1} << 30;

// The tokens that are matched in the second round (the first).
AddedTokens MatchedTokens(const BpeTokenizer& tokenizer, bool second_round) {
  const std::vector<bool> normalized = AreNormalized(tokenizer);
  const std::vector<bool> lstrip = AreListed(tokenizer, tokenizer.lstrip_ids());
  const std::vector<bool> rstrip = AreListed(tokenizer, tokenizer.rstrip_ids());
  const std::vector<bool> single =
      AreListed(tokenizer, tokenizer.single_word_ids());
  std::vector<AddedTokens::Token> tokens;
  for (int id = 0; id < tokenizer.tokens_size(); ++id) {
    if (IsMatchedInText(tokenizer.types(id)) &&
        normalized[id] == second_round) {
      tokens.push_back({tokenizer.tokens(id), static_cast<uint32_t>(id),
                        lstrip[id], rstrip[id], single[id]});
    }
  }
  return AddedTokens(tokens);
}

}  // namespace

struct BpeCodec::Workspace {
  TextSplitter splitter;
  PieceCache pieces;
};

// One for each text that is encoded at the same time.
class BpeCodec::Workspaces {
 public:
  explicit Workspaces(TextSplitter splitter) : splitter_(std::move(splitter)) {}

  absl::StatusOr<std::unique_ptr<Workspace>> Take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (free_.empty()) {
      ASSIGN_OR_RETURN(TextSplitter splitter, splitter_.Clone());
      return std::make_unique<Workspace>(Workspace{std::move(splitter), {}});
    }
    std::unique_ptr<Workspace> last = std::move(free_.back());
    free_.pop_back();
    return last;
  }

  void Return(std::unique_ptr<Workspace> workspace) {
    const std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(std::move(workspace));
  }

 private:
  std::mutex mutex_;
  const TextSplitter splitter_;
  std::vector<std::unique_ptr<Workspace>> free_;
};

// Encodes one text.
class BpeCodec::Encoder {
 public:
  Encoder(const BpeCodec& codec, Workspace& workspace)
      : codec_(codec),
        tokenizer_(*codec.tokenizer_),
        workspace_(workspace),
        byte_level_(tokenizer_.kind() == BYTE_LEVEL),
        early_prefix_(tokenizer_.prefix_space() == PREFIX_NORMALIZED),
        merger_(codec.merges_, ids_, HasWords() ? nullptr : &workspace.pieces) {
  }

  absl::Status Encode(absl::string_view text);

  std::vector<uint32_t> ids() && { return std::move(ids_); }

 private:
  // Whether pieces are words; else they are runs of symbols.
  bool HasWords() const { return byte_level_ || tokenizer_.split_at_spaces(); }
  // Append the ids of what the first round leaves, and of what both leave.
  // `offset` is its place in the text; -1 where its first byte is a
  // prefix space before the text.
  absl::Status EncodeSecondRound(absl::string_view stretch, int64_t offset);
  absl::Status EncodeWords(absl::string_view stretch, int64_t offset);
  // A word is what merges stay within.
  absl::Status EncodeWord(absl::string_view word, int64_t offset);
  absl::Status MergeWord(absl::string_view word, int64_t offset);
  // Adds the symbols of the first code point (the first byte, for BYTE_LEVEL)
  // and returns its bytes; 0 when nothing spells it.
  size_t AddSymbol(absl::string_view text);
  bool AddBytes(absl::string_view character);
  absl::Status RefuseCharacter(int64_t offset) const;

  const BpeCodec& codec_;
  const BpeTokenizer& tokenizer_;
  Workspace& workspace_;
  const bool byte_level_;
  const bool early_prefix_;
  std::vector<uint32_t> ids_;
  SymbolMerger merger_;
};

absl::StatusOr<BpeCodec> BpeCodec::Create(BpeTokenizer tokenizer) {
  RETURN_IF_ERROR(ValidateBpeTokenizer(tokenizer));
  ASSIGN_OR_RETURN(TextSplitter splitter,
                   TextSplitter::Create({tokenizer.split_patterns().begin(),
                                         tokenizer.split_patterns().end()}));
  return BpeCodec(std::make_unique<const BpeTokenizer>(std::move(tokenizer)),
                  std::move(splitter));
}

BpeCodec::BpeCodec(std::unique_ptr<const BpeTokenizer> tokenizer,
                   TextSplitter splitter)
    : tokenizer_(std::move(tokenizer)),
      normal_(NormalTokens(*tokenizer_)),
      first_round_(MatchedTokens(*tokenizer_, false)),
      second_round_(MatchedTokens(*tokenizer_, true)),
      separates_(tokenizer_->tokens_size()),
      merges_(*tokenizer_),
      workspaces_(std::make_shared<Workspaces>(std::move(splitter))) {
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
    if (!byte_level && type == TOKEN_NORMAL && token.size() == 1 &&
        static_cast<uint8_t>(token[0]) < 0x80) {
      ascii_ids_[static_cast<uint8_t>(token[0])] = id;
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
  ASSIGN_OR_RETURN(std::unique_ptr<Workspace> workspace, workspaces_->Take());
  Encoder encoder(*this, *workspace);
  const absl::Status status = encoder.Encode(text);
  workspaces_->Return(std::move(workspace));
  RETURN_IF_ERROR(status);
  return std::move(encoder).ids();
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

absl::Status BpeCodec::Encoder::Encode(absl::string_view text) {
  return codec_.first_round_.ForEachPart(
      text, [&](const TextPart& part) -> absl::Status {
        if (part.id.has_value()) {
          ids_.push_back(*part.id);
          return absl::OkStatus();
        }
        const int64_t offset = part.text.data() - text.data();
        absl::string_view stretch = part.text;
        std::string changed;
        if (tokenizer_.normalization() != TEXT_NORMALIZATION_UNSPECIFIED) {
          ASSIGN_OR_RETURN(changed,
                           Normalize(tokenizer_.normalization(), stretch));
          stretch = changed;
        }
        return early_prefix_
                   ? EncodeSecondRound(absl::StrCat(" ", stretch), offset - 1)
                   : EncodeSecondRound(stretch, offset);
      });
}

absl::Status BpeCodec::Encoder::EncodeSecondRound(absl::string_view stretch,
                                                  int64_t offset) {
  return codec_.second_round_.ForEachPart(stretch, [&](const TextPart& part) {
    if (part.id.has_value()) {
      ids_.push_back(*part.id);
      return absl::OkStatus();
    }
    const int64_t start = offset + (part.text.data() - stretch.data());
    return !early_prefix_ && codec_.HasPrefixSpace(start == 0)
               ? EncodeWords(absl::StrCat(" ", part.text), start - 1)
               : EncodeWords(part.text, start);
  });
}

absl::Status BpeCodec::Encoder::EncodeWords(absl::string_view stretch,
                                            int64_t offset) {
  if (byte_level_) {
    return workspace_.splitter.ForEachPiece(
        stretch, [&](absl::string_view piece) {
          return EncodeWord(piece, offset + (piece.data() - stretch.data()));
        });
  }
  if (!tokenizer_.split_at_spaces()) return MergeWord(stretch, offset);
  for (size_t start = 0; start < stretch.size();) {
    const size_t end = std::min(stretch.find(' ', start + 1), stretch.size());
    RETURN_IF_ERROR(EncodeWord(stretch.substr(start, end - start),
                               offset + static_cast<int64_t>(start)));
    start = end;
  }
  return absl::OkStatus();
}

absl::Status BpeCodec::Encoder::EncodeWord(absl::string_view word,
                                           int64_t offset) {
  if (workspace_.pieces.Append(word, ids_)) return absl::OkStatus();
  const size_t before = ids_.size();
  const auto whole = tokenizer_.ignore_merges() ? codec_.normal_.find(word)
                                                : codec_.normal_.end();
  if (whole != codec_.normal_.end()) {
    ids_.push_back(whole->second);
  } else {
    RETURN_IF_ERROR(MergeWord(word, offset));
  }
  workspace_.pieces.Insert(word, absl::MakeConstSpan(ids_).subspan(before));
  return absl::OkStatus();
}

absl::Status BpeCodec::Encoder::MergeWord(absl::string_view word,
                                          int64_t offset) {
  for (size_t i = 0; i < word.size();) {
    const size_t size = AddSymbol(word.substr(i));
    if (size == 0) return RefuseCharacter(offset + static_cast<int64_t>(i));
    i += size;
  }
  merger_.EndWord();
  return absl::OkStatus();
}

size_t BpeCodec::Encoder::AddSymbol(absl::string_view text) {
  const size_t size = byte_level_ ? 1 : CodePointBytes(text[0]);
  const absl::string_view character = text.substr(0, size);
  if (!byte_level_ && size == 1) {
    const absl::optional<uint32_t>& ascii =
        codec_.ascii_ids_[static_cast<uint8_t>(text[0])];
    if (ascii.has_value()) {
      merger_.Add(*ascii);
      return 1;
    }
  }
  const auto token = byte_level_ || size == 1 ? codec_.normal_.end()
                                              : codec_.normal_.find(character);
  if (token != codec_.normal_.end()) {
    merger_.Add(token->second);
    return size;
  }
  if (AddBytes(character)) return size;
  if (!tokenizer_.has_unknown_id()) return 0;
  const uint32_t unknown = tokenizer_.unknown_id();
  if (!tokenizer_.fuse_unknown() || !merger_.EndsWith(unknown)) {
    merger_.Add(unknown);
  }
  return size;
}

bool BpeCodec::Encoder::AddBytes(absl::string_view character) {
  for (const char byte : character) {
    if (!codec_.byte_ids_[static_cast<uint8_t>(byte)].has_value()) return false;
  }
  for (const char byte : character) {
    merger_.Add(*codec_.byte_ids_[static_cast<uint8_t>(byte)]);
  }
  return true;
}

absl::Status BpeCodec::Encoder::RefuseCharacter(int64_t offset) const {
  const TextNormalization form = tokenizer_.normalization();
  return absl::InvalidArgumentError(absl::StrCat(
      "byte ", offset,
      form == TEXT_NORMALIZATION_UNSPECIFIED
          ? ""
          : absl::StrCat(" in ", TextNormalization_Name(form)),
      ": no token spells this character, and the vocabulary has no unknown "
      "token: take it out of the text"));
}

}  // namespace quant_curve
