#include "tools/import/tokenizer_vocabulary.h"

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/text/bpe_tokenizer.h"

namespace quant_curve {
namespace {

constexpr uint64_t kMaxId = kMaxTokens - 1;

// Grows the list as far as `id`.
VocabularyEntry& EntryAt(uint64_t id, TokenizerVocabulary& vocabulary) {
  if (id >= vocabulary.entries.size()) vocabulary.entries.resize(id + 1);
  return vocabulary.entries[id];
}

absl::Status ReadVocab(const JsonView& vocab, TokenizerVocabulary& vocabulary) {
  RETURN_IF_ERROR(vocab.CheckObject());
  for (const auto& item : vocab.value().items()) {
    // Not a view of each: there may be 200,000.
    if (!item.value().is_number_unsigned() ||
        item.value().get<uint64_t>() > kMaxId) {
      return vocab.Refuse(absl::StrCat("id of ", Excerpt(item.key()),
                                       " is not an integer in [0, ", kMaxId,
                                       "]"));
    }
    const uint64_t id = item.value().get<uint64_t>();
    VocabularyEntry& entry = EntryAt(id, vocabulary);
    if (entry.defined) {
      return vocab.Refuse(absl::StrCat("tokens ", Excerpt(entry.spelling),
                                       " and ", Excerpt(item.key()),
                                       " have the same id ", id));
    }
    entry = {item.key(), TOKEN_NORMAL, true};
    entry.in_model = true;
    vocabulary.ids[item.key()] = static_cast<uint32_t>(id);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> ReadFlag(const JsonView& token, absl::string_view key) {
  ASSIGN_OR_RETURN(const JsonView field, token.MemberOrNull(key));
  return field.BoolOr(false);
}

absl::StatusOr<bool> ReadNormalized(const JsonView& token,
                                    bool takes_normalized) {
  ASSIGN_OR_RETURN(const JsonView field, token.MemberOrNull("normalized"));
  ASSIGN_OR_RETURN(const bool normalized, field.BoolOr(false));
  if (normalized && !takes_normalized) {
    return field.Refuse(
        "is true, which is not supported with a Prepend normalizer that has no "
        "Replace with it, or a Metaspace that prepends as well");
  }
  return normalized;
}

absl::Status ReadAddedToken(const JsonView& token, bool takes_normalized,
                            TokenizerVocabulary& vocabulary) {
  ASSIGN_OR_RETURN(const bool normalized,
                   ReadNormalized(token, takes_normalized));
  ASSIGN_OR_RETURN(const JsonView id_field, token.Member("id"));
  ASSIGN_OR_RETURN(const uint64_t id, id_field.Uint(kMaxId));
  ASSIGN_OR_RETURN(const JsonView content_field, token.Member("content"));
  ASSIGN_OR_RETURN(const std::string content, content_field.String());
  if (content.empty()) return content_field.Refuse("is empty");
  ASSIGN_OR_RETURN(const bool special, ReadFlag(token, "special"));
  VocabularyEntry& entry = EntryAt(id, vocabulary);
  const auto known = vocabulary.ids.emplace(content, id);
  if ((entry.defined && entry.spelling != content) ||
      known.first->second != id) {
    return content_field.Refuse(absl::StrCat("is ", Excerpt(content),
                                             ", but model.vocab or another "
                                             "added token has it, or the id ",
                                             id, ", otherwise"));
  }
  const bool in_model = entry.in_model;
  entry = {content, special ? TOKEN_CONTROL : TOKEN_ADDED, true, normalized,
           in_model};
  ASSIGN_OR_RETURN(entry.lstrip, ReadFlag(token, "lstrip"));
  ASSIGN_OR_RETURN(entry.rstrip, ReadFlag(token, "rstrip"));
  ASSIGN_OR_RETURN(entry.single_word, ReadFlag(token, "single_word"));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TokenizerVocabulary> ReadTokenizerVocabulary(
    const JsonView& document, const JsonView& model, bool takes_normalized) {
  TokenizerVocabulary vocabulary;
  ASSIGN_OR_RETURN(const JsonView vocab, model.Member("vocab"));
  RETURN_IF_ERROR(ReadVocab(vocab, vocabulary));
  ASSIGN_OR_RETURN(const JsonView added, document.MemberOrNull("added_tokens"));
  if (!added.IsNull()) RETURN_IF_ERROR(added.CheckArray());
  for (size_t i = 0; i < added.size(); ++i) {
    RETURN_IF_ERROR(
        ReadAddedToken(added.Element(i), takes_normalized, vocabulary));
  }
  size_t holes = 0;
  for (size_t id = 0; id < vocabulary.entries.size(); ++id) {
    if (vocabulary.entries[id].defined || ++holes <= kMaxHoles) continue;
    return vocab.Refuse(
        absl::StrCat("no token has the id ", id, " of ",
                     vocabulary.entries.size(), ", nor have ", kMaxHoles,
                     " before it: so many holes are not supported"));
  }
  return vocabulary;
}

}  // namespace quant_curve
