#include "tools/import/special_tokens.h"

#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "lib/families/config_fields.h"
#include "lib/json/json.h"

namespace quant_curve {
namespace {

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// A text, or the object that describes an added token.
absl::StatusOr<std::string> ReadTokenText(const JsonView& field) {
  if (!field.value().is_object()) return field.StringOr("");
  ASSIGN_OR_RETURN(const JsonView content, field.Member("content"));
  return content.String();
}

absl::Status AddTextClaim(const JsonView& document, absl::string_view key,
                          std::vector<TokenClaim>& claims) {
  ASSIGN_OR_RETURN(const JsonView field, document.MemberOrNull(key));
  ASSIGN_OR_RETURN(std::string text, ReadTokenText(field));
  if (!text.empty()) claims.push_back({field.where(), {}, std::move(text)});
  return absl::OkStatus();
}

std::string ClaimText(const TokenClaim& claim) {
  if (!claim.text.empty()) {
    return absl::StrCat(claim.where, " is ", Excerpt(claim.text));
  }
  return absl::StrCat(claim.where, " is ", absl::StrJoin(claim.ids, " or "));
}

// The ids that a claim means.
absl::StatusOr<std::vector<uint32_t>> IdsOf(
    const TokenClaim& claim, const TokenizerVocabulary& vocabulary) {
  if (claim.text.empty()) return claim.ids;
  const auto found = vocabulary.ids.find(claim.text);
  if (found != vocabulary.ids.end()) {
    return std::vector<uint32_t>{found->second};
  }
  return absl::InvalidArgumentError(
      absl::StrCat(ClaimText(claim), ", which tokenizer.json does not hold"));
}

// The added tokens, for messages: "'<s>' (1), '</s>' (2)".
std::string AddedTokens(const TokenizerVocabulary& vocabulary) {
  constexpr size_t kMaxListed = 8;
  std::vector<std::string> listed;
  for (size_t id = 0; id < vocabulary.entries.size(); ++id) {
    const VocabularyEntry& entry = vocabulary.entries[id];
    if (entry.type == TOKEN_NORMAL) continue;
    if (listed.size() == kMaxListed) {
      listed.push_back("…");
      break;
    }
    listed.push_back(absl::StrCat(Excerpt(entry.spelling), " (", id, ")"));
  }
  return listed.empty() ? "none" : absl::StrJoin(listed, ", ");
}

absl::Status CheckAdded(const TokenClaim& claim, uint32_t id,
                        const TokenizerVocabulary& vocabulary) {
  if (id >= vocabulary.entries.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(ClaimText(claim), ": the ids of tokenizer.json end at ",
                     vocabulary.entries.size() - 1, "; its added tokens are ",
                     AddedTokens(vocabulary)));
  }
  const VocabularyEntry& entry = vocabulary.entries[id];
  if (entry.type != TOKEN_NORMAL || claim.may_be_ordinary)
    return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      ClaimText(claim), ": token ", id, ", ", Excerpt(entry.spelling),
      ", is an ordinary one, not an added token of tokenizer.json: correct the "
      "id; the added tokens are ",
      AddedTokens(vocabulary)));
}

// Of `ids`, those that are also in `other`.
std::vector<uint32_t> Common(const std::vector<uint32_t>& ids,
                             const std::vector<uint32_t>& other) {
  std::vector<uint32_t> common;
  for (const uint32_t id : ids) {
    if (std::find(other.begin(), other.end(), id) != other.end()) {
      common.push_back(id);
    }
  }
  return common;
}

}  // namespace

absl::StatusOr<bool> ReadGenerationConfig(const std::string& path,
                                          SpecialTokens& tokens) {
  if (!Exists(path)) return false;
  ASSIGN_OR_RETURN(const Json json, ReadJsonFile(path));
  ConfigFields fields(JsonView(json, path));
  const auto add = [&](const char* key, std::vector<TokenClaim>& claims) {
    std::vector<uint32_t> ids = fields.TokenIds(key);
    if (ids.empty()) return;
    claims.push_back({absl::StrCat(path, ": ", key), std::move(ids), ""});
  };
  add("bos_token_id", tokens.begin);
  add("eos_token_id", tokens.end);
  RETURN_IF_ERROR(fields.Refusals());
  return true;
}

absl::StatusOr<bool> ReadTokenizerConfig(const std::string& path,
                                         SpecialTokens& tokens) {
  if (!Exists(path)) return false;
  ASSIGN_OR_RETURN(const Json json, ReadJsonFile(path));
  const JsonView document(json, path);
  RETURN_IF_ERROR(AddTextClaim(document, "bos_token", tokens.begin));
  RETURN_IF_ERROR(AddTextClaim(document, "eos_token", tokens.end));
  if (json.is_object() && json.contains("bos_token")) {
    tokens.has_null_begin |= json["bos_token"].is_null();
  }
  ASSIGN_OR_RETURN(const JsonView prefix,
                   document.MemberOrNull("add_prefix_space"));
  if (!prefix.IsNull()) {
    ASSIGN_OR_RETURN(tokens.add_prefix_space, prefix.Bool());
    tokens.add_prefix_space_where = prefix.where();
  }
  return true;
}

absl::StatusOr<absl::optional<uint32_t>> AgreedToken(
    absl::Span<const TokenClaim> claims,
    const TokenizerVocabulary* vocabulary) {
  std::vector<uint32_t> agreed;
  std::vector<std::string> said;
  const TokenClaim* first = nullptr;
  for (const TokenClaim& claim : claims) {
    if (vocabulary == nullptr && !claim.text.empty()) continue;
    std::vector<uint32_t> ids = claim.ids;
    if (vocabulary != nullptr) {
      ASSIGN_OR_RETURN(ids, IdsOf(claim, *vocabulary));
    }
    said.push_back(ClaimText(claim));
    agreed = first == nullptr ? ids : Common(agreed, ids);
    if (first == nullptr) first = &claim;
    if (agreed.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          absl::StrJoin(said, ", but "),
          claim.text.empty() ? "" : absl::StrCat(" (", ids[0], ")"),
          ": they must agree"));
    }
  }
  if (first == nullptr) return absl::optional<uint32_t>();
  if (vocabulary != nullptr) {
    RETURN_IF_ERROR(CheckAdded(*first, agreed[0], *vocabulary));
  }
  return absl::optional<uint32_t>(agreed[0]);
}

}  // namespace quant_curve
