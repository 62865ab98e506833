#include "lib/data/tokenizer.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

enum class Group { kFunction, kOnset, kRime, kSuffix };

// Ids [begin, end).
struct IdRange {
  uint32_t begin;
  uint32_t end;
};

IdRange RangeOf(const Tokenizer& tokenizer, Group group) {
  const uint32_t onsets = tokenizer.num_function_tokens();
  const uint32_t rimes = onsets + tokenizer.num_onsets();
  const uint32_t suffixes = rimes + tokenizer.num_rimes();
  switch (group) {
    case Group::kFunction:
      return {0, onsets};
    case Group::kOnset:
      return {onsets, rimes};
    case Group::kRime:
      return {rimes, suffixes};
    case Group::kSuffix:
      return {suffixes, suffixes + tokenizer.num_suffixes()};
  }
  return {0, 0};
}

bool IsIn(const Tokenizer& tokenizer, uint32_t id, Group group) {
  const IdRange range = RangeOf(tokenizer, group);
  return range.begin <= id && id < range.end;
}

// Without the plus of a suffix.
absl::string_view Spelling(const Tokenizer& tokenizer, uint32_t id) {
  const absl::string_view token = tokenizer.tokens(static_cast<int>(id));
  return IsIn(tokenizer, id, Group::kSuffix) ? token.substr(1) : token;
}

absl::Status ValidateToken(const Tokenizer& tokenizer, uint32_t id) {
  const absl::string_view token = tokenizer.tokens(static_cast<int>(id));
  const bool is_suffix = IsIn(tokenizer, id, Group::kSuffix);
  if (token.size() <= (is_suffix ? 1 : 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("tokenizer: token ", id, " is empty"));
  }
  if (std::any_of(token.begin(), token.end(), absl::ascii_isspace)) {
    return absl::InvalidArgumentError(
        absl::StrCat("tokenizer: token ", id, " holds white space"));
  }
  if (absl::StartsWith(token, "+") != is_suffix) {
    return absl::InvalidArgumentError(
        absl::StrCat("tokenizer: token ", id, " '", token,
                     "': only suffixes start with '+'"));
  }
  return absl::OkStatus();
}

// Ids in `group` that `text` starts with, the longest first.
std::vector<uint32_t> Prefixes(const Tokenizer& tokenizer, Group group,
                               absl::string_view text) {
  const IdRange range = RangeOf(tokenizer, group);
  std::vector<uint32_t> ids;
  for (uint32_t id = range.begin; id < range.end; ++id) {
    if (absl::StartsWith(text, Spelling(tokenizer, id))) ids.push_back(id);
  }
  // Two prefixes of one text differ in length.
  std::sort(ids.begin(), ids.end(), [&](uint32_t a, uint32_t b) {
    return Spelling(tokenizer, a).size() > Spelling(tokenizer, b).size();
  });
  return ids;
}

// The only token of `group` spelled `text`, appended to `ids`.
bool AppendExact(const Tokenizer& tokenizer, Group group,
                 absl::string_view text, std::vector<uint32_t>& ids) {
  const IdRange range = RangeOf(tokenizer, group);
  for (uint32_t id = range.begin; id < range.end; ++id) {
    if (Spelling(tokenizer, id) != text) continue;
    ids.push_back(id);
    return true;
  }
  return false;
}

// Appends the tokens of a word, or returns false and leaves `ids` unchanged.
bool AppendWord(const Tokenizer& tokenizer, absl::string_view word,
                std::vector<uint32_t>& ids) {
  if (AppendExact(tokenizer, Group::kFunction, word, ids)) return true;
  const size_t size_before = ids.size();
  for (const uint32_t onset : Prefixes(tokenizer, Group::kOnset, word)) {
    const auto body = word.substr(Spelling(tokenizer, onset).size());
    for (const uint32_t rime : Prefixes(tokenizer, Group::kRime, body)) {
      const auto ending = body.substr(Spelling(tokenizer, rime).size());
      ids.insert(ids.end(), {onset, rime});
      if (ending.empty() ||
          AppendExact(tokenizer, Group::kSuffix, ending, ids)) {
        return true;
      }
      ids.resize(size_before);
    }
  }
  return false;
}

// Whether `id` is written onto the token before it.
bool JoinsPrevious(const Tokenizer& tokenizer, uint32_t previous, uint32_t id) {
  if (id == tokenizer.separator_id()) return previous != id;
  if (IsIn(tokenizer, id, Group::kRime)) {
    return IsIn(tokenizer, previous, Group::kOnset);
  }
  return IsIn(tokenizer, id, Group::kSuffix) &&
         IsIn(tokenizer, previous, Group::kRime);
}

void AppendUint32(uint32_t value, std::string& bytes) {
  for (int shift = 0; shift < 32; shift += 8) {
    bytes.push_back(static_cast<char>((value >> shift) & 0xff));
  }
}

}  // namespace

absl::Status ValidateTokenizer(const Tokenizer& tokenizer) {
  const uint64_t size = tokenizer.tokens_size();
  const uint64_t sum = uint64_t{tokenizer.num_function_tokens()} +
                       tokenizer.num_onsets() + tokenizer.num_rimes() +
                       tokenizer.num_suffixes();
  if (size == 0) {
    return absl::InvalidArgumentError("tokenizer: the vocabulary is empty");
  }
  if (sum != size) {
    return absl::InvalidArgumentError(absl::StrCat(
        "tokenizer: the groups hold ", sum, " tokens, the vocabulary ", size));
  }
  if (tokenizer.separator_id() >= tokenizer.num_function_tokens()) {
    return absl::InvalidArgumentError(
        absl::StrCat("tokenizer: separator_id=", tokenizer.separator_id(),
                     ": must be less than num_function_tokens=",
                     tokenizer.num_function_tokens()));
  }
  absl::flat_hash_set<absl::string_view> seen;
  for (uint32_t id = 0; id < size; ++id) {
    RETURN_IF_ERROR(ValidateToken(tokenizer, id));
    const absl::string_view token = tokenizer.tokens(static_cast<int>(id));
    if (!seen.insert(token).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("tokenizer: token '", token, "' occurs twice"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<uint32_t>> Encode(const Tokenizer& tokenizer,
                                             absl::string_view text) {
  const absl::string_view separator =
      Spelling(tokenizer, tokenizer.separator_id());
  std::vector<uint32_t> ids;
  for (absl::string_view word :
       absl::StrSplit(text, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty())) {
    const absl::string_view written = word;
    uint32_t separators = 0;
    while (absl::ConsumeSuffix(&word, separator)) ++separators;
    if (!word.empty() && !AppendWord(tokenizer, word, ids)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the vocabulary cannot spell '", written,
          "': a word is a function word, or onset + rime with or without a "
          "suffix, in lower case (docs/corpus.md)"));
    }
    ids.insert(ids.end(), separators, tokenizer.separator_id());
  }
  return ids;
}

absl::StatusOr<std::string> Decode(const Tokenizer& tokenizer,
                                   absl::Span<const uint32_t> ids) {
  std::string text;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] >= static_cast<uint32_t>(tokenizer.tokens_size())) {
      return absl::InvalidArgumentError(
          absl::StrCat("token ", i, " is ", ids[i], ": must be less than ",
                       tokenizer.tokens_size()));
    }
    if (i > 0 && JoinsPrevious(tokenizer, ids[i - 1], ids[i])) {
      absl::StrAppend(&text, Spelling(tokenizer, ids[i]));
    } else {
      // A suffix that follows no word keeps its plus.
      absl::StrAppend(&text, i > 0 ? " " : "",
                      tokenizer.tokens(static_cast<int>(ids[i])));
    }
  }
  return text;
}

std::string TokenizerSha256(const Tokenizer& tokenizer) {
  std::string bytes;
  for (const std::string& token : tokenizer.tokens()) {
    AppendUint32(static_cast<uint32_t>(token.size()), bytes);
    bytes.append(token);
  }
  AppendUint32(tokenizer.num_function_tokens(), bytes);
  AppendUint32(tokenizer.num_onsets(), bytes);
  AppendUint32(tokenizer.num_rimes(), bytes);
  AppendUint32(tokenizer.num_suffixes(), bytes);
  AppendUint32(tokenizer.separator_id(), bytes);
  return Sha256(bytes);
}

}  // namespace quant_curve
