// Tokenizers in both files, compared with vocabularies worked out by hand
// (lib/text/test_tokenizers.h).
#include <map>

#include "lib/artifact/status_matchers.h"
#include "lib/json/json.h"
#include "lib/text/gguf_pre_tokenizer.h"
#include "lib/text/test_tokenizers.h"
#include "tools/export/gguf.h"
#include "tools/export/gguf_reader.h"
#include "tools/export/gguf_tokenizer.h"
#include "tools/export/hugging_face_json.h"
#include "tools/export/test_models.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

std::map<std::string, ReadValue> Pairs(const BpeTokenizer& tokenizer,
                                       uint32_t vocab_size) {
  GgufMetadata metadata;
  EXPECT_THAT(AddBpeTokenizer(tokenizer, vocab_size, metadata), IsOk());
  return ReadGgufBytes(GgufBytes(metadata, {})).pairs;
}

TEST(GgufTokenizerTest, ByteLevelTokensAreSpelledAsGpt2SpellsThem) {
  auto pairs = Pairs(ByteLevelTestTokenizer(), 263);
  EXPECT_EQ(pairs["tokenizer.ggml.model"].text, "gpt2");
  EXPECT_EQ(pairs["tokenizer.ggml.pre"].text, "gpt-2");
  const auto& tokens = pairs["tokenizer.ggml.tokens"].strings;
  ASSERT_EQ(tokens.size(), 263u);
  EXPECT_EQ(tokens[' '], "Ġ");
  EXPECT_EQ(tokens['\n'], "Ċ");
  EXPECT_EQ(tokens['A'], "A");
  EXPECT_EQ(tokens[259], "hello");
  EXPECT_EQ(tokens[260], "<|endoftext|>");
  EXPECT_EQ(tokens[261], "[UNUSED261]");
  EXPECT_THAT(pairs["tokenizer.ggml.merges"].strings,
              ElementsAre("h e", "l l", "he ll", "hell o"));
  const auto& types = pairs["tokenizer.ggml.token_type"].numbers;
  ASSERT_EQ(types.size(), 263u);
  EXPECT_EQ(types['A'], 1);
  EXPECT_EQ(types[260], 3);
  EXPECT_EQ(types[262], 5);
  EXPECT_EQ(pairs["tokenizer.ggml.bos_token_id"].number, 260);
  EXPECT_EQ(pairs["tokenizer.ggml.eos_token_id"].number, 260);
  EXPECT_EQ(pairs["tokenizer.ggml.add_bos_token"].number, 1);
}

std::string PreTokenizerOf(BpeTokenizer tokenizer,
                           const std::vector<std::string>& patterns,
                           bool ignore_merges) {
  *tokenizer.mutable_split_patterns() = {patterns.begin(), patterns.end()};
  tokenizer.set_ignore_merges(ignore_merges);
  return GgufPreTokenizer(tokenizer).value_or("unknown");
}

// llama.cpp's llm_load_vocab: which patterns a name has, and whether it sets
// ignore_merges.
TEST(GgufPreTokenizerTest, PatternsHaveLlamaCppsNames) {
  const BpeTokenizer gpt2 = ByteLevelTestTokenizer();
  const std::string words = gpt2.split_patterns(0);
  const std::string llama3 = Llama3TestTokenizer().split_patterns(0);
  EXPECT_EQ(PreTokenizerOf(gpt2, {words}, false), "gpt-2");
  EXPECT_EQ(PreTokenizerOf(gpt2, {words}, true), "unknown");
  EXPECT_EQ(PreTokenizerOf(gpt2, {"\\p{N}", words}, false), "smollm");
  EXPECT_EQ(PreTokenizerOf(gpt2, {llama3}, true), "llama-bpe");
  EXPECT_EQ(PreTokenizerOf(gpt2, {llama3}, false), "dbrx");
  std::string qwen = llama3;
  qwen.erase(qwen.find("{1,3}"), 5);
  EXPECT_EQ(PreTokenizerOf(gpt2, {qwen}, false), "qwen2");
  EXPECT_EQ(PreTokenizerOf(gpt2, {}, false), "unknown");
  EXPECT_EQ(PreTokenizerOf(gpt2, {words, words}, false), "unknown");
}

TEST(GgufPreTokenizerTest, OthersAreRefusedWithTheRemedy) {
  BpeTokenizer tokenizer = ByteLevelTestTokenizer();
  tokenizer.set_split_patterns(0, "x+");
  GgufMetadata metadata;
  EXPECT_THAT(AddBpeTokenizer(tokenizer, 261, metadata),
              FailsSaying("llama.cpp has no name for its pre-tokenizer, 'x+': "
                          "known are those of gpt-2, llama-bpe"));
  EXPECT_THAT(AddBpeTokenizer(tokenizer, 261, metadata),
              FailsSaying("; write --format=safetensors"));
}

TEST(GgufTokenizerTest, MergesBecomeScoresOfWhatTheyMake) {
  auto pairs = Pairs(SentencePieceTestTokenizer(), 268);
  EXPECT_EQ(pairs["tokenizer.ggml.model"].text, "llama");
  const auto& tokens = pairs["tokenizer.ggml.tokens"].strings;
  EXPECT_EQ(tokens[0], "<unk>");
  EXPECT_EQ(tokens[3 + 10], "<0x0A>");
  EXPECT_EQ(tokens[263], "e▁");
  EXPECT_EQ(tokens[266], "▁the");
  EXPECT_EQ(tokens[267], "<user>");
  const auto& scores = pairs["tokenizer.ggml.scores"].numbers;
  ASSERT_EQ(scores.size(), 268u);
  EXPECT_EQ(scores[263], 0);
  EXPECT_EQ(scores[264], -1);
  EXPECT_EQ(scores[265], -2);
  EXPECT_EQ(scores[266], -3);
  EXPECT_EQ(scores[260], -4);  // no merge makes it
  const auto& types = pairs["tokenizer.ggml.token_type"].numbers;
  EXPECT_EQ(types[3], 6);
  EXPECT_EQ(types[260], 1);
  EXPECT_EQ(types[267], 4);
  EXPECT_EQ(pairs["tokenizer.ggml.add_space_prefix"].number, 1);
}

TEST(GgufTokenizerTest, NormalizedTokensAreSpelledWithoutTheirSpace) {
  auto pairs = Pairs(NormalizedTestTokenizer(), 268);
  EXPECT_EQ(pairs["tokenizer.ggml.tokens"].strings[2], "</s>");
  EXPECT_EQ(pairs["tokenizer.ggml.token_type"].numbers[2], 3);
  EXPECT_EQ(pairs["tokenizer.ggml.add_space_prefix"].number, 1);
}

TEST(GgufTokenizerTest, ScoresStayAsTheyAre) {
  auto pairs = Pairs(ScoreTestTokenizer(), 267);
  const auto& scores = pairs["tokenizer.ggml.scores"].numbers;
  EXPECT_EQ(scores[264], -1);
  EXPECT_EQ(scores[263], -2);
  EXPECT_EQ(scores[266], -4);
}

TEST(GgufTokenizerTest, TokenizersLargerThanTheModelAreRefused) {
  GgufMetadata metadata;
  EXPECT_THAT(AddBpeTokenizer(ByteLevelTestTokenizer(), 260, metadata),
              FailsSaying("261 tokens, but the model's vocab_size is 260"));
}

TEST(GgufTokenizerTest, ClosedVocabulariesMarkWhereWordsStart) {
  Tokenizer tokenizer;
  for (const char* token : {".", "the", "w", "st", "alk", "+ed"}) {
    tokenizer.add_tokens(token);
  }
  tokenizer.set_num_function_tokens(2);
  tokenizer.set_num_onsets(2);
  tokenizer.set_num_rimes(1);
  tokenizer.set_num_suffixes(1);
  GgufMetadata metadata;
  ASSERT_THAT(AddClosedVocabulary(tokenizer, 7, metadata), IsOk());
  auto pairs = ReadGgufBytes(GgufBytes(metadata, {})).pairs;
  EXPECT_EQ(pairs["tokenizer.ggml.model"].text, "t5");
  EXPECT_THAT(pairs["tokenizer.ggml.tokens"].strings,
              ElementsAre(".", "▁the", "▁w", "▁st", "alk", "ed", "[UNUSED6]"));
  EXPECT_EQ(pairs["tokenizer.ggml.scores"].numbers.size(), 7u);
  EXPECT_EQ(pairs["tokenizer.ggml.bos_token_id"].number, 0);
  EXPECT_THAT(AddClosedVocabulary(tokenizer, 5, metadata),
              FailsSaying("6 tokens, but the model's vocab_size is 5"));
}

TEST(GgufTokenizerTest, WithoutTokenizerTheModelTakesIds) {
  GgufMetadata metadata;
  AddNoTokenizer(metadata);
  auto pairs = ReadGgufBytes(GgufBytes(metadata, {})).pairs;
  EXPECT_EQ(pairs["tokenizer.ggml.model"].text, "no_vocab");
}

Json TokenizerDocument(const BpeTokenizer& tokenizer) {
  return ParseJson(TokenizerJson(tokenizer), "tokenizer.json").value();
}

TEST(TokenizerJsonTest, ByteLevelHasItsPreTokenizerAndMerges) {
  const Json json = TokenizerDocument(ByteLevelTestTokenizer());
  EXPECT_EQ(json["pre_tokenizer"]["type"], "ByteLevel");
  EXPECT_EQ(json["pre_tokenizer"]["add_prefix_space"], false);
  EXPECT_TRUE(json["normalizer"].is_null());
  EXPECT_EQ(json["model"]["type"], "BPE");
  EXPECT_EQ(json["model"]["vocab"]["Ġ"], ' ');
  EXPECT_EQ(json["model"]["vocab"].size(), 261u);
  EXPECT_EQ(json["model"]["merges"], (Json{"h e", "l l", "he ll", "hell o"}));
  ASSERT_EQ(json["added_tokens"].size(), 1u);
  EXPECT_EQ(json["added_tokens"][0]["content"], "<|endoftext|>");
  EXPECT_EQ(json["added_tokens"][0]["special"], true);
}

TEST(TokenizerJsonTest, PatternsAreStagesBeforeByteLevel) {
  BpeTokenizer tokenizer = Llama3TestTokenizer();
  tokenizer.set_normalization(NFC);
  tokenizer.add_rstrip_ids(260);
  Json json = TokenizerDocument(tokenizer);
  EXPECT_EQ(json["normalizer"], (Json{{"type", "NFC"}}));
  EXPECT_EQ(json["model"]["ignore_merges"], true);
  EXPECT_EQ(json["added_tokens"][0]["rstrip"], true);
  EXPECT_EQ(json["added_tokens"][0]["lstrip"], false);
  const Json& stages = json["pre_tokenizer"]["pretokenizers"];
  ASSERT_EQ(stages.size(), 2u);
  EXPECT_EQ(stages[0]["type"], "Split");
  EXPECT_EQ(stages[0]["pattern"]["Regex"], tokenizer.split_patterns(0));
  EXPECT_EQ(stages[0]["behavior"], "Isolated");
  EXPECT_EQ(stages[1]["type"], "ByteLevel");
  EXPECT_EQ(stages[1]["use_regex"], false);

  tokenizer = ByteLevelTestTokenizer();
  tokenizer.set_split_patterns(0, "\\p{N}");
  tokenizer.add_split_patterns(ByteLevelTestTokenizer().split_patterns(0));
  json = TokenizerDocument(tokenizer)["pre_tokenizer"]["pretokenizers"];
  EXPECT_EQ(json[0], (Json{{"type", "Digits"}, {"individual_digits", true}}));
  EXPECT_EQ(json[1]["use_regex"], true);
  tokenizer.clear_split_patterns();
  json = TokenizerDocument(tokenizer)["pre_tokenizer"];
  EXPECT_EQ(json["type"], "ByteLevel");
  EXPECT_EQ(json["use_regex"], false);
}

TEST(TokenizerJsonTest, IdsWithoutTokenAreLeftOut) {
  BpeTokenizer tokenizer = ByteLevelTestTokenizer();
  tokenizer.set_tokens(259, "");
  tokenizer.set_types(259, TOKEN_UNUSED);
  const Json json = TokenizerDocument(tokenizer);
  EXPECT_EQ(json["model"]["vocab"].size(), 260u);
  EXPECT_EQ(json["model"]["vocab"]["<|endoftext|>"], 260);
}

TEST(TokenizerJsonTest, ABeginTokenOfItsOwnStandsInTheTemplate) {
  BpeTokenizer tokenizer = ByteLevelTestTokenizer();
  EXPECT_TRUE(TokenizerDocument(tokenizer)["post_processor"].is_null());
  tokenizer.clear_eos_id();
  const Json json = TokenizerDocument(tokenizer)["post_processor"];
  EXPECT_EQ(json["single"][0]["SpecialToken"]["id"], "<|endoftext|>");
}

TEST(TokenizerJsonTest, SentencePieceSaysHowSpacesAreWritten) {
  BpeTokenizer tokenizer = SentencePieceTestTokenizer();
  tokenizer.set_prefix_space(PREFIX_EACH);
  tokenizer.set_split_at_spaces(false);
  Json json = TokenizerDocument(tokenizer);
  EXPECT_EQ(json["normalizer"]["normalizers"][0]["type"], "Prepend");
  EXPECT_EQ(json["normalizer"]["normalizers"][1]["content"], "▁");
  EXPECT_TRUE(json["pre_tokenizer"].is_null());
  EXPECT_EQ(json["model"]["byte_fallback"], true);
  EXPECT_EQ(json["model"]["unk_token"], "<unk>");
  EXPECT_EQ(json["post_processor"]["single"][0]["SpecialToken"]["id"], "<s>");
  tokenizer.set_prefix_space(PREFIX_FIRST);
  json = TokenizerDocument(tokenizer);
  EXPECT_EQ(json["pre_tokenizer"]["type"], "Metaspace");
  EXPECT_EQ(json["pre_tokenizer"]["prepend_scheme"], "first");
  EXPECT_EQ(json["pre_tokenizer"]["split"], false);
}

// The added tokens 0 <unk>, 1 <s>, 2 </s>, 267 <user>.
TEST(TokenizerJsonTest, NormalizedTokensSaySoBehindAPrepend) {
  BpeTokenizer tokenizer = NormalizedTestTokenizer();
  for (const bool split : {false, true}) {
    tokenizer.set_split_at_spaces(split);
    const Json json = TokenizerDocument(tokenizer);
    EXPECT_EQ(json["model"]["vocab"]["</s>"], 2);
    EXPECT_EQ(json["added_tokens"][1]["normalized"], false);
    EXPECT_EQ(json["added_tokens"][2]["normalized"], true);
    EXPECT_EQ(json["added_tokens"][2]["content"], "</s>");
    EXPECT_EQ(json["normalizer"]["normalizers"][0]["type"], "Prepend");
    EXPECT_EQ(json["normalizer"]["normalizers"][1]["type"], "Replace");
    EXPECT_EQ(json["pre_tokenizer"].is_null(), !split);
    EXPECT_EQ(json.value("/pre_tokenizer/prepend_scheme"_json_pointer, "none"),
              split ? "never" : "none");
  }
}

// As the codec puts it before a space, too, which Metaspace would not.
TEST(TokenizerJsonTest, WithoutNormalizedTokensThePrefixIsTheNormalizers) {
  BpeTokenizer tokenizer = SentencePieceTestTokenizer();
  tokenizer.set_split_at_spaces(true);
  const Json json = TokenizerDocument(tokenizer);
  EXPECT_EQ(json["normalizer"]["normalizers"][0]["type"], "Prepend");
  EXPECT_EQ(json["pre_tokenizer"]["prepend_scheme"], "never");
  EXPECT_EQ(json["pre_tokenizer"]["split"], true);
}

TEST(TokenizerJsonTest, ASpaceAfterNormalizedTokensIsMetaspaces) {
  BpeTokenizer tokenizer = NormalizedTestTokenizer();
  tokenizer.set_tokens(2, "</s>");
  tokenizer.set_prefix_space(PREFIX_EACH);
  const Json json = TokenizerDocument(tokenizer);
  EXPECT_EQ(json["added_tokens"][2]["normalized"], true);
  EXPECT_TRUE(json["normalizer"].is_null());
  EXPECT_EQ(json["pre_tokenizer"]["prepend_scheme"], "always");
  EXPECT_EQ(json["pre_tokenizer"]["split"], false);
}

TEST(TokenizerJsonTest, ScoresBecomeMergesOfEverySplitBestFirst) {
  // "th" -1, "e " -2, "the" -3 (only th+e: "he" is not a token), " the" -4
  // ( +the; " t" is none).
  EXPECT_EQ(TokenizerDocument(ScoreTestTokenizer())["model"]["merges"],
            (Json{"t h", "e ▁", "th e", "▁ the"}));
}

}  // namespace
}  // namespace quant_curve
