#include "lib/text/bpe_tokenizer.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_macros.h"
#include "lib/text/text_splitter.h"
#include "lib/text/utf8.h"

namespace quant_curve {
namespace {

constexpr uint32_t kAbsent = std::numeric_limits<uint32_t>::max();

template <typename... Parts>
absl::Status Refuse(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat("tokenizer: ", parts...));
}

// Tokens of these types are told apart by their bytes, within the group.
int SpellingGroup(TokenType type) {
  switch (type) {
    case TOKEN_NORMAL:
      return 1;
    case TOKEN_BYTE:
      return 2;
    case TOKEN_ADDED:
    case TOKEN_CONTROL:
      return 3;
    default:
      return 0;
  }
}

absl::Status CheckTokenShape(uint32_t id, TokenType type,
                             absl::string_view token) {
  if (!TokenType_IsValid(type) || type == TOKEN_TYPE_UNSPECIFIED) {
    return Refuse("types[", id, "]=", static_cast<int>(type),
                  ": is not a token type");
  }
  if (token.size() > kMaxTokenBytes) {
    return Refuse("tokens[", id, "] has ", token.size(), " bytes, at most ",
                  kMaxTokenBytes, " are supported");
  }
  if (token.empty() && type != TOKEN_UNUSED) {
    return Refuse("tokens[", id, "] is empty");
  }
  if (type == TOKEN_BYTE && token.size() != 1) {
    return Refuse("tokens[", id, "] has ", token.size(),
                  " bytes, but its type is TOKEN_BYTE");
  }
  if (IsMatchedInText(type)) {
    const absl::Status utf8 = CheckUtf8(token);
    if (!utf8.ok()) return Refuse("tokens[", id, "]: ", utf8.message());
  }
  return absl::OkStatus();
}

absl::Status CheckTokens(const BpeTokenizer& tokenizer) {
  const int size = tokenizer.tokens_size();
  if (size == 0) return Refuse("the vocabulary is empty");
  if (size > static_cast<int>(kMaxTokens)) {
    return Refuse(size, " tokens, at most ", kMaxTokens, " are supported");
  }
  if (tokenizer.types_size() != size) {
    return Refuse(tokenizer.types_size(), " types for ", size, " tokens");
  }
  absl::flat_hash_set<absl::string_view> seen[5];
  const std::vector<bool> normalized = AreNormalized(tokenizer);
  for (int id = 0; id < size; ++id) {
    const std::string& token = tokenizer.tokens(id);
    RETURN_IF_ERROR(CheckTokenShape(id, tokenizer.types(id), token));
    const int group = normalized[id] ? 4 : SpellingGroup(tokenizer.types(id));
    if (group > 0 && !seen[group].insert(token).second) {
      return Refuse("tokens[", id, "] spells the same bytes as a token before");
    }
  }
  return absl::OkStatus();
}

using Ids = google::protobuf::RepeatedField<uint32_t>;

// A list of tokens that are found in the text.
absl::Status CheckMatchedIds(const BpeTokenizer& tokenizer,
                             absl::string_view field, const Ids& ids) {
  for (int i = 0; i < ids.size(); ++i) {
    const uint32_t id = ids[i];
    if (id >= static_cast<uint32_t>(tokenizer.tokens_size()) ||
        !IsMatchedInText(tokenizer.types(static_cast<int>(id)))) {
      return Refuse(field, "[", i, "]=", id,
                    ": is not TOKEN_ADDED or TOKEN_CONTROL");
    }
    if (i > 0 && id <= ids[i - 1]) {
      return Refuse(field, "[", i, "]=", id, ": must ascend");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckMatching(const BpeTokenizer& tokenizer) {
  RETURN_IF_ERROR(
      CheckMatchedIds(tokenizer, "normalized_ids", tokenizer.normalized_ids()));
  RETURN_IF_ERROR(
      CheckMatchedIds(tokenizer, "lstrip_ids", tokenizer.lstrip_ids()));
  RETURN_IF_ERROR(
      CheckMatchedIds(tokenizer, "rstrip_ids", tokenizer.rstrip_ids()));
  RETURN_IF_ERROR(CheckMatchedIds(tokenizer, "single_word_ids",
                                  tokenizer.single_word_ids()));
  for (const uint32_t id : tokenizer.normalized_ids()) {
    const std::string& bytes = tokenizer.tokens(static_cast<int>(id));
    if (tokenizer.prefix_space() == PREFIX_NORMALIZED &&
        (bytes[0] != ' ' || bytes.size() == 1)) {
      return Refuse(
          "tokens[", id,
          "] is not a space with more behind it, as PREFIX_NORMALIZED "
          "makes of its normalized_ids");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckMerges(const BpeTokenizer& tokenizer) {
  const int size = tokenizer.merge_left_size();
  if (tokenizer.merge_right_size() != size) {
    return Refuse(size, " left and ", tokenizer.merge_right_size(),
                  " right sides of merges");
  }
  const auto normal = NormalTokens(tokenizer);
  absl::flat_hash_set<uint64_t> seen;
  for (int i = 0; i < size; ++i) {
    const uint32_t left = tokenizer.merge_left(i);
    const uint32_t right = tokenizer.merge_right(i);
    for (const uint32_t id : {left, right}) {
      if (id >= static_cast<uint32_t>(tokenizer.tokens_size()) ||
          tokenizer.types(static_cast<int>(id)) != TOKEN_NORMAL) {
        return Refuse("merge ", i, " joins id ", id,
                      ", which is not a TOKEN_NORMAL");
      }
    }
    const std::string merged =
        absl::StrCat(tokenizer.tokens(static_cast<int>(left)),
                     tokenizer.tokens(static_cast<int>(right)));
    if (!normal.contains(merged)) {
      return Refuse("merge ", i, " of ids ", left, " and ", right,
                    " does not give a TOKEN_NORMAL");
    }
    if (!seen.insert(uint64_t{left} << 32 | right).second) {
      return Refuse("merge ", i, " of ids ", left, " and ", right,
                    " is listed twice");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckScores(const BpeTokenizer& tokenizer) {
  const bool has_scores = tokenizer.kind() == SENTENCEPIECE_SCORES;
  const int expected = has_scores ? tokenizer.tokens_size() : 0;
  if (tokenizer.scores_size() != expected) {
    return Refuse(tokenizer.scores_size(), " scores, expected ", expected,
                  " of ", BpeKind_Name(tokenizer.kind()));
  }
  if (has_scores && tokenizer.merge_left_size() > 0) {
    return Refuse("has both merges and scores");
  }
  for (int id = 0; id < tokenizer.scores_size(); ++id) {
    if (!std::isfinite(tokenizer.scores(id))) {
      return Refuse("scores[", id, "] is not finite");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckId(const BpeTokenizer& tokenizer, absl::string_view field,
                     uint32_t id) {
  if (id < static_cast<uint32_t>(tokenizer.tokens_size())) {
    return absl::OkStatus();
  }
  return Refuse(field, "=", id, ": must be less than ",
                tokenizer.tokens_size());
}

// Patterns are compiled, which costs no more than their length.
absl::Status CheckSplitting(const BpeTokenizer& tokenizer) {
  if (!TextNormalization_IsValid(tokenizer.normalization())) {
    return Refuse("normalization=", static_cast<int>(tokenizer.normalization()),
                  ": is not one of TextNormalization");
  }
  if (tokenizer.kind() == BYTE_LEVEL) {
    const absl::Status patterns =
        TextSplitter::Create({tokenizer.split_patterns().begin(),
                              tokenizer.split_patterns().end()})
            .status();
    return patterns.ok() ? patterns : Refuse(patterns.message());
  }
  if (!tokenizer.split_patterns().empty() || tokenizer.ignore_merges()) {
    return Refuse("split_patterns or ignore_merges of ",
                  BpeKind_Name(tokenizer.kind()), ": only BYTE_LEVEL has them");
  }
  return absl::OkStatus();
}

void AppendUint32(uint32_t value, std::string& bytes) {
  for (int shift = 0; shift < 32; shift += 8) {
    bytes.push_back(static_cast<char>((value >> shift) & 0xff));
  }
}

template <typename List>
void AppendList(const List& values, std::string& bytes) {
  AppendUint32(static_cast<uint32_t>(values.size()), bytes);
  for (const auto value : values) {
    AppendUint32(static_cast<uint32_t>(value), bytes);
  }
}

// Whether it needs a field that came with schema version 2.
bool HasNewFields(const BpeTokenizer& tokenizer) {
  return !tokenizer.split_patterns().empty() || tokenizer.ignore_merges() ||
         tokenizer.normalization() != TEXT_NORMALIZATION_UNSPECIFIED ||
         !tokenizer.lstrip_ids().empty() || !tokenizer.rstrip_ids().empty() ||
         !tokenizer.single_word_ids().empty();
}

void AppendNewFields(const BpeTokenizer& tokenizer, std::string& bytes) {
  AppendUint32(tokenizer.split_patterns_size(), bytes);
  for (const std::string& pattern : tokenizer.split_patterns()) {
    AppendUint32(static_cast<uint32_t>(pattern.size()), bytes);
    bytes.append(pattern);
  }
  AppendUint32(tokenizer.ignore_merges(), bytes);
  AppendUint32(tokenizer.normalization(), bytes);
  AppendList(tokenizer.lstrip_ids(), bytes);
  AppendList(tokenizer.rstrip_ids(), bytes);
  AppendList(tokenizer.single_word_ids(), bytes);
}

}  // namespace

absl::Status ValidateBpeTokenizer(const BpeTokenizer& tokenizer) {
  if (!BpeKind_IsValid(tokenizer.kind()) ||
      tokenizer.kind() == BPE_KIND_UNSPECIFIED) {
    return Refuse("kind=", static_cast<int>(tokenizer.kind()),
                  ": is not a kind of tokenizer");
  }
  if (!PrefixSpace_IsValid(tokenizer.prefix_space()) ||
      tokenizer.prefix_space() == PREFIX_SPACE_UNSPECIFIED) {
    return Refuse("prefix_space=", static_cast<int>(tokenizer.prefix_space()),
                  ": is not one of PrefixSpace");
  }
  RETURN_IF_ERROR(CheckTokens(tokenizer));
  RETURN_IF_ERROR(CheckMatching(tokenizer));
  RETURN_IF_ERROR(CheckSplitting(tokenizer));
  RETURN_IF_ERROR(CheckMerges(tokenizer));
  RETURN_IF_ERROR(CheckScores(tokenizer));
  if (tokenizer.has_unknown_id()) {
    RETURN_IF_ERROR(CheckId(tokenizer, "unknown_id", tokenizer.unknown_id()));
  }
  if (tokenizer.has_bos_id()) {
    RETURN_IF_ERROR(CheckId(tokenizer, "bos_id", tokenizer.bos_id()));
  }
  if (tokenizer.has_eos_id()) {
    RETURN_IF_ERROR(CheckId(tokenizer, "eos_id", tokenizer.eos_id()));
  }
  return absl::OkStatus();
}

bool IsMatchedInText(TokenType type) {
  return type == TOKEN_ADDED || type == TOKEN_CONTROL;
}

std::vector<bool> AreListed(const BpeTokenizer& tokenizer, const Ids& ids) {
  std::vector<bool> listed(tokenizer.tokens_size());
  for (const uint32_t id : ids) {
    if (id < listed.size()) listed[id] = true;
  }
  return listed;
}

std::vector<bool> AreNormalized(const BpeTokenizer& tokenizer) {
  return AreListed(tokenizer, tokenizer.normalized_ids());
}

bool IsLossless(const BpeTokenizer& tokenizer) {
  return tokenizer.normalization() == TEXT_NORMALIZATION_UNSPECIFIED &&
         tokenizer.lstrip_ids().empty() && tokenizer.rstrip_ids().empty();
}

absl::flat_hash_map<absl::string_view, uint32_t> NormalTokens(
    const BpeTokenizer& tokenizer) {
  absl::flat_hash_map<absl::string_view, uint32_t> ids;
  for (int id = 0; id < tokenizer.tokens_size(); ++id) {
    if (tokenizer.types(id) == TOKEN_NORMAL) ids[tokenizer.tokens(id)] = id;
  }
  return ids;
}

bool DropBegin(const BpeTokenizer& tokenizer, std::vector<uint32_t>& ids) {
  if (!tokenizer.has_bos_id() || ids.empty() || ids[0] != tokenizer.bos_id()) {
    return false;
  }
  ids.erase(ids.begin());
  return true;
}

std::string BpeTokenizerSha256(const BpeTokenizer& tokenizer) {
  std::string bytes;
  AppendUint32(tokenizer.kind(), bytes);
  AppendUint32(tokenizer.tokens_size(), bytes);
  for (const std::string& token : tokenizer.tokens()) {
    AppendUint32(static_cast<uint32_t>(token.size()), bytes);
    bytes.append(token);
  }
  AppendList(tokenizer.types(), bytes);
  AppendList(tokenizer.merge_left(), bytes);
  AppendList(tokenizer.merge_right(), bytes);
  AppendUint32(tokenizer.scores_size(), bytes);
  for (const float score : tokenizer.scores()) {
    uint32_t bits;
    std::memcpy(&bits, &score, sizeof(bits));
    AppendUint32(bits, bytes);
  }
  AppendUint32(tokenizer.prefix_space(), bytes);
  AppendUint32(tokenizer.split_at_spaces(), bytes);
  AppendUint32(tokenizer.has_unknown_id() ? tokenizer.unknown_id() : kAbsent,
               bytes);
  AppendUint32(tokenizer.fuse_unknown(), bytes);
  AppendUint32(tokenizer.has_bos_id() ? tokenizer.bos_id() : kAbsent, bytes);
  AppendUint32(tokenizer.has_eos_id() ? tokenizer.eos_id() : kAbsent, bytes);
  if (!tokenizer.normalized_ids().empty() || HasNewFields(tokenizer)) {
    AppendList(tokenizer.normalized_ids(), bytes);
  }
  if (HasNewFields(tokenizer)) AppendNewFields(tokenizer, bytes);
  return Sha256(bytes);
}

}  // namespace quant_curve
