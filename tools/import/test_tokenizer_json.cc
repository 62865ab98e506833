#include "tools/import/test_tokenizer_json.h"

#include "absl/strings/str_format.h"
#include "lib/text/byte_level.h"

namespace quant_curve {

Json AddedToken(int id, const std::string& content, bool special) {
  return {{"id", id},          {"content", content}, {"single_word", false},
          {"lstrip", false},   {"rstrip", false},    {"normalized", false},
          {"special", special}};
}

Json ByteLevelJson() {
  Json vocab;
  for (int byte = 0; byte < 256; ++byte) {
    vocab[ByteLevelSpelling(std::string(1, static_cast<char>(byte)))] = byte;
  }
  vocab["he"] = 256;
  vocab["ll"] = 257;
  vocab["hell"] = 258;
  vocab["Ġhell"] = 259;
  vocab["<|endoftext|>"] = 260;
  Json json = *ParseJson(R"({
    "version": "1.0", "truncation": null, "padding": null, "normalizer": null,
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false,
                      "trim_offsets": true},
    "post_processor": {"type": "ByteLevel", "add_prefix_space": true,
                       "trim_offsets": false},
    "decoder": {"type": "ByteLevel", "add_prefix_space": true},
    "model": {"dropout": null, "unk_token": null,
              "continuing_subword_prefix": "", "end_of_word_suffix": "",
              "fuse_unk": false,
              "merges": ["h e", "l l", "he ll", "Ġ hell"]}})",
                         "base");
  json["model"]["vocab"] = vocab;
  json["added_tokens"].push_back(AddedToken(260, "<|endoftext|>", true));
  return json;
}

Json Llama3Json() {
  Json json = ByteLevelJson();
  json["pre_tokenizer"] = *ParseJson(
      R"json({"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": {"Regex":
          "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},
         "behavior": "Isolated", "invert": false},
        {"type": "ByteLevel", "add_prefix_space": false,
         "trim_offsets": true, "use_regex": false}]})json",
      "words");
  json["model"]["ignore_merges"] = true;
  return json;
}

Json SentencePieceJson() {
  Json vocab = {{"<unk>", 0}, {"<s>", 1},  {"</s>", 2},  {"▁", 259}, {"h", 260},
                {"i", 261},   {"hi", 262}, {"▁hi", 263}, {"i▁", 264}};
  for (int byte = 0; byte < 256; ++byte) {
    vocab[absl::StrFormat("<0x%02X>", byte)] = 3 + byte;
  }
  Json json = *ParseJson(R"({
    "normalizer": {"type": "Sequence", "normalizers": [
      {"type": "Prepend", "prepend": "▁"},
      {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
    "pre_tokenizer": null,
    "post_processor": {"type": "TemplateProcessing",
      "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
                 {"Sequence": {"id": "A", "type_id": 0}}],
      "pair": [], "special_tokens":
        {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
    "decoder": {"type": "Sequence", "decoders": [
      {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
      {"type": "ByteFallback"}, {"type": "Fuse"},
      {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
    "model": {"type": "BPE", "dropout": null, "unk_token": "<unk>",
              "continuing_subword_prefix": null, "end_of_word_suffix": null,
              "fuse_unk": true, "byte_fallback": true, "ignore_merges": false,
              "merges": ["i ▁", "h i", "▁ hi"]}})",
                         "base");
  json["model"]["vocab"] = vocab;
  json["added_tokens"] = {
      AddedToken(0, "<unk>", true), AddedToken(1, "<s>", true),
      AddedToken(2, "</s>", true), AddedToken(265, "<user>", false)};
  return json;
}

}  // namespace quant_curve
