#include "tools/import/tokenizer_json.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/json/json.h"
#include "lib/text/bpe_codec.h"
#include "tools/import/test_inputs.h"
#include "tools/import/test_tokenizer_json.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Path() { return MakeTestFolder() + "/tokenizer.json"; }

absl::StatusOr<BpeTokenizer> Read(const Json& json) {
  const std::string path = Path();
  WriteTestFile(path, json.dump());
  return ReadTokenizerJson(path);
}

std::vector<uint32_t> Ids(const BpeTokenizer& tokenizer,
                          absl::string_view text) {
  return BpeCodec::Create(tokenizer)->Encode(text).value();
}

std::string RoundTrip(const BpeTokenizer& tokenizer, absl::string_view text) {
  return BpeCodec::Create(tokenizer)->Decode(Ids(tokenizer, text)).value();
}

TEST(TokenizerJsonTest, ByteLevelIsRead) {
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer tokenizer, Read(ByteLevelJson()));
  EXPECT_EQ(tokenizer.kind(), BYTE_LEVEL);
  EXPECT_EQ(tokenizer.tokens(259), " hell");
  EXPECT_FALSE(tokenizer.has_bos_id());
  EXPECT_THAT(Ids(tokenizer, "hello hello<|endoftext|>he's"),
              ElementsAre(258, 'o', 259, 'o', 260, 256, '\'', 's'));
  EXPECT_EQ(RoundTrip(tokenizer, " ▁é\n\n<|endoftext|> 😀"),
            " ▁é\n\n<|endoftext|> 😀");
}

TEST(TokenizerJsonTest, SentencePieceIsRead) {
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer tokenizer, Read(SentencePieceJson()));
  EXPECT_EQ(tokenizer.kind(), SENTENCEPIECE_MERGES);
  EXPECT_EQ(tokenizer.bos_id(), 1);
  EXPECT_EQ(tokenizer.unknown_id(), 0);
  EXPECT_TRUE(tokenizer.fuse_unknown());
  EXPECT_EQ(tokenizer.prefix_space(), PREFIX_EACH);
  EXPECT_THAT(tokenizer.normalized_ids(), IsEmpty());
  EXPECT_EQ(tokenizer.tokens(263), " hi");
  EXPECT_EQ(tokenizer.tokens(3 + '\n'), "\n");
  // "▁hi▁hi": "i▁" comes first, then "hi", then "▁hi" has no "▁" left; of the
  // second "hi" the "▁" is taken.
  EXPECT_THAT(Ids(tokenizer, "hi hi"), ElementsAre(259, 260, 264, 262));
  EXPECT_THAT(Ids(tokenizer, "hi<user>hi\n"),
              ElementsAre(263, 265, 263, 3 + '\n'));
  EXPECT_EQ(RoundTrip(tokenizer, "  hi ▁é<user> <unk>"), "  hi ▁é<user> <unk>");
}

TEST(TokenizerJsonTest, MetaspaceSplitsAndPrepends) {
  Json json = SentencePieceJson();
  json["normalizer"] = nullptr;
  json["pre_tokenizer"] = {
      {"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", "first"}};
  json["decoder"] = {{"type", "Metaspace"}, {"replacement", "▁"}};
  ASSERT_OK_AND_ASSIGN(BpeTokenizer tokenizer, Read(json));
  EXPECT_EQ(tokenizer.prefix_space(), PREFIX_FIRST);
  // Words start at "▁", so "i▁" is never met.
  EXPECT_THAT(Ids(tokenizer, "hi hi"), ElementsAre(263, 263));
  EXPECT_THAT(Ids(tokenizer, "hi</s>hi"), ElementsAre(263, 2, 262));
  json["pre_tokenizer"]["split"] = false;
  json["pre_tokenizer"]["prepend_scheme"] = "never";
  ASSERT_OK_AND_ASSIGN(tokenizer, Read(json));
  EXPECT_THAT(Ids(tokenizer, "hi hi"), ElementsAre(260, 264, 262));
  // Before tokenizers 0.15.
  json["pre_tokenizer"] = {{"type", "Metaspace"},
                           {"replacement", "▁"},
                           {"str_rep", "▁"},
                           {"add_prefix_space", true}};
  ASSERT_OK_AND_ASSIGN(tokenizer, Read(json));
  EXPECT_EQ(tokenizer.prefix_space(), PREFIX_EACH);
  EXPECT_TRUE(tokenizer.split_at_spaces());
}

TEST(TokenizerJsonTest, SpacesMayBeReplacedWithoutPrefix) {
  Json json = SentencePieceJson();
  json["normalizer"] = json["normalizer"]["normalizers"][1];
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer tokenizer, Read(json));
  EXPECT_EQ(tokenizer.prefix_space(), PREFIX_NONE);
  EXPECT_THAT(Ids(tokenizer, "hi hi"), ElementsAre(260, 264, 262));
}

// "▁" is put in front, then "▁</s>" is found, then the model gets the rest.
TEST(TokenizerJsonTest, NormalizedTokensAreFoundBehindThePrepend) {
  Json json = SentencePieceJson();
  json["added_tokens"][0]["normalized"] = true;  // the unknown: never found
  json["added_tokens"][2]["normalized"] = true;
  ASSERT_OK_AND_ASSIGN(BpeTokenizer tokenizer, Read(json));
  EXPECT_EQ(tokenizer.prefix_space(), PREFIX_NORMALIZED);
  EXPECT_EQ(tokenizer.tokens(0), "<unk>");
  EXPECT_EQ(tokenizer.tokens(2), " </s>");
  EXPECT_THAT(tokenizer.normalized_ids(), ElementsAre(2));
  EXPECT_THAT(Ids(tokenizer, "</s>hi"), ElementsAre(2, 262));
  EXPECT_THAT(Ids(tokenizer, "hi </s> hi"), ElementsAre(263, 2, 263));
  EXPECT_THAT(Ids(tokenizer, "hi</s>"),
              ElementsAre(263, 3 + '<', 3 + '/', 3 + 's', 3 + '>'));
  EXPECT_THAT(Ids(tokenizer, "<user></s>hi<user>hi"),
              ElementsAre(265, 2, 262, 265, 263));
  // A Metaspace that prepends nothing, or to the first stretch alone, which has
  // its "▁" already, changes words only.
  for (const char* scheme : {"never", "first"}) {
    json["pre_tokenizer"] = {{"type", "Metaspace"},
                             {"replacement", "▁"},
                             {"prepend_scheme", scheme}};
    ASSERT_OK_AND_ASSIGN(tokenizer, Read(json));
    EXPECT_EQ(tokenizer.prefix_space(), PREFIX_NORMALIZED);
    EXPECT_THAT(Ids(tokenizer, "</s>hi hi"), ElementsAre(2, 262, 263));
  }
}

TEST(TokenizerJsonTest, NormalizedTokensAreFoundBeforeMetaspacePrepends) {
  Json json = SentencePieceJson();
  json["normalizer"] = nullptr;
  json["pre_tokenizer"] = {{"type", "Metaspace"}, {"replacement", "▁"}};
  json["added_tokens"][2]["normalized"] = true;
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer tokenizer, Read(json));
  EXPECT_EQ(tokenizer.prefix_space(), PREFIX_EACH);
  EXPECT_THAT(tokenizer.normalized_ids(), ElementsAre(2));
  EXPECT_THAT(Ids(tokenizer, "hi</s>hi"), ElementsAre(263, 2, 263));
}

TEST(TokenizerJsonTest, NormalizedTokensHaveTheirSpacesReplaced) {
  Json json = SentencePieceJson();
  json["normalizer"] = json["normalizer"]["normalizers"][1];
  json["added_tokens"].push_back(AddedToken(266, "h▁i", false));
  json["added_tokens"][4]["normalized"] = true;
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer tokenizer, Read(json));
  EXPECT_EQ(tokenizer.prefix_space(), PREFIX_NONE);
  EXPECT_THAT(Ids(tokenizer, "hh ii"), ElementsAre(260, 266, 261));
}

TEST(TokenizerJsonTest, ByteLevelNormalizedTokensAreFoundAfterTheOthers) {
  Json json = ByteLevelJson();
  json["added_tokens"].push_back(AddedToken(261, "x<|endoftext|>", false));
  json["added_tokens"][1]["normalized"] = true;
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer tokenizer, Read(json));
  EXPECT_THAT(tokenizer.normalized_ids(), ElementsAre(261));
  EXPECT_THAT(Ids(tokenizer, "x<|endoftext|>"), ElementsAre('x', 260));
}

TEST(TokenizerJsonTest, MergesMayBePairs) {
  Json json = SentencePieceJson();
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer as_text, Read(json));
  json["model"]["merges"] =
      *ParseJson(R"([["i", "▁"], ["h", "i"], ["▁", "hi"]])", "merges");
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer as_pairs, Read(json));
  EXPECT_EQ(as_text.SerializeAsString(), as_pairs.SerializeAsString());
  EXPECT_THAT(as_pairs.merge_left(), ElementsAre(261, 260, 259));
  EXPECT_THAT(as_pairs.merge_right(), ElementsAre(259, 261, 262));
}

SpecialTokens Ids(const std::vector<uint32_t>& begin,
                  const std::vector<uint32_t>& end) {
  SpecialTokens special;
  if (!begin.empty()) special.begin = {{"c.json: bos_token_id", begin, ""}};
  if (!end.empty()) special.end = {{"c.json: eos_token_id", end, ""}};
  return special;
}

TEST(TokenizerJsonTest, BeginAndEndAreAddedTokensThatTheFilesAgreeOn) {
  const std::string path = Path();
  WriteTestFile(path, ByteLevelJson().dump());
  ASSERT_OK_AND_ASSIGN(BpeTokenizer tokenizer,
                       ReadTokenizerJson(path, Ids({260}, {260})));
  EXPECT_EQ(tokenizer.bos_id(), 260);
  EXPECT_EQ(tokenizer.eos_id(), 260);
  WriteTestFile(path, SentencePieceJson().dump());
  ASSERT_OK_AND_ASSIGN(tokenizer, ReadTokenizerJson(path, Ids({1}, {2})));
  EXPECT_EQ(tokenizer.bos_id(), 1);
  EXPECT_EQ(tokenizer.eos_id(), 2);
  EXPECT_THAT(ReadTokenizerJson(path, Ids({2}, {2})),
              FailsSaying("post_processor is 1, but c.json: bos_token_id is 2: "
                          "they must agree"));
}

TEST(TokenizerJsonTest, AnOrdinaryTokenIsNoBeginAndNoEnd) {
  const std::string path = Path();
  WriteTestFile(path, ByteLevelJson().dump());
  EXPECT_THAT(ReadTokenizerJson(path, Ids({101}, {})),
              FailsSaying("c.json: bos_token_id is 101: token 101, 'e', is an "
                          "ordinary one, not an added token of tokenizer.json: "
                          "correct the id; the added tokens are "
                          "'<|endoftext|>' (260)"));
  EXPECT_THAT(
      ReadTokenizerJson(path, Ids({260}, {259})),
      FailsSaying("c.json: eos_token_id: token 259, ' hell', is an ordinary "
                  "one, which text is encoded to"));
  EXPECT_THAT(ReadTokenizerJson(path, Ids({261}, {})),
              FailsSaying("bos_token_id is 261: the ids of tokenizer.json end "
                          "at 260; its added tokens are '<|endoftext|>'"));
}

// "<s>" is in model.vocab, and no merge makes it; "hi" is made.
TEST(TokenizerJsonTest, ATemplateMayNameATokenThatTextNeverReaches) {
  Json json = SentencePieceJson();
  json["added_tokens"] = {AddedToken(0, "<unk>", true),
                          AddedToken(265, "<user>", false)};
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer tokenizer, Read(json));
  EXPECT_EQ(tokenizer.bos_id(), 1);
  for (const uint32_t id : {262, 260}) {  // "hi", "h"
    json["post_processor"]["special_tokens"]["<s>"]["ids"] = {id};
    EXPECT_THAT(Read(json),
                FailsSaying("is an ordinary one, which text is encoded to"));
  }
}

TEST(TokenizerJsonTest, PrefixSpacesOfBothFilesMustAgree) {
  const std::string path = Path();
  WriteTestFile(path, ByteLevelJson().dump());
  SpecialTokens special;
  special.add_prefix_space_where = "tokenizer_config.json: add_prefix_space";
  special.add_prefix_space = false;
  EXPECT_THAT(ReadTokenizerJson(path, special), IsOk());
  special.add_prefix_space = true;
  EXPECT_THAT(ReadTokenizerJson(path, special),
              FailsSaying("tokenizer_config.json: add_prefix_space is true, "
                          "but " +
                          path + " puts no space before a text"));
}

TEST(TokenizerJsonTest, TokensThatTextNeverReachesAreUnused) {
  Json json = SentencePieceJson();
  json["model"]["vocab"]["h i"] = 266;
  json["model"]["vocab"]["i i"] = 267;
  json["model"]["vocab"]["ii"] = 268;
  json["model"]["merges"].push_back("i i");
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer tokenizer, Read(json));
  EXPECT_EQ(tokenizer.types(266), TOKEN_UNUSED);
  EXPECT_EQ(tokenizer.types(0), TOKEN_UNUSED);  // spelled out in a text
  EXPECT_THAT(Ids(tokenizer, "ii"), ElementsAre(259, 268));
}

TEST(TokenizerJsonTest, MergesToAddedTokensAreDropped) {
  Json json = SentencePieceJson();
  json["model"]["vocab"]["hh"] = 266;
  json["added_tokens"].push_back(AddedToken(266, "hh", true));
  json["model"]["merges"].insert(json["model"]["merges"].begin(), "h h");
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer tokenizer, Read(json));
  EXPECT_EQ(tokenizer.merge_left_size(), 3);
  EXPECT_THAT(Ids(tokenizer, "hhi"), ElementsAre(266, 259, 261));
}

TEST(TokenizerJsonTest, ReadFailsWhenTheFileIsCutAnywhere) {
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
                    "model.ignore_merges: is true, only false"),
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
                    "model.unk_token: is '<none>', which is no token"),
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
      SentencePiece("IdSkipped", R"({"model": {"vocab": {"x": 267}}})",
                    "model.vocab: no token has the id 266 of 268"),
      SentencePiece("IdFar", R"({"model": {"vocab": {"x": 1048575}}})",
                    "model.vocab: no token has the id 266 of 1048576"),
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
      Added("AddedSingleWord", R"({"single_word": true})",
            ".single_word: is true, only false is supported"),
      Added("AddedLeftStrip", R"({"lstrip": true})", ".lstrip: is true"),
      Added("AddedRightStrip", R"({"rstrip": true})", ".rstrip: is true"),
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
      // "▁hi" is found in the text, not the "▁hi" that " hi" becomes.
      SentencePiece(
          "AddedWithSignOfMerges",
          R"({"added_tokens": [{"id": 263, "content": "▁hi"},
                                         {"id": 265, "content": "<u>"}]})",
          "model.merges[2]: token '\\xe2\\x96\\x81hi' (id 263) is an"),
      SentencePiece("AddedObject", R"({"added_tokens": {"id": 1}})",
                    "added_tokens: is an object, expected an array"),
  };
}

std::vector<MalformedInput> MalformedPipelines() {
  return {
      SentencePiece("NormalizerNfc", R"({"normalizer": {"type": "NFC"}})",
                    "normalizer.type: is 'NFC', supported are Prepend, Repl"),
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
                    "pre_tokenizer.type: is 'Whitespace', supported are Byte"),
      SentencePiece("PreTokenizerSplit",
                    R"({"pre_tokenizer": {"type": "Sequence", "pretokenizers":
                        [{"type": "Split", "pattern": {"Regex": "x"}},
                         {"type": "ByteLevel", "use_regex": false}]}})",
                    "pre_tokenizer.pretokenizers[0].type: is 'Split'"),
      SentencePiece("PreTokenizersTwo",
                    R"({"pre_tokenizer": {"type": "Sequence", "pretokenizers":
                        [{"type": "ByteLevel"}, {"type": "Metaspace"}]}})",
                    "pre_tokenizer: has several parts"),
      SentencePiece("ByteLevelWithNormalizer",
                    R"({"pre_tokenizer": {"type": "ByteLevel"}})",
                    "pre_tokenizer: is ByteLevel, supported without a norm"),
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
      ByteLevel("ByteLevelNoRegex",
                R"({"pre_tokenizer": {"use_regex": false}})",
                "pre_tokenizer.use_regex: is false, only true"),
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
