// Added tokens whose spelling means something else to the model. Expected ids
// follow Hugging Face's tokenizers: an added token has the id that model.vocab
// gives its content, else one of its own (AddedVocabulary::add_tokens); it is
// found in the text as it stands (extract_and_normalize), and what is left goes
// to the model, which looks up bytes as ByteLevel writes them (pre_tokenize),
// or as "<0x0A>" where nothing else spells them (BPE::merge_word).
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/status_matchers.h"
#include "lib/json/json.h"
#include "lib/text/bpe_codec.h"
#include "tools/import/test_inputs.h"
#include "tools/import/test_tokenizer_json.h"
#include "tools/import/tokenizer_json.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

absl::StatusOr<BpeCodec> ReadCodec(const Json& json) {
  const std::string path = MakeTestFolder() + "/tokenizer.json";
  WriteTestFile(path, json.dump());
  ASSIGN_OR_RETURN(BpeTokenizer tokenizer, ReadTokenizerJson(path));
  return BpeCodec::Create(std::move(tokenizer));
}

std::vector<uint32_t> Ids(const BpeCodec& codec, absl::string_view text) {
  return codec.Encode(text).value();
}

std::string RoundTrip(const BpeCodec& codec, absl::string_view text) {
  return codec.Decode(Ids(codec, text)).value();
}

// "｜" is not a byte's character. "é" outside of the token is the bytes c3 a9.
TEST(AddedTokenJsonTest, ByteLevelTokensOfOtherCharactersAreFoundAsText) {
  Json json = ByteLevelJson();
  json["added_tokens"].push_back(AddedToken(261, "<｜é▁｜>", true));
  ASSERT_OK_AND_ASSIGN(BpeCodec codec, ReadCodec(json));
  EXPECT_THAT(Ids(codec, "he<｜é▁｜>é"), ElementsAre(256, 261, 0xc3, 0xa9));
  EXPECT_EQ(RoundTrip(codec, "he<｜é▁｜>é"), "he<｜é▁｜>é");
  json["model"]["vocab"]["<｜é▁｜>"] = 261;
  ASSERT_OK_AND_ASSIGN(codec, ReadCodec(json));
  EXPECT_THAT(Ids(codec, "he<｜é▁｜>é"), ElementsAre(256, 261, 0xc3, 0xa9));
}

// "Ã©" is how "é" is spelled, but no merge joins its two bytes.
TEST(AddedTokenJsonTest, ByteLevelTokensThatNoMergeMakesAreFoundAsText) {
  Json json = ByteLevelJson();
  json["added_tokens"].push_back(AddedToken(261, "Ã©", false));
  ASSERT_OK_AND_ASSIGN(BpeCodec codec, ReadCodec(json));
  EXPECT_THAT(Ids(codec, "éÃ©é"), ElementsAre(0xc3, 0xa9, 261, 0xc3, 0xa9));
  EXPECT_EQ(RoundTrip(codec, "éÃ©é"), "éÃ©é");
  json["model"]["vocab"]["Ã©"] = 261;
  ASSERT_OK_AND_ASSIGN(codec, ReadCodec(json));
  EXPECT_THAT(Ids(codec, "éÃ©é"), ElementsAre(0xc3, 0xa9, 261, 0xc3, 0xa9));
}

// The first two "é" are the token's text, the third is the model's.
TEST(AddedTokenJsonTest, ByteLevelTokensMayHoldWhatTheModelSpells) {
  Json json = ByteLevelJson();
  json["model"]["vocab"]["Ã©"] = 261;
  json["model"]["merges"].push_back("Ã ©");
  json["added_tokens"].push_back(AddedToken(262, "éé", false));
  ASSERT_OK_AND_ASSIGN(const BpeCodec codec, ReadCodec(json));
  EXPECT_THAT(Ids(codec, "ééé"), ElementsAre(262, 261));
  EXPECT_EQ(RoundTrip(codec, "ééé"), "ééé");
}

// Printable ASCII is spelled as it is: all of it is found before the model. Of
// " hell" the space is left, so that 259 is never made.
TEST(AddedTokenJsonTest, ByteLevelTokensOfAsciiMayBeTheModelsToo) {
  Json json = ByteLevelJson();
  json["added_tokens"].push_back(AddedToken('!', "!", true));
  json["added_tokens"].push_back(AddedToken(258, "hell", true));
  ASSERT_OK_AND_ASSIGN(const BpeCodec codec, ReadCodec(json));
  EXPECT_THAT(Ids(codec, "he! hello"), ElementsAre(256, '!', ' ', 258, 'o'));
}

// Without byte_fallback a line feed is unknown; "▁" is put before it.
TEST(AddedTokenJsonTest, ByteSpellingsAreFoundAsTextWithoutFallback) {
  Json json = SentencePieceJson();
  json["model"]["byte_fallback"] = false;
  json["added_tokens"].push_back(AddedToken(13, "<0x0A>", false));
  ASSERT_OK_AND_ASSIGN(const BpeCodec codec, ReadCodec(json));
  EXPECT_THAT(Ids(codec, "hi<0x0A>\n"), ElementsAre(263, 13, 259, 0));
}

// Bytes are looked up in capitals.
TEST(AddedTokenJsonTest, ByteSpellingsInSmallLettersAreNotOfFallback) {
  Json json = SentencePieceJson();
  json["added_tokens"].push_back(AddedToken(266, "<0x0a>", false));
  ASSERT_OK_AND_ASSIGN(const BpeCodec codec, ReadCodec(json));
  EXPECT_THAT(Ids(codec, "hi<0x0a>\n"), ElementsAre(263, 266, 259, 13));
}

// `token` is added to a good file, which then is patched (RFC 7396).
MalformedInput Malformed(const std::string& name, Json json, const Json& token,
                         const std::string& patch, const std::string& error) {
  json["added_tokens"].push_back(token);
  json.merge_patch(*ParseJson(patch, "patch"));
  return {name, json.dump(), error};
}

std::vector<MalformedInput> MalformedAddedTokens() {
  return {
      // The byte e9, which "逃" (e9 80 83) has, too.
      Malformed("ByteLevelByte", ByteLevelJson(), AddedToken(0xe9, "é", false),
                "{}",
                "model.vocab: token '\\xc3\\xa9' (id 233) is an added one of "
                "one character that the model may make of other text"),
      Malformed("ByteLevelLineFeed", ByteLevelJson(),
                AddedToken('\n', "Ċ", true), "{}",
                "model.vocab: token '\\xc4\\x8a' (id 10) is an added one of"),
      // What merges make of "é".
      Malformed("ByteLevelMerged", ByteLevelJson(),
                AddedToken(261, "Ã©", false),
                R"({"model": {"vocab": {"Ã©": 261}, "merges": ["Ã ©"]}})",
                "model.merges[0]: token '\\xc3\\x83\\xc2\\xa9' (id 261) is an "
                "added one that the model may make of other text"),
      // What merges make of " hell".
      Malformed("ByteLevelSpace", ByteLevelJson(),
                AddedToken(259, "Ġhell", false), "{}",
                "model.merges[3]: token '\\xc4\\xa0hell' (id 259) is an added"),
      // Both "<0x0A>" and a line feed.
      Malformed("FallbackByte", SentencePieceJson(),
                AddedToken(13, "<0x0A>", false), "{}",
                "model.vocab: token '<0x0A>' (id 13) is an added one, but "
                "spelled as byte_fallback spells a byte"),
      Malformed("FallbackByteSpecial", SentencePieceJson(),
                AddedToken(258, "<0xFF>", true), "{}",
                "model.vocab: token '<0xFF>' (id 258) is an added one"),
      // The decoder makes a line feed of it.
      Malformed("FallbackByteOutsideOfVocab", SentencePieceJson(),
                AddedToken(13, "<0x0A>", false),
                R"({"model": {"vocab": {"<0x0A>": null}}})",
                "model.vocab: token '<0x0A>' (id 13) is an added one"),
      // Half of "é" and whatever has no token.
      Malformed("FallbackByteUnknown", SentencePieceJson(),
                AddedToken(266, "<more>", false),
                R"({"model": {"unk_token": "<0xC3>"}})",
                "model.vocab: token '<0xC3>' (id 198) is the unknown one, but "
                "spelled as byte_fallback spells a byte"),
  };
}

class MalformedAddedTokenTest
    : public ::testing::TestWithParam<MalformedInput> {};

TEST_P(MalformedAddedTokenTest, ReadFailsNamingFileTokenAndId) {
  const std::string path = MakeTestFolder() + "/tokenizer.json";
  WriteTestFile(path, GetParam().contents);
  ExpectRefused(path, GetParam().error,
                [&] { return ReadTokenizerJson(path).status(); });
}

INSTANTIATE_TEST_SUITE_P(AddedTokens, MalformedAddedTokenTest,
                         ::testing::ValuesIn(MalformedAddedTokens()),
                         NameOfInput);

}  // namespace
}  // namespace quant_curve
