// Files that are refused, with the fault that the message must name.
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "lib/json/json.h"
#include "tools/import/test_inputs.h"
#include "tools/import/test_tokenizer_json.h"
#include "tools/import/tokenizer_json.h"

namespace quant_curve {
namespace {

std::string Path() { return MakeTestFolder() + "/tokenizer.json"; }

TEST(CutTokenizerTest, ReadFailsWhenTheFileIsCutAnywhere) {
  const std::string whole = SentencePieceJson().dump();
  const std::string path = Path();
  for (size_t size = 0; size < whole.size(); size += 7) {
    WriteTestFile(path, absl::string_view(whole).substr(0, size));
    ExpectRefused(path, "parse error",
                  [&] { return ReadTokenizerJson(path).status(); });
  }
}

// Changes to a good file by a merge patch (RFC 7396): null takes away.
MalformedInput SentencePiece(const std::string& name, const std::string& patch,
                             const std::string& error) {
  Json json = SentencePieceJson();
  json.merge_patch(*ParseJson(patch, "patch"));
  return {name, json.dump(), error};
}

MalformedInput ByteLevel(const std::string& name, const std::string& patch,
                         const std::string& error) {
  Json json = ByteLevelJson();
  json.merge_patch(*ParseJson(patch, "patch"));
  return {name, json.dump(), error};
}

// One more added token with one field changed.
MalformedInput Added(const std::string& name, const std::string& patch,
                     const std::string& error) {
  Json json = SentencePieceJson();
  Json token = AddedToken(266, "<more>", true);
  token.merge_patch(*ParseJson(patch, "patch"));
  json["added_tokens"].push_back(token);
  return {name, json.dump(), "added_tokens[4]" + error};
}

std::string Repeated(absl::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all.append(text.data(), text.size());
  return all;
}

std::vector<MalformedInput> MalformedTexts() {
  const std::string good = SentencePieceJson().dump();
  std::string not_utf8 = good;
  not_utf8.replace(not_utf8.find("<user>"), 2, "\xc3\x28");
  std::string twice = good;
  twice.insert(twice.find("\"h\":"), "\"h\":7,");
  return {
      {"Empty", "", "parse error"},
      {"NoJson", "#version: 0.2\nh e\n", "parse error"},
      {"Array", "[]", "is an array, expected an object"},
      {"Null", "null", "is null, expected an object"},
      {"TextAfter", good + "]", "parse error"},
      {"NotUtf8", not_utf8, "parse error"},
      {"TokenTwice", twice, "key 'h' occurs twice"},
      {"NestedDeeply", std::string(100000, '['), "nested deeper than 64"},
      {"ManyValues", "[" + Repeated("[],", 4194304) + "0]",
       "holds more than 4194304 values"},
  };
}

std::vector<MalformedInput> MalformedModels() {
  return {
      SentencePiece("ModelMissing", R"({"model": null})", "model: is missing"),
      SentencePiece("ModelText", R"({"model": "BPE"})",
                    "model: is 'BPE', expected an object"),
      SentencePiece("ModelUnigram", R"({"model": {"type": "Unigram"}})",
                    "model.type: is 'Unigram', only BPE is supported"),
      SentencePiece("ModelTypeNumber", R"({"model": {"type": 1}})",
                    "model.type: is 1, expected a string"),
      SentencePiece("Dropout", R"({"model": {"dropout": 0.1}})",
                    "model.dropout: is not 0"),
      SentencePiece("IgnoreMerges", R"({"model": {"ignore_merges": true}})",
                    "model.ignore_merges: is true, which is supported with By"),
      SentencePiece("Suffix", R"({"model": {"end_of_word_suffix": "</w>"}})",
                    "model.end_of_word_suffix: is '</w>', only none"),
      SentencePiece("Prefix",
                    R"({"model": {"continuing_subword_prefix": "##"}})",
                    "model.continuing_subword_prefix: is '##'"),
      SentencePiece("FallbackText", R"({"model": {"byte_fallback": "yes"}})",
                    "model.byte_fallback: is 'yes', expected true or false"),
      SentencePiece("FuseNumber", R"({"model": {"fuse_unk": 1}})",
                    "model.fuse_unk: is 1"),
      SentencePiece("UnknownNoToken", R"({"model": {"unk_token": "<none>"}})",
                    "model.unk_token: is '<none>', which is not a token"),
      SentencePiece("UnknownNumber", R"({"model": {"unk_token": 0}})",
                    "model.unk_token: is 0, expected a string"),
      SentencePiece("VocabMissing", R"({"model": {"vocab": null}})",
                    "model.vocab: is missing"),
      SentencePiece("VocabArray", R"({"model": {"vocab": ["h", "i"]}})",
                    "model.vocab: is an array, expected an object"),
      SentencePiece("IdText", R"({"model": {"vocab": {"x": "266"}}})",
                    "model.vocab: id of 'x' is not an integer in [0, 1048575]"),
      SentencePiece("IdNegative", R"({"model": {"vocab": {"x": -1}}})",
                    "model.vocab: id of 'x' is not an integer"),
      SentencePiece("IdFraction", R"({"model": {"vocab": {"x": 266.0}}})",
                    "model.vocab: id of 'x' is not an integer"),
      SentencePiece("IdHuge", R"({"model": {"vocab": {"x": 4294967562}}})",
                    "model.vocab: id of 'x' is not an integer"),
      SentencePiece("IdTwice", R"({"model": {"vocab": {"x": 260}}})",
                    "model.vocab: tokens 'h' and 'x' have the same id 260"),
      SentencePiece("IdFar", R"({"model": {"vocab": {"x": 1048575}}})",
                    "model.vocab: no token has the id 4362 of 1048576, nor "),
      SentencePiece(
          "TokenTooLong",
          "{\"model\": {\"vocab\": {\"" + std::string(1025, 'x') + "\": 266}}}",
          "tokens[266] has 1025 bytes, at most 1024"),
      SentencePiece("MergesMissing", R"({"model": {"merges": null}})",
                    "model.merges: is missing"),
      SentencePiece("MergesObject", R"({"model": {"merges": {"h": "i"}}})",
                    "model.merges: is an object, expected an array"),
      SentencePiece("MergeNumber", R"({"model": {"merges": [7]}})",
                    "model.merges[0]: is 7, expected an array"),
      SentencePiece("MergeOfOne", R"({"model": {"merges": ["h"]}})",
                    "model.merges[0]: is 'h', expected two tokens"),
      SentencePiece("MergeOfThree", R"({"model": {"merges": ["h i h"]}})",
                    "model.merges[0]: is 'h i h', expected two tokens"),
      SentencePiece("MergeEmptySide", R"({"model": {"merges": ["h "]}})",
                    "model.merges[0]: is 'h ', expected two tokens"),
      SentencePiece("MergeListOfThree",
                    R"({"model": {"merges": [["h", "i", "h"]]}})",
                    "model.merges[0]: is not a pair of tokens"),
      SentencePiece("MergeListOfNumbers", R"({"model": {"merges": [[1, 2]]}})",
                    "model.merges[0][0]: is 1, expected a string"),
      SentencePiece("MergeOfNoToken", R"({"model": {"merges": ["h x"]}})",
                    "model.merges[0]: token 'x' is not in model.vocab"),
      SentencePiece("MergeToNoToken", R"({"model": {"merges": ["i h"]}})",
                    "model.merges[0]: token 'ih' is not in model.vocab"),
      SentencePiece("MergeTwice", R"({"model": {"merges": ["h i", "h i"]}})",
                    "merge 1 of ids 260 and 261 is listed twice"),
      ByteLevel("ByteOfNoAlphabet", R"({"model": {"vocab": {"中": 261}}})",
                "model.vocab: token '\\xe4\\xb8\\xad' holds a character that"),
      ByteLevel("ByteRawSpace", R"({"model": {"vocab": {"a b": 261}}})",
                "model.vocab: token 'a b' holds a character"),
      Added("AddedNumber", R"([1])", ": is an array, expected an object"),
      Added("AddedIdMissing", R"({"id": null})", ".id: is missing"),
      Added("AddedIdNegative", R"({"id": -1})", ".id: is -1"),
      Added("AddedIdHuge", R"({"id": 1048576})", ".id: is 1048576"),
      Added("AddedIdOfAnother", R"({"id": 260})",
            ".content: is '<more>', but model.vocab or another"),
      Added("AddedContentOfAnother", R"({"content": "hi"})",
            ".content: is 'hi', but model.vocab or another"),
      Added("AddedContentMissing", R"({"content": null})",
            ".content: is missing"),
      Added("AddedContentEmpty", R"({"content": ""})", ".content: is empty"),
      Added("AddedSingleWordText", R"({"single_word": 1})",
            ".single_word: is 1, expected true or false"),
      Added("AddedLeftStripText", R"({"lstrip": "no"})", ".lstrip: is 'no'"),
      Added("AddedRightStripList", R"({"rstrip": []})", ".rstrip: is an array"),
      // "hi" is found in "hi", and made by merges in "xhi".
      SentencePiece(
          "AddedSingleWordOfMerges",
          R"({"added_tokens": [{"id": 262, "content": "hi",
                        "single_word": true}, {"id": 265, "content": "<u>"}]})",
          "model.merges[1]: token 'hi' (id 262) is an added one that"),
      SentencePiece("AddedNormalizedStrips",
                    R"({"added_tokens": [{"id": 265, "content": "<u>",
                        "normalized": true, "rstrip": true}]})",
                    "token '<u>' (id 265) is normalized and strips white sp"),
      ByteLevel("AddedOfModelWithIgnoreMerges",
                R"({"model": {"ignore_merges": true, "vocab": {"Ã©": 261}},
                    "added_tokens": [{"id": 261, "content": "Ã©"}]})",
                "(id 261) is an added one of model.vocab that"),
      Added("AddedSpecialText", R"({"special": "yes"})", ".special: is 'yes'"),
      Added("AddedNormalizedText", R"({"normalized": "yes"})",
            ".normalized: is 'yes', expected true or false"),
      Added("AddedNormalizedNumber", R"({"normalized": 1})",
            ".normalized: is 1, expected true or false"),
      Added("AddedNormalizedList", R"({"normalized": [true]})",
            ".normalized: is an array, expected true or false"),
      // "▁h" would be found, but an "h" elsewhere is the model's.
      SentencePiece("AddedNormalizedOfOneCharacter",
                    R"({"added_tokens": [{"id": 260, "content": "h",
                        "normalized": true}, {"id": 265, "content": "<u>"}]})",
                    "model.vocab: token 'h' (id 260) is an added one of one "),
      // So is the "hi" that merges make of "xhi".
      SentencePiece(
          "AddedNormalizedOfMerges",
          R"({"added_tokens": [{"id": 262, "content": "hi",
                        "normalized": true}, {"id": 265, "content": "<u>"}]})",
          "model.merges[1]: token 'hi' (id 262) is an added one that"),
      SentencePiece("AddedObject", R"({"added_tokens": {"id": 1}})",
                    "added_tokens: is an object, expected an array"),
  };
}

std::vector<MalformedInput> MalformedPipelines() {
  return {
      SentencePiece("NormalizerNfd", R"({"normalizer": {"type": "NFD"}})",
                    "normalizer.type: is 'NFD', supported are NFC, NFKC, Pre"),
      SentencePiece("NormalizerNfcLast",
                    R"({"normalizer": {"normalizers":
                        [{"type": "Prepend", "prepend": "▁"},
                         {"type": "NFC"}]}})",
                    "normalizers[1]: is NFC, which is supported as the first"),
      SentencePiece(
          "NormalizerInside",
          R"({"normalizer": {"normalizers": [{"type": "Lowercase"}]}})",
          "normalizer.normalizers[0].type: is 'Lowercase'"),
      SentencePiece("NormalizerNoType", R"({"normalizer": {"type": null}})",
                    "normalizer.type: is missing"),
      SentencePiece("NormalizerText", R"({"normalizer": "Prepend"})",
                    "normalizer: is 'Prepend', expected an object"),
      SentencePiece("NormalizersMissing",
                    R"({"normalizer": {"normalizers": null}})",
                    "normalizer.normalizers: is missing"),
      SentencePiece("PrependOther",
                    R"({"normalizer": {"normalizers":
                        [{"type": "Prepend", "prepend": "_"}]}})",
                    "normalizers[0].prepend: is '_', supported is"),
      SentencePiece("PrependTwice",
                    R"({"normalizer": {"normalizers":
                        [{"type": "Prepend", "prepend": "▁"},
                         {"type": "Prepend", "prepend": "▁"}]}})",
                    "normalizers[1]: is a second Prepend"),
      SentencePiece("ReplaceRegex",
                    R"({"normalizer": {"normalizers": [{"type": "Replace",
                        "pattern": {"Regex": " +"}, "content": "▁"}]}})",
                    "normalizers[0].pattern.String: is missing"),
      SentencePiece("ReplaceOther",
                    R"({"normalizer": {"normalizers": [{"type": "Replace",
                        "pattern": {"String": "a"}, "content": "▁"}]}})",
                    "normalizers[0].pattern.String: is 'a', supported is ' '"),
      SentencePiece("NothingForSpaces", R"({"normalizer": null})",
                    "pre_tokenizer: is null, which is supported where"),
      SentencePiece("PreTokenizerOther",
                    R"({"pre_tokenizer": {"type": "Whitespace"}})",
                    "pre_tokenizer.type: is 'Whitespace', supported are Spl"),
      ByteLevel("SplitWithoutByteLevel",
                R"({"pre_tokenizer": {"type": "Split",
                    "pattern": {"Regex": "x"}, "behavior": "Isolated"}})",
                "pre_tokenizer: has no ByteLevel at its end"),
      ByteLevel("SplitAfterByteLevel",
                R"({"pre_tokenizer": {"type": "Sequence", "pretokenizers":
                    [{"type": "ByteLevel"},
                     {"type": "Split", "pattern": {"Regex": "x"},
                      "behavior": "Isolated"}]}})",
                "pre_tokenizer.pretokenizers[1]: is Split: supported are"),
      ByteLevel("ByteLevelTwice",
                R"({"pre_tokenizer": {"type": "Sequence", "pretokenizers":
                    [{"type": "ByteLevel"}, {"type": "ByteLevel"}]}})",
                "pre_tokenizer.pretokenizers[1]: is ByteLevel: supported are"),
      ByteLevel("MetaspaceAfterDigits",
                R"({"pre_tokenizer": {"type": "Sequence", "pretokenizers":
                    [{"type": "Digits"}, {"type": "Metaspace"}]}})",
                "pre_tokenizer.pretokenizers[1]: is Metaspace: supported are"),
      ByteLevel("SplitBehavior",
                R"({"pre_tokenizer": {"type": "Split",
                    "pattern": {"Regex": "x"},
                    "behavior": "MergedWithPrevious"}})",
                "pre_tokenizer.behavior: is 'MergedWithPrevious' without "
                "invert, supported are Isolated, and Removed with invert"),
      ByteLevel("SplitRemoved",
                R"({"pre_tokenizer": {"type": "Split",
                    "pattern": {"Regex": "x"}, "behavior": "Removed"}})",
                "pre_tokenizer.behavior: is 'Removed' without invert"),
      ByteLevel("SplitWithoutPattern",
                R"({"pre_tokenizer": {"type": "Split", "pattern": {},
                    "behavior": "Isolated"}})",
                "pre_tokenizer.pattern.Regex: is missing"),
      ByteLevel("SplitPatternUnknown",
                R"({"pre_tokenizer": {"type": "Split",
                    "pattern": {"Regex": "a\\w"}, "behavior": "Isolated"}})",
                "pre_tokenizer.pattern.Regex: is 'a\\\\w': byte 1: the escape"),
      ByteLevel("SplitPatternBroken",
                R"({"pre_tokenizer": {"type": "Split",
                    "pattern": {"Regex": "(a"}, "behavior": "Isolated"}})",
                "pattern.Regex: is '(a': is not a regular expression"),
      SentencePiece("ByteLevelWithNormalizer",
                    R"({"pre_tokenizer": {"type": "ByteLevel"}})",
                    "pre_tokenizer: is ByteLevel, supported without Prepend"),
      SentencePiece("MetaspaceOther",
                    R"({"pre_tokenizer": {"type": "Metaspace",
                                          "replacement": "_"}})",
                    "pre_tokenizer.replacement: is '_', supported is"),
      SentencePiece("MetaspaceScheme",
                    R"({"pre_tokenizer": {"type": "Metaspace",
                        "replacement": "▁", "prepend_scheme": "last"}})",
                    "pre_tokenizer.prepend_scheme: is 'last', supported are"),
      SentencePiece("NormalizedPrependedTwice",
                    R"({"pre_tokenizer": {"type": "Metaspace",
                        "replacement": "▁", "prepend_scheme": "always"},
                        "added_tokens": [{"id": 1, "content": "<s>",
                                          "normalized": true}]})",
                    "added_tokens[0].normalized: is true, which is not supp"),
      SentencePiece("NormalizedPrependedToSpaces",
                    R"({"normalizer": {"type": "Prepend", "prepend": "▁"},
                        "pre_tokenizer": {"type": "Metaspace",
                        "replacement": "▁", "prepend_scheme": "never"},
                        "added_tokens": [{"id": 1, "content": "<s>",
                                          "normalized": true}]})",
                    "added_tokens[0].normalized: is true, which is not supp"),
      ByteLevel("ByteLevelPrefix",
                R"({"pre_tokenizer": {"add_prefix_space": true}})",
                "pre_tokenizer.add_prefix_space: is true, only false"),
      ByteLevel("ByteLevelDecoder", R"({"decoder": {"type": "WordPiece"}})",
                "decoder.type: is 'WordPiece', supported are ByteLevel"),
      SentencePiece("Decoder", R"({"decoder": {"type": "CTC"}})",
                    "decoder.type: is 'CTC', supported are Replace"),
      SentencePiece("Processor",
                    R"({"post_processor": {"type": "RobertaProcessing"}})",
                    "post_processor.type: is 'RobertaProcessing'"),
      SentencePiece("TemplateMissing",
                    R"({"post_processor": {"single": null}})",
                    "post_processor.single: is missing"),
      SentencePiece("TemplateWithEnd",
                    R"({"post_processor": {"single": [
                        {"Sequence": {"id": "A"}},
                        {"SpecialToken": {"id": "</s>"}}]}})",
                    "post_processor.single: is supported as the text, or one"),
      SentencePiece("TemplateEmpty", R"({"post_processor": {"single": []}})",
                    "post_processor.single: is supported as"),
      SentencePiece("TemplateUndefined",
                    R"({"post_processor": {"special_tokens": {"<s>": null}}})",
                    "post_processor.special_tokens.<s>: is missing"),
      SentencePiece("TemplateTwoIds",
                    R"({"post_processor": {"special_tokens":
                        {"<s>": {"ids": [1, 2]}}}})",
                    "special_tokens.<s>.ids: must hold one id"),
      SentencePiece("TemplateIdText",
                    R"({"post_processor": {"special_tokens":
                        {"<s>": {"ids": ["1"]}}}})",
                    "special_tokens.<s>.ids[0]: is '1'"),
      SentencePiece(
          "TemplateIdBeyond",
          R"({"post_processor": {"special_tokens":
                        {"<s>": {"ids": [266]}}}})",
          "post_processor is 266: the ids of tokenizer.json end at 265"),
  };
}

class MalformedTokenizerTest : public ::testing::TestWithParam<MalformedInput> {
};

TEST_P(MalformedTokenizerTest, ReadFailsNamingFileAndField) {
  const std::string path = Path();
  WriteTestFile(path, GetParam().contents);
  ExpectRefused(path, GetParam().error,
                [&] { return ReadTokenizerJson(path).status(); });
}

INSTANTIATE_TEST_SUITE_P(Texts, MalformedTokenizerTest,
                         ::testing::ValuesIn(MalformedTexts()), NameOfInput);
INSTANTIATE_TEST_SUITE_P(Models, MalformedTokenizerTest,
                         ::testing::ValuesIn(MalformedModels()), NameOfInput);
INSTANTIATE_TEST_SUITE_P(Pipelines, MalformedTokenizerTest,
                         ::testing::ValuesIn(MalformedPipelines()),
                         NameOfInput);

}  // namespace
}  // namespace quant_curve
