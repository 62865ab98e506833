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

}  // namespace
}  // namespace quant_curve
