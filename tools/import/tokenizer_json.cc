#include "tools/import/tokenizer_json.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "lib/artifact/status_macros.h"
#include "lib/json/json.h"
#include "lib/text/bpe_tokenizer.h"
#include "lib/text/byte_level.h"
#include "lib/text/sentencepiece.h"
#include "lib/text/unicode.h"
#include "lib/text/utf8.h"
#include "tools/import/tokenizer_pipeline.h"
#include "tools/import/tokenizer_vocabulary.h"

namespace quant_curve {
namespace {

absl::Status RequireEmpty(const JsonView& model, absl::string_view key) {
  ASSIGN_OR_RETURN(const JsonView field, model.MemberOrNull(key));
  ASSIGN_OR_RETURN(const std::string text, field.StringOr(""));
  if (text.empty()) return absl::OkStatus();
  return field.Refuse(
      absl::StrCat("is ", Excerpt(text), ", only none is supported"));
}

absl::Status CheckModel(const JsonView& model) {
  ASSIGN_OR_RETURN(const JsonView type, model.MemberOrNull("type"));
  ASSIGN_OR_RETURN(const std::string name, type.StringOr("BPE"));
  if (name != "BPE") {
    return type.Refuse(
        absl::StrCat("is ", Excerpt(name), ", only BPE is supported"));
  }
  ASSIGN_OR_RETURN(const JsonView dropout, model.MemberOrNull("dropout"));
  ASSIGN_OR_RETURN(const double probability, dropout.NumberOr(0));
  if (probability != 0) {
    return dropout.Refuse("is not 0: encoding must not be random");
  }
  RETURN_IF_ERROR(RequireEmpty(model, "continuing_subword_prefix"));
  return RequireEmpty(model, "end_of_word_suffix");
}

absl::StatusOr<bool> ReadIgnoreMerges(const JsonView& model, BpeKind kind) {
  ASSIGN_OR_RETURN(const JsonView field, model.MemberOrNull("ignore_merges"));
  ASSIGN_OR_RETURN(const bool ignored, field.BoolOr(false));
  if (!ignored || kind == BYTE_LEVEL) return ignored;
  return field.Refuse("is true, which is supported with ByteLevel");
}

bool IsWrittenByNormalizer(const VocabularyEntry& entry,
                           const TokenizerPipeline& pipeline) {
  return entry.normalized && pipeline.replaces_spaces;
}

// Whether a byte-level vocabulary spells other bytes as the text of the token:
// its "é" is the byte 0xe9, its "Ġ" a space.
bool SpellsOtherBytes(absl::string_view spelling) {
  const absl::optional<std::string> bytes = BytesOfSpelling(spelling);
  return bytes.has_value() && *bytes != spelling;
}

// Whether the model may still meet an added token's spelling in what the rounds
// of matching leave: without the space that it is matched with, or where it is
// matched with a "▁" of the text and the normalizer makes another of a space,
// where bytes are spelled as it is, or where it is part of a longer word.
bool MayReachModel(const VocabularyEntry& entry,
                   const TokenizerPipeline& pipeline) {
  if (!IsMatchedInText(entry.type)) return false;
  if (entry.single_word) return true;
  if (pipeline.kind == BYTE_LEVEL) return SpellsOtherBytes(entry.spelling);
  return IsWrittenByNormalizer(entry, pipeline)
             ? pipeline.prefix_space == PREFIX_NORMALIZED
             : absl::StrContains(entry.spelling, kSpaceSign);
}

// `why` follows "token 'hi' (id 7) is ".
absl::Status RefuseToken(const JsonView& field, absl::string_view spelling,
                         uint32_t id, absl::string_view why) {
  return field.Refuse(
      absl::StrCat("token ", Excerpt(spelling), " (id ", id, ") is ", why));
}

// `which` is "" or narrows down what MayReachModel.
absl::Status RefuseReachingModel(const JsonView& field,
                                 absl::string_view spelling, uint32_t id,
                                 absl::string_view which,
                                 const TokenizerPipeline& pipeline) {
  const absl::string_view text =
      pipeline.kind == BYTE_LEVEL
          ? "other text, whose bytes a byte-level vocabulary spells so"
          : "text that does not match it";
  return RefuseToken(
      field, spelling, id,
      absl::StrCat("an added one ", which, "that the model may make of ", text,
                   ": not supported; take it out of added_tokens to leave it "
                   "to the model"));
}

// Refuses a token that two texts share without any merge: an added one, or the
// unknown one.
absl::Status CheckAddedToken(const JsonView& vocab,
                             const VocabularyEntry& entry, uint32_t id,
                             const TokenizerPipeline& pipeline,
                             bool byte_fallback, bool ignore_merges) {
  if (MayReachModel(entry, pipeline) &&
      CodePointBytes(entry.spelling[0]) == entry.spelling.size()) {
    return RefuseReachingModel(vocab, entry.spelling, id, "of one character ",
                               pipeline);
  }
  if (IsWrittenByNormalizer(entry, pipeline) &&
      (entry.lstrip || entry.rstrip)) {
    return RefuseToken(vocab, entry.spelling, id,
                       "normalized and strips white space, of which the "
                       "normalizer leaves no ' ': not supported; set "
                       "normalized, lstrip and rstrip to false");
  }
  if (MayReachModel(entry, pipeline) && entry.in_model && ignore_merges) {
    return RefuseReachingModel(vocab, entry.spelling, id, "of model.vocab ",
                               pipeline);
  }
  if (!byte_fallback || pipeline.kind == BYTE_LEVEL ||
      !ByteOfSpelling(entry.spelling).has_value()) {
    return absl::OkStatus();
  }
  // Hugging Face looks the text, or the unknown, and the byte up as this.
  return RefuseToken(vocab, entry.spelling, id,
                     entry.type == TOKEN_UNUSED
                         ? "the unknown one, but spelled as byte_fallback "
                           "spells a byte: not supported; name another as "
                           "unk_token"
                         : "an added one, but spelled as byte_fallback spells "
                           "a byte, which it would also mean: not "
                           "supported; take it out of added_tokens so that it "
                           "only means the byte");
}

// The bytes of text that an added token means.
absl::StatusOr<std::string> AddedTokenBytes(const VocabularyEntry& entry,
                                            const TokenizerPipeline& pipeline) {
  if (!entry.normalized) return entry.spelling;
  ASSIGN_OR_RETURN(const std::string normal,
                   Normalize(pipeline.normalization, entry.spelling));
  if (!IsWrittenByNormalizer(entry, pipeline)) return normal;
  return absl::StrCat(pipeline.prefix_space == PREFIX_NORMALIZED ? " " : "",
                      absl::StrReplaceAll(normal, {{kSpaceSign, " "}}));
}

// How the next token is found in the text.
void AddMatching(const VocabularyEntry& entry, BpeTokenizer& tokenizer) {
  const uint32_t id = tokenizer.tokens_size();
  if (entry.normalized) tokenizer.add_normalized_ids(id);
  if (entry.lstrip) tokenizer.add_lstrip_ids(id);
  if (entry.rstrip) tokenizer.add_rstrip_ids(id);
  if (entry.single_word) tokenizer.add_single_word_ids(id);
}

// Appends the token of a vocabulary entry: its bytes and its type.
absl::Status AddToken(const JsonView& vocab, const VocabularyEntry& entry,
                      const TokenizerPipeline& pipeline, bool byte_fallback,
                      BpeTokenizer& tokenizer) {
  std::string bytes = entry.spelling;
  TokenType type = entry.type;
  if (type == TOKEN_NORMAL && tokenizer.kind() == BYTE_LEVEL) {
    const absl::optional<std::string> spelled = BytesOfSpelling(bytes);
    if (!spelled.has_value()) {
      return vocab.Refuse(
          absl::StrCat("token ", Excerpt(bytes),
                       " holds a character that is not a byte of "
                       "a byte-level vocabulary"));
    }
    bytes = *spelled;
  } else if (type == TOKEN_NORMAL) {
    const absl::optional<std::string> byte =
        byte_fallback ? ByteOfSpelling(bytes) : absl::nullopt;
    // Spaces of the text arrive as "▁", so that a token with a space in it is
    // never met.
    if (absl::StrContains(bytes, ' ')) type = TOKEN_UNUSED;
    if (byte.has_value()) type = TOKEN_BYTE;
    bytes = byte.value_or(absl::StrReplaceAll(bytes, {{kSpaceSign, " "}}));
  } else {
    RETURN_IF_ERROR(CheckAddedToken(vocab, entry, tokenizer.tokens_size(),
                                    pipeline, byte_fallback,
                                    tokenizer.ignore_merges()));
    ASSIGN_OR_RETURN(bytes, AddedTokenBytes(entry, pipeline));
    AddMatching(entry, tokenizer);
  }
  if (bytes.empty()) type = TOKEN_UNUSED;
  tokenizer.add_tokens(bytes);
  tokenizer.add_types(type);
  return absl::OkStatus();
}

absl::Status ReadUnknownToken(const JsonView& model,
                              TokenizerVocabulary& vocabulary,
                              BpeTokenizer& tokenizer) {
  ASSIGN_OR_RETURN(const JsonView unknown, model.MemberOrNull("unk_token"));
  if (unknown.IsNull()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string spelling, unknown.String());
  const auto id = vocabulary.ids.find(spelling);
  if (id == vocabulary.ids.end()) {
    return unknown.Refuse(
        absl::StrCat("is ", Excerpt(spelling), ", which is not a token"));
  }
  tokenizer.set_unknown_id(id->second);
  // Its spelling in a text is text. (Bytes are never unknown.)
  if (tokenizer.kind() != BYTE_LEVEL) {
    vocabulary.entries[id->second] = {spelling, TOKEN_UNUSED, true, false};
  }
  return absl::OkStatus();
}

absl::Status AddTokens(const JsonView& model, const TokenizerPipeline& pipeline,
                       const TokenizerVocabulary& vocabulary,
                       BpeTokenizer& tokenizer) {
  ASSIGN_OR_RETURN(const JsonView vocab, model.Member("vocab"));
  ASSIGN_OR_RETURN(const JsonView fallback,
                   model.MemberOrNull("byte_fallback"));
  ASSIGN_OR_RETURN(const bool byte_fallback, fallback.BoolOr(false));
  for (const VocabularyEntry& entry : vocabulary.entries) {
    RETURN_IF_ERROR(AddToken(vocab, entry, pipeline, byte_fallback, tokenizer));
  }
  ASSIGN_OR_RETURN(const JsonView fuse, model.MemberOrNull("fuse_unk"));
  ASSIGN_OR_RETURN(const bool fused, fuse.BoolOr(false));
  tokenizer.set_fuse_unknown(fused);
  return absl::OkStatus();
}

// The two sides of "a b", or since tokenizers 0.20 of ["a", "b"].
absl::StatusOr<std::pair<std::string, std::string>> ReadMerge(
    const JsonView& merge) {
  if (merge.value().is_string()) {
    const auto& text = *merge.value().get_ptr<const std::string*>();
    std::pair<std::string, std::string> sides =
        absl::StrSplit(text, absl::MaxSplits(' ', 1));
    if (!sides.first.empty() && !sides.second.empty() &&
        !absl::StrContains(sides.second, ' ')) {
      return sides;
    }
    return merge.Refuse(absl::StrCat("is ", Excerpt(text),
                                     ", expected two tokens and a space"));
  }
  RETURN_IF_ERROR(merge.CheckArray());
  if (merge.size() != 2) return merge.Refuse("is not a pair of tokens");
  ASSIGN_OR_RETURN(std::string left, merge.Element(0).String());
  ASSIGN_OR_RETURN(std::string right, merge.Element(1).String());
  return std::make_pair(std::move(left), std::move(right));
}

// An added "▁▁" that merges make of two spaces, as Gemma has it, is one of the
// model's tokens: only a text with a literal "▁▁" would find it as an added
// one.
absl::Status LeaveSpacesToModel(const JsonView& model,
                                const TokenizerPipeline& pipeline,
                                TokenizerVocabulary& vocabulary) {
  if (pipeline.kind == BYTE_LEVEL) return absl::OkStatus();
  ASSIGN_OR_RETURN(const JsonView merges, model.Member("merges"));
  RETURN_IF_ERROR(merges.CheckArray());
  for (size_t i = 0; i < merges.size(); ++i) {
    ASSIGN_OR_RETURN(const auto sides, ReadMerge(merges.Element(i)));
    const auto id = vocabulary.ids.find(sides.first + sides.second);
    if (id == vocabulary.ids.end()) continue;
    VocabularyEntry& entry = vocabulary.entries[id->second];
    if (entry.in_model && !entry.normalized && !entry.single_word &&
        !entry.lstrip && !entry.rstrip && MayReachModel(entry, pipeline)) {
      entry.type = TOKEN_NORMAL;
    }
  }
  return absl::OkStatus();
}

absl::Status AddMerges(const JsonView& model, const TokenizerPipeline& pipeline,
                       const TokenizerVocabulary& vocabulary,
                       BpeTokenizer& tokenizer) {
  ASSIGN_OR_RETURN(const JsonView merges, model.Member("merges"));
  RETURN_IF_ERROR(merges.CheckArray());
  for (size_t i = 0; i < merges.size(); ++i) {
    const JsonView merge = merges.Element(i);
    ASSIGN_OR_RETURN(const auto sides, ReadMerge(merge));
    bool normal = true;
    std::vector<uint32_t> ids;
    for (const std::string& spelling :
         {sides.first, sides.second, sides.first + sides.second}) {
      const auto id = vocabulary.ids.find(spelling);
      if (id == vocabulary.ids.end()) {
        return merge.Refuse(absl::StrCat("token ", Excerpt(spelling),
                                         " is not in model.vocab"));
      }
      if (MayReachModel(vocabulary.entries[id->second], pipeline)) {
        return RefuseReachingModel(merge, spelling, id->second, "", pipeline);
      }
      ids.push_back(id->second);
      normal &= tokenizer.types(static_cast<int>(id->second)) == TOKEN_NORMAL;
    }
    if (!normal) continue;
    tokenizer.add_merge_left(ids[0]);
    tokenizer.add_merge_right(ids[1]);
  }
  return absl::OkStatus();
}

// Whether text is encoded to the token: it is one symbol, or a merge makes it.
bool IsMadeOfText(const BpeTokenizer& tokenizer, uint32_t id) {
  const std::string& token = tokenizer.tokens(static_cast<int>(id));
  if (tokenizer.types(static_cast<int>(id)) != TOKEN_NORMAL) return false;
  const size_t symbol =
      tokenizer.kind() == BYTE_LEVEL ? 1 : CodePointBytes(token[0]);
  bool made = token.size() == symbol;
  for (int i = 0; i < tokenizer.merge_left_size() && !made; ++i) {
    const int left = static_cast<int>(tokenizer.merge_left(i));
    const int right = static_cast<int>(tokenizer.merge_right(i));
    made = token == tokenizer.tokens(left) + tokenizer.tokens(right);
  }
  return made;
}

absl::Status CheckNotText(const BpeTokenizer& tokenizer,
                          absl::optional<uint32_t> id,
                          const std::vector<TokenClaim>& claims) {
  if (!id.has_value() || !IsMadeOfText(tokenizer, *id)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      claims[0].where, ": token ", *id, ", ",
      Excerpt(tokenizer.tokens(static_cast<int>(*id))),
      ", is an ordinary one, which text is encoded to: name an added token"));
}

// transformers changes tokenizer.json's setting to tokenizer_config.json's.
absl::Status CheckPrefixSpace(const JsonView& document,
                              const TokenizerPipeline& pipeline,
                              const SpecialTokens& special) {
  const bool prefixed = pipeline.prefix_space != PREFIX_NONE;
  if (special.add_prefix_space.value_or(prefixed) == prefixed) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      special.add_prefix_space_where, " is ", prefixed ? "false" : "true",
      ", but ", document.where(), " puts ", prefixed ? "a" : "no",
      " space before a text: they must agree"));
}

}  // namespace

absl::StatusOr<BpeTokenizer> ReadTokenizerJson(const std::string& path,
                                               SpecialTokens special) {
  ASSIGN_OR_RETURN(const Json json, ReadJsonFile(path));
  const JsonView document(json, path);
  ASSIGN_OR_RETURN(const JsonView model, document.Member("model"));
  RETURN_IF_ERROR(CheckModel(model));
  ASSIGN_OR_RETURN(const TokenizerPipeline pipeline,
                   ReadTokenizerPipeline(document));
  ASSIGN_OR_RETURN(
      TokenizerVocabulary vocabulary,
      ReadTokenizerVocabulary(document, model, pipeline.takes_normalized));
  RETURN_IF_ERROR(CheckPrefixSpace(document, pipeline, special));
  const auto is_text = [](const TokenClaim& claim) {
    return !claim.text.empty();
  };
  if (special.has_null_begin &&
      std::none_of(special.begin.begin(), special.begin.end(), is_text)) {
    special.begin.clear();
  }
  if (pipeline.bos_id.has_value()) {
    special.begin.insert(
        special.begin.begin(),
        {absl::StrCat(path, ": post_processor"), {*pipeline.bos_id}, "", true});
  }
  for (TokenClaim& claim : special.end) claim.may_be_ordinary = true;
  // Now, as the unknown token is about to lose its type.
  const auto begin = AgreedToken(special.begin, &vocabulary);
  const auto end = AgreedToken(special.end, &vocabulary);
  BpeTokenizer tokenizer;
  tokenizer.set_kind(pipeline.kind);
  tokenizer.set_split_at_spaces(pipeline.split_at_spaces);
  tokenizer.set_normalization(pipeline.normalization);
  *tokenizer.mutable_split_patterns() = {pipeline.split_patterns.begin(),
                                         pipeline.split_patterns.end()};
  ASSIGN_OR_RETURN(const bool ignores_merges,
                   ReadIgnoreMerges(model, pipeline.kind));
  tokenizer.set_ignore_merges(ignores_merges);
  RETURN_IF_ERROR(ReadUnknownToken(model, vocabulary, tokenizer));
  RETURN_IF_ERROR(LeaveSpacesToModel(model, pipeline, vocabulary));
  RETURN_IF_ERROR(AddTokens(model, pipeline, vocabulary, tokenizer));
  RETURN_IF_ERROR(AddMerges(model, pipeline, vocabulary, tokenizer));
  // Without a second round both mean the same, which is said in one way.
  tokenizer.set_prefix_space(pipeline.prefix_space == PREFIX_NORMALIZED &&
                                     tokenizer.normalized_ids().empty()
                                 ? PREFIX_EACH
                                 : pipeline.prefix_space);
  ASSIGN_OR_RETURN(const absl::optional<uint32_t> bos_id, begin);
  ASSIGN_OR_RETURN(const absl::optional<uint32_t> eos_id, end);
  RETURN_IF_ERROR(CheckNotText(tokenizer, bos_id, special.begin));
  RETURN_IF_ERROR(CheckNotText(tokenizer, eos_id, special.end));
  if (bos_id.has_value()) tokenizer.set_bos_id(*bos_id);
  if (eos_id.has_value()) tokenizer.set_eos_id(*eos_id);
  const absl::Status valid = ValidateBpeTokenizer(tokenizer);
  if (!valid.ok()) return document.Refuse(valid.message());
  return tokenizer;
}

}  // namespace quant_curve
