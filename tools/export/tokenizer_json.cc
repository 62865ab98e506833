#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/json/json.h"
#include "lib/text/bpe_tokenizer.h"
#include "lib/text/sentencepiece.h"
#include "lib/text/text_splitter.h"
#include "tools/export/hugging_face_json.h"
#include "tools/export/token_spelling.h"

namespace quant_curve {
namespace {

Json AddedTokens(const BpeTokenizer& tokenizer,
                 const std::vector<std::string>& spellings) {
  const std::vector<bool> normalized = AreNormalized(tokenizer);
  const std::vector<bool> lstrip = AreListed(tokenizer, tokenizer.lstrip_ids());
  const std::vector<bool> rstrip = AreListed(tokenizer, tokenizer.rstrip_ids());
  const std::vector<bool> single =
      AreListed(tokenizer, tokenizer.single_word_ids());
  Json added = Json::array();
  for (int id = 0; id < tokenizer.tokens_size(); ++id) {
    const bool unknown = IsUnknownToken(tokenizer, id);
    const bool special = unknown || tokenizer.types(id) == TOKEN_CONTROL;
    if (!special && tokenizer.types(id) != TOKEN_ADDED) continue;
    added.push_back({{"id", id},
                     {"content", spellings[id]},
                     {"single_word", bool{single[id]}},
                     {"lstrip", bool{lstrip[id]}},
                     {"rstrip", bool{rstrip[id]}},
                     {"normalized", bool{normalized[id]}},
                     {"special", special}});
  }
  return added;
}

std::vector<std::string> ScoreMerges(
    const BpeTokenizer& tokenizer, const std::vector<std::string>& spellings) {
  const auto ids = NormalTokens(tokenizer);
  struct Merge {
    float score;
    uint32_t left, right;
  };
  std::vector<Merge> merges;
  for (int id = 0; id < tokenizer.tokens_size(); ++id) {
    if (tokenizer.types(id) != TOKEN_NORMAL) continue;
    const absl::string_view bytes = tokenizer.tokens(id);
    for (size_t cut = 1; cut < bytes.size(); ++cut) {
      const auto left = ids.find(bytes.substr(0, cut));
      const auto right = ids.find(bytes.substr(cut));
      if (left == ids.end() || right == ids.end()) continue;
      merges.push_back({tokenizer.scores(id), left->second, right->second});
    }
  }
  std::stable_sort(
      merges.begin(), merges.end(),
      [](const Merge& a, const Merge& b) { return a.score > b.score; });
  std::vector<std::string> texts;
  for (const Merge& merge : merges) {
    texts.push_back(
        absl::StrCat(spellings[merge.left], " ", spellings[merge.right]));
  }
  return texts;
}

Json Model(const BpeTokenizer& tokenizer,
           const std::vector<std::string>& spellings) {
  Json vocab = Json::object();
  bool byte_fallback = false;
  for (int id = 0; id < tokenizer.tokens_size(); ++id) {
    // An id without a token.
    if (tokenizer.types(id) == TOKEN_UNUSED && tokenizer.tokens(id).empty()) {
      continue;
    }
    vocab[spellings[id]] = id;
    byte_fallback |= tokenizer.types(id) == TOKEN_BYTE;
  }
  Json unknown = nullptr;
  if (tokenizer.has_unknown_id()) unknown = spellings[tokenizer.unknown_id()];
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", unknown},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", tokenizer.fuse_unknown()},
          {"byte_fallback", byte_fallback},
          {"ignore_merges", tokenizer.ignore_merges()},
          {"vocab", vocab},
          {"merges", tokenizer.kind() == SENTENCEPIECE_SCORES
                         ? ScoreMerges(tokenizer, spellings)
                         : MergeSpellings(tokenizer)}};
}

Json NormalizationStage(const BpeTokenizer& tokenizer) {
  return {{"type", TextNormalization_Name(tokenizer.normalization())}};
}

Json ByteLevelStage(bool uses_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", true},
          {"use_regex", uses_regex}};
}

Json SplitStage(const std::string& pattern) {
  if (pattern == "\\p{N}" || pattern == "\\p{N}+") {
    return {{"type", "Digits"}, {"individual_digits", pattern == "\\p{N}"}};
  }
  return {{"type", "Split"},
          {"pattern", {{"Regex", pattern}}},
          {"behavior", "Isolated"},
          {"invert", false}};
}

// One of several stages, or the only one.
Json Sequence(absl::string_view parts_key, const Json& stages) {
  if (stages.size() == 1) return stages[0];
  return {{"type", "Sequence"}, {std::string(parts_key), stages}};
}

void SetByteLevelStages(const BpeTokenizer& tokenizer, Json& json) {
  if (tokenizer.normalization() != TEXT_NORMALIZATION_UNSPECIFIED) {
    json["normalizer"] = NormalizationStage(tokenizer);
  }
  std::vector<std::string> patterns = {tokenizer.split_patterns().begin(),
                                       tokenizer.split_patterns().end()};
  const bool uses_regex = !patterns.empty() && patterns.back() == kGpt2Pattern;
  if (uses_regex) patterns.pop_back();
  Json stages = Json::array();
  for (const std::string& pattern : patterns) {
    stages.push_back(SplitStage(pattern));
  }
  stages.push_back(ByteLevelStage(uses_regex));
  json["pre_tokenizer"] = Sequence("pretokenizers", stages);
  json["decoder"] = ByteLevelStage(true);
}

Json SpacesToSigns() {
  return {{"type", "Replace"},
          {"pattern", {{"String", " "}}},
          {"content", kSpaceSign}};
}

// Spaces become signs, and the prefix is put, in the normalizer where tokens of
// the second round are found behind it or there are none; in Metaspace, after
// that round, otherwise. Metaspace also tells words apart; it would leave the
// prefix out before a space, which we don't (lib/text/bpe_codec.h).
void SetSentencePieceStages(const BpeTokenizer& tokenizer, Json& json) {
  const PrefixSpace prefix = tokenizer.prefix_space();
  const bool normalizer_prepends =
      prefix == PREFIX_NORMALIZED ||
      (prefix == PREFIX_EACH && tokenizer.normalized_ids().empty());
  const bool metaspace_prepends = !normalizer_prepends && prefix != PREFIX_NONE;
  const bool has_metaspace = metaspace_prepends || tokenizer.split_at_spaces();
  if (has_metaspace) {
    json["pre_tokenizer"] = {
        {"type", "Metaspace"},
        {"replacement", kSpaceSign},
        {"prepend_scheme", !metaspace_prepends      ? "never"
                           : prefix == PREFIX_FIRST ? "first"
                                                    : "always"},
        {"split", tokenizer.split_at_spaces()}};
  }
  const bool normalizes =
      tokenizer.normalization() != TEXT_NORMALIZATION_UNSPECIFIED;
  if (normalizer_prepends || !has_metaspace || normalizes) {
    Json stages = Json::array();
    if (normalizes) stages.push_back(NormalizationStage(tokenizer));
    if (normalizer_prepends) {
      stages.push_back({{"type", "Prepend"}, {"prepend", kSpaceSign}});
    }
    if (normalizer_prepends || !has_metaspace) {
      stages.push_back(SpacesToSigns());
    }
    json["normalizer"] = {{"type", "Sequence"}, {"normalizers", stages}};
  }
  Json decoders = {{{"type", "Replace"},
                    {"pattern", {{"String", kSpaceSign}}},
                    {"content", " "}},
                   {{"type", "ByteFallback"}},
                   {{"type", "Fuse"}}};
  if (prefix != PREFIX_NONE) {
    decoders.push_back(
        {{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  }
  json["decoder"] = {{"type", "Sequence"}, {"decoders", decoders}};
}

// The begin token comes before every text.
Json BeginTemplate(uint32_t bos_id, const std::string& spelling) {
  const Json token = {{"SpecialToken", {{"id", spelling}, {"type_id", 0}}}};
  const Json text = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  const Json second = {{"Sequence", {{"id", "B"}, {"type_id", 1}}}};
  return {{"type", "TemplateProcessing"},
          {"single", Json::array({token, text})},
          {"pair", Json::array({token, text, second})},
          {"special_tokens",
           {{spelling,
             {{"id", spelling},
              {"ids", Json::array({bos_id})},
              {"tokens", Json::array({spelling})}}}}}};
}

}  // namespace

std::string TokenizerJson(const BpeTokenizer& tokenizer) {
  const std::vector<std::string> spellings = TokenSpellings(tokenizer);
  Json json = {{"version", "1.0"},         {"truncation", nullptr},
               {"padding", nullptr},       {"normalizer", nullptr},
               {"pre_tokenizer", nullptr}, {"post_processor", nullptr}};
  json["added_tokens"] = AddedTokens(tokenizer, spellings);
  json["model"] = Model(tokenizer, spellings);
  const bool byte_level = tokenizer.kind() == BYTE_LEVEL;
  if (byte_level) {
    SetByteLevelStages(tokenizer, json);
  } else {
    SetSentencePieceStages(tokenizer, json);
  }
  // One that ends texts as well, as GPT-2's, is not put before each.
  const bool only_begins =
      tokenizer.has_bos_id() &&
      !(tokenizer.has_eos_id() && tokenizer.eos_id() == tokenizer.bos_id());
  if (only_begins || (!byte_level && tokenizer.has_bos_id())) {
    json["post_processor"] =
        BeginTemplate(tokenizer.bos_id(), spellings[tokenizer.bos_id()]);
  }
  // JSON cannot hold bytes that are not UTF-8.
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace quant_curve
