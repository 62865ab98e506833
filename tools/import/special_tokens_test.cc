#include "tools/import/special_tokens.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "tools/import/test_inputs.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

// "e" 0, "<s>" 1, "</s>" 2, "<|im_end|>" 3; all but "e" added.
TokenizerVocabulary Vocabulary() {
  TokenizerVocabulary vocabulary;
  vocabulary.entries = {{"e", TOKEN_NORMAL, true},
                        {"<s>", TOKEN_CONTROL, true},
                        {"</s>", TOKEN_CONTROL, true},
                        {"<|im_end|>", TOKEN_ADDED, true}};
  for (uint32_t id = 0; id < 4; ++id) {
    vocabulary.ids[vocabulary.entries[id].spelling] = id;
  }
  return vocabulary;
}

absl::StatusOr<absl::optional<uint32_t>> Agreed(
    const std::vector<TokenClaim>& claims) {
  const TokenizerVocabulary vocabulary = Vocabulary();
  return AgreedToken(claims, &vocabulary);
}

TEST(SpecialTokensTest, ClaimsByIdAndByTextMayAgree) {
  EXPECT_EQ(*Agreed({}), absl::nullopt);
  EXPECT_EQ(*Agreed({{"a", {1}, ""}, {"b", {}, "<s>"}}), 1);
  EXPECT_EQ(*Agreed({{"b", {}, "<|im_end|>"}}), 3);
}

TEST(SpecialTokensTest, OfSeveralEndTokensTheFirstThatAllNameIsTaken) {
  EXPECT_EQ(*Agreed({{"a", {2, 3}, ""}}), 2);
  EXPECT_EQ(*Agreed({{"a", {2, 3}, ""}, {"b", {3}, ""}}), 3);
  EXPECT_EQ(*Agreed({{"a", {2, 3}, ""}, {"b", {}, "<|im_end|>"}}), 3);
}

TEST(SpecialTokensTest, ClaimsThatDifferAreAllNamed) {
  EXPECT_THAT(Agreed({{"a", {1}, ""}, {"b", {2, 3}, ""}}),
              FailsSaying("a is 1, but b is 2 or 3: they must agree"));
  EXPECT_THAT(Agreed({{"a", {1}, ""}, {"b", {}, "</s>"}}),
              FailsSaying("a is 1, but b is '</s>' (2): they must agree"));
  EXPECT_THAT(Agreed({{"a", {}, "<bos>"}}),
              FailsSaying("a is '<bos>', which tokenizer.json does not hold"));
}

TEST(SpecialTokensTest, WithoutAVocabularyOnlyIdsCount) {
  const std::vector<TokenClaim> claims = {{"a", {7}, ""}, {"b", {}, "<s>"}};
  EXPECT_EQ(*AgreedToken(claims, nullptr), 7);
}

TEST(SpecialTokensTest, FilesOfTransformersAreRead) {
  const std::string folder = MakeTestFolder();
  SpecialTokens tokens;
  EXPECT_FALSE(*ReadGenerationConfig(folder + "/g.json", tokens));
  EXPECT_FALSE(*ReadTokenizerConfig(folder + "/t.json", tokens));
  WriteTestFile(folder + "/g.json",
                R"({"bos_token_id": 1, "eos_token_id": [2, 3], "top_p": 1})");
  WriteTestFile(folder + "/t.json",
                R"({"bos_token": {"content": "<s>", "lstrip": false},
                    "eos_token": "</s>", "add_prefix_space": null})");
  EXPECT_TRUE(*ReadGenerationConfig(folder + "/g.json", tokens));
  EXPECT_TRUE(*ReadTokenizerConfig(folder + "/t.json", tokens));
  ASSERT_EQ(tokens.begin.size(), 2);
  EXPECT_EQ(tokens.begin[0].where, folder + "/g.json: bos_token_id");
  EXPECT_THAT(tokens.begin[0].ids, ElementsAre(1));
  EXPECT_EQ(tokens.begin[1].text, "<s>");
  ASSERT_EQ(tokens.end.size(), 2);
  EXPECT_THAT(tokens.end[0].ids, ElementsAre(2, 3));
  EXPECT_EQ(tokens.end[1].text, "</s>");
  EXPECT_FALSE(tokens.add_prefix_space.has_value());
  WriteTestFile(folder + "/t.json", R"({"bos_token": 1})");
  EXPECT_THAT(ReadTokenizerConfig(folder + "/t.json", tokens),
              FailsSaying("t.json: bos_token: is 1, expected a string"));
}

}  // namespace
}  // namespace quant_curve
