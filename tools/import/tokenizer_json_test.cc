#include "tools/import/tokenizer_json.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/json/json.h"
#include "lib/text/bpe_codec.h"
#include "lib/text/text_splitter.h"
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
  // A Metaspace that prepends nothing, or only to the first stretch, which has
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

TEST(TokenizerJsonTest, SplitCutsPiecesAndIgnoreMergesTakesThemWhole) {
  Json json = Llama3Json();
  json["model"]["vocab"]["123"] = 261;  // no merge makes it
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer tokenizer, Read(json));
  ASSERT_EQ(tokenizer.split_patterns_size(), 1);
  EXPECT_TRUE(tokenizer.ignore_merges());
  // "(hello" is a piece, and so is "'S".
  EXPECT_THAT(Ids(tokenizer, "(hello hell'S 12345"),
              ElementsAre('(', 258, 'o', 259, '\'', 'S', ' ', 261, '4', '5'));
  json["model"]["ignore_merges"] = false;
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer merging, Read(json));
  EXPECT_THAT(Ids(merging, "123"), ElementsAre('1', '2', '3'));
}

// GPT-4o's file says so.
TEST(TokenizerJsonTest, RemovedAndInvertedMeansIsolated) {
  Json json = Llama3Json();
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer isolated, Read(json));
  Json& split = json["pre_tokenizer"]["pretokenizers"][0];
  split["behavior"] = "Removed";
  split["invert"] = true;
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer removed, Read(json));
  EXPECT_EQ(removed.SerializeAsString(), isolated.SerializeAsString());
}

TEST(TokenizerJsonTest, DigitsComeBeforeGpt2sWords) {
  Json json = ByteLevelJson();
  const Json words = json["pre_tokenizer"];
  json["pre_tokenizer"] = {
      {"type", "Sequence"},
      {"pretokenizers",
       {{{"type", "Digits"}, {"individual_digits", true}}, words}}};
  ASSERT_OK_AND_ASSIGN(BpeTokenizer tokenizer, Read(json));
  EXPECT_THAT(tokenizer.split_patterns(),
              ElementsAre("\\p{N}", std::string(kGpt2Pattern)));
  json["pre_tokenizer"]["pretokenizers"][0]["individual_digits"] = false;
  ASSERT_OK_AND_ASSIGN(tokenizer, Read(json));
  EXPECT_EQ(tokenizer.split_patterns(0), "\\p{N}+");
  json["pre_tokenizer"] = {{"type", "ByteLevel"}, {"use_regex", false}};
  ASSERT_OK_AND_ASSIGN(tokenizer, Read(json));
  EXPECT_THAT(tokenizer.split_patterns(), IsEmpty());
}

TEST(TokenizerJsonTest, ASplitAtAStringIsAPattern) {
  Json json = ByteLevelJson();
  json["pre_tokenizer"] = *ParseJson(
      R"({"type": "Sequence", "pretokenizers": [
          {"type": "Split", "pattern": {"String": "l."},
           "behavior": "Isolated"},
          {"type": "ByteLevel", "use_regex": false}]})",
      "words");
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer tokenizer, Read(json));
  EXPECT_THAT(Ids(tokenizer, "hell hel.l"),
              ElementsAre(258, ' ', 256, 'l', '.', 'l'));
}

TEST(TokenizerJsonTest, NormalFormsAreRead) {
  Json json = Llama3Json();
  json["normalizer"] = {{"type", "NFC"}};
  json["added_tokens"].push_back(AddedToken(261, "e\u0301", false));
  json["added_tokens"][1]["normalized"] = true;
  ASSERT_OK_AND_ASSIGN(BpeTokenizer tokenizer, Read(json));
  EXPECT_EQ(tokenizer.normalization(), NFC);
  EXPECT_EQ(tokenizer.tokens(261), "\u00e9");
  EXPECT_THAT(Ids(tokenizer, "he\u0301"), ElementsAre('h', 261));
  json = SentencePieceJson();
  json["normalizer"]["normalizers"].insert(
      json["normalizer"]["normalizers"].begin(), Json{{"type", "NFKC"}});
  ASSERT_OK_AND_ASSIGN(tokenizer, Read(json));
  EXPECT_EQ(tokenizer.normalization(), NFKC);
  EXPECT_THAT(Ids(tokenizer, "\uff48i"), ElementsAre(263));  // a wide "h"
}

TEST(TokenizerJsonTest, AddedTokensMayStripAndBeSingleWords) {
  Json json = ByteLevelJson();
  json["added_tokens"].push_back(AddedToken(261, "<r>", true));
  json["added_tokens"].push_back(AddedToken(262, "<l>", true));
  json["added_tokens"].push_back(AddedToken(263, "xyz", false));
  json["added_tokens"][1]["rstrip"] = true;
  json["added_tokens"][2]["lstrip"] = true;
  json["added_tokens"][3]["single_word"] = true;
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer tokenizer, Read(json));
  EXPECT_THAT(tokenizer.rstrip_ids(), ElementsAre(261));
  EXPECT_THAT(tokenizer.lstrip_ids(), ElementsAre(262));
  EXPECT_THAT(tokenizer.single_word_ids(), ElementsAre(263));
  EXPECT_THAT(Ids(tokenizer, "<r> \nxyz <l>xyzx"),
              ElementsAre(261, 263, 262, 'x', 'y', 'z', 'x'));
}

TEST(TokenizerJsonTest, IdsMayHaveNoToken) {
  Json json = ByteLevelJson();
  json["model"]["vocab"]["hh"] = 263;
  json["model"]["merges"].push_back("h h");
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer tokenizer, Read(json));
  EXPECT_EQ(tokenizer.tokens_size(), 264);
  for (const int id : {261, 262}) {
    EXPECT_EQ(tokenizer.types(id), TOKEN_UNUSED);
    EXPECT_EQ(tokenizer.tokens(id), "");
  }
  EXPECT_THAT(Ids(tokenizer, "hh"), ElementsAre(263));
}

// SmolLM's lacks some bytes; Hugging Face leaves them out of the text.
TEST(TokenizerJsonTest, AByteWithoutTokenIsRefusedWhereATextHasIt) {
  Json json = ByteLevelJson();
  json["model"]["vocab"].erase("\u0106");  // byte 6
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer tokenizer, Read(json));
  EXPECT_EQ(RoundTrip(tokenizer, "hell"), "hell");
  EXPECT_THAT(BpeCodec::Create(tokenizer)->Encode("he\x06"),
              FailsSaying("byte 2: no token spells this character"));
}

// Gemma 3's: no prefix, a Split that finds no space, and "▁▁" is made by merges
// and an added token.
TEST(TokenizerJsonTest, RunsOfSpacesMayBeAddedTokensThatMergesMake) {
  Json json = SentencePieceJson();
  json["normalizer"] = json["normalizer"]["normalizers"][1];
  json["pre_tokenizer"] = {{"type", "Split"},
                           {"pattern", {{"String", " "}}},
                           {"behavior", "MergedWithPrevious"},
                           {"invert", false}};
  json["model"]["vocab"]["▁▁"] = 266;
  json["model"]["vocab"]["ii"] = 267;
  json["model"]["merges"] = {"i i", "▁ ▁"};
  json["added_tokens"].push_back(AddedToken(266, "▁▁", false));
  json["added_tokens"].push_back(AddedToken(267, "ii", false));
  ASSERT_OK_AND_ASSIGN(const BpeTokenizer tokenizer, Read(json));
  EXPECT_EQ(tokenizer.types(266), TOKEN_NORMAL);
  EXPECT_EQ(tokenizer.types(267), TOKEN_ADDED);
  EXPECT_EQ(tokenizer.merge_left_size(), 1);
  EXPECT_THAT(Ids(tokenizer, "h  iii h"),
              ElementsAre(260, 266, 267, 261, 259, 260));
}

}  // namespace
}  // namespace quant_curve
