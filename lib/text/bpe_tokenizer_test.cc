#include "lib/text/bpe_tokenizer.h"

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_matchers.h"
#include "lib/text/test_tokenizers.h"

namespace quant_curve {
namespace {

using Change = std::function<void(BpeTokenizer&)>;

absl::Status AfterChange(BpeTokenizer tokenizer, const Change& change) {
  change(tokenizer);
  return ValidateBpeTokenizer(tokenizer);
}

absl::Status ByteLevelAfter(const Change& change) {
  return AfterChange(ByteLevelTestTokenizer(), change);
}
absl::Status SentencePieceAfter(const Change& change) {
  return AfterChange(SentencePieceTestTokenizer(), change);
}
absl::Status NormalizedAfter(const Change& change) {
  return AfterChange(NormalizedTestTokenizer(), change);
}
absl::Status ScoresAfter(const Change& change) {
  return AfterChange(ScoreTestTokenizer(), change);
}

TEST(BpeTokenizerTest, TestTokenizersAreValid) {
  EXPECT_THAT(ValidateBpeTokenizer(ByteLevelTestTokenizer()), IsOk());
  EXPECT_THAT(ValidateBpeTokenizer(SentencePieceTestTokenizer()), IsOk());
  EXPECT_THAT(ValidateBpeTokenizer(NormalizedTestTokenizer()), IsOk());
  EXPECT_THAT(ValidateBpeTokenizer(ScoreTestTokenizer()), IsOk());
}

TEST(BpeTokenizerTest, KindAndPrefixMustBeKnown) {
  EXPECT_THAT(ByteLevelAfter([](auto& t) { t.clear_kind(); }),
              FailsSaying("kind=0: is not a kind of tokenizer"));
  EXPECT_THAT(
      ByteLevelAfter([](auto& t) { t.set_kind(static_cast<BpeKind>(9)); }),
      FailsSaying("kind=9"));
  EXPECT_THAT(ByteLevelAfter([](auto& t) { t.clear_prefix_space(); }),
              FailsSaying("prefix_space=0"));
}

TEST(BpeTokenizerTest, TokensMustBeSpelledAsTheirTypeSays) {
  EXPECT_THAT(ByteLevelAfter([](auto& t) { t.clear_tokens(); }),
              FailsSaying("the vocabulary is empty"));
  EXPECT_THAT(ByteLevelAfter([](auto& t) { t.add_tokens("x"); }),
              FailsSaying("261 types for 262 tokens"));
  EXPECT_THAT(
      ByteLevelAfter([](auto& t) { t.set_types(5, TOKEN_TYPE_UNSPECIFIED); }),
      FailsSaying("types[5]=0"));
  EXPECT_THAT(ByteLevelAfter([](auto& t) { t.set_tokens(259, ""); }),
              FailsSaying("tokens[259] is empty"));
  EXPECT_THAT(ByteLevelAfter(
                  [](auto& t) { t.set_tokens(259, std::string(1025, 'x')); }),
              FailsSaying("tokens[259] has 1025 bytes, at most 1024"));
  EXPECT_THAT(ByteLevelAfter([](auto& t) { t.set_tokens(260, "\xff"); }),
              FailsSaying("tokens[260]: byte 0 does not start a UTF-8"));
  EXPECT_THAT(SentencePieceAfter([](auto& t) { t.set_tokens(3, "ab"); }),
              FailsSaying("tokens[3] has 2 bytes, but its type is TOKEN_BYTE"));
}

TEST(BpeTokenizerTest, TokensOfOneGroupMustDiffer) {
  EXPECT_THAT(SentencePieceAfter([](auto& t) { t.set_tokens(262, "t"); }),
              FailsSaying("tokens[262] spells the same bytes"));
  EXPECT_THAT(SentencePieceAfter([](auto& t) { t.set_tokens(5, t.tokens(4)); }),
              FailsSaying("tokens[5] spells the same bytes"));
  EXPECT_THAT(SentencePieceAfter([](auto& t) { t.set_tokens(267, "<s>"); }),
              FailsSaying("tokens[267] spells the same bytes"));
  // Byte "t" and token "t" are of different groups; so is an unused "t".
  EXPECT_THAT(SentencePieceAfter([](auto& t) { t.set_tokens(0, "t"); }),
              IsOk());
}

TEST(BpeTokenizerTest, TokensOfTwoRoundsMayBeAlike) {
  // <user> 267 is found first, </s> 2 with its space then.
  EXPECT_THAT(NormalizedAfter([](auto& t) { t.set_tokens(267, " </s>"); }),
              IsOk());
  EXPECT_THAT(NormalizedAfter([](auto& t) {
                t.set_tokens(267, " </s>");
                t.add_normalized_ids(267);
              }),
              FailsSaying("tokens[267] spells the same bytes"));
}

TEST(BpeTokenizerTest, NormalizedIdsMustAscendAndBeMatchedInText) {
  EXPECT_THAT(NormalizedAfter([](auto& t) { t.add_normalized_ids(1); }),
              FailsSaying("normalized_ids[1]=1: must ascend"));
  EXPECT_THAT(NormalizedAfter([](auto& t) { t.add_normalized_ids(2); }),
              FailsSaying("normalized_ids[1]=2: must ascend"));
  EXPECT_THAT(NormalizedAfter([](auto& t) { t.add_normalized_ids(260); }),
              FailsSaying("normalized_ids[1]=260: is not TOKEN_ADDED"));
  EXPECT_THAT(NormalizedAfter([](auto& t) { t.set_normalized_ids(0, 0); }),
              FailsSaying("normalized_ids[0]=0: is not TOKEN_ADDED"));
  EXPECT_THAT(NormalizedAfter([](auto& t) { t.add_normalized_ids(~0u); }),
              FailsSaying("normalized_ids[1]=4294967295: is no"));
}

TEST(BpeTokenizerTest, ThePrefixOfNormalizedTokensIsAmongTheirBytes) {
  for (const char* bytes : {"</s>", " "}) {
    EXPECT_THAT(NormalizedAfter([&](auto& t) { t.set_tokens(2, bytes); }),
                FailsSaying("tokens[2] is not a space with more behind it"));
  }
  EXPECT_THAT(NormalizedAfter([](auto& t) {
                t.set_tokens(2, "</s>");
                t.set_prefix_space(PREFIX_EACH);
              }),
              IsOk());
}

TEST(BpeTokenizerTest, StrippingAndSingleWordsAreOfMatchedTokens) {
  EXPECT_THAT(ByteLevelAfter([](auto& t) {
                t.add_lstrip_ids(260);
                t.add_rstrip_ids(260);
                t.add_single_word_ids(260);
              }),
              IsOk());
  EXPECT_THAT(ByteLevelAfter([](auto& t) { t.add_lstrip_ids(259); }),
              FailsSaying("lstrip_ids[0]=259: is not TOKEN_ADDED"));
  EXPECT_THAT(ByteLevelAfter([](auto& t) { t.add_rstrip_ids(261); }),
              FailsSaying("rstrip_ids[0]=261: is not TOKEN_ADDED"));
  EXPECT_THAT(ByteLevelAfter([](auto& t) {
                t.add_single_word_ids(260);
                t.add_single_word_ids(260);
              }),
              FailsSaying("single_word_ids[1]=260: must ascend"));
}

TEST(BpeTokenizerTest, PatternsMustBeReadable) {
  EXPECT_THAT(ByteLevelAfter([](auto& t) { t.clear_split_patterns(); }),
              IsOk());
  EXPECT_THAT(ByteLevelAfter([](auto& t) { t.add_split_patterns("(a"); }),
              FailsSaying("tokenizer: split_patterns[1]: is not a regular"));
  EXPECT_THAT(SentencePieceAfter([](auto& t) { t.add_split_patterns("a"); }),
              FailsSaying("SENTENCEPIECE_MERGES: only BYTE_LEVEL has them"));
  EXPECT_THAT(ScoresAfter([](auto& t) { t.set_ignore_merges(true); }),
              FailsSaying("SENTENCEPIECE_SCORES: only BYTE_LEVEL has them"));
  EXPECT_THAT(ByteLevelAfter([](auto& t) {
                t.set_normalization(static_cast<TextNormalization>(3));
              }),
              FailsSaying("normalization=3"));
}

TEST(BpeTokenizerTest, MergesMustBeOfNormalTokens) {
  EXPECT_THAT(ByteLevelAfter([](auto& t) { t.add_merge_left(1); }),
              FailsSaying("5 left and 4 right sides"));
  EXPECT_THAT(ByteLevelAfter([](auto& t) { t.set_merge_left(1, 261); }),
              FailsSaying("merge 1 joins id 261"));
  EXPECT_THAT(ByteLevelAfter([](auto& t) { t.set_merge_right(1, ~0u); }),
              FailsSaying("merge 1 joins id 4294967295"));
  EXPECT_THAT(ByteLevelAfter([](auto& t) { t.set_merge_right(3, 260); }),
              FailsSaying("merge 3 joins id 260, which is not a TOKEN_NORMAL"));
  EXPECT_THAT(
      ByteLevelAfter([](auto& t) { t.set_merge_right(3, 'x'); }),
      FailsSaying("merge 3 of ids 258 and 120 does not give a TOKEN_NORMAL"));
  EXPECT_THAT(ByteLevelAfter([](auto& t) {
                t.set_merge_left(1, 'h');
                t.set_merge_right(1, 'e');
              }),
              FailsSaying("merge 1 of ids 104 and 101 is listed twice"));
}

TEST(BpeTokenizerTest, ScoresMustBeFiniteAndOneAToken) {
  EXPECT_THAT(ByteLevelAfter([](auto& t) { t.add_scores(1); }),
              FailsSaying("1 scores, expected 0 of BYTE_LEVEL"));
  EXPECT_THAT(ScoresAfter([](auto& t) { t.add_scores(1); }),
              FailsSaying("268 scores, expected 267 of SENTENCEPIECE_SCORES"));
  EXPECT_THAT(ScoresAfter([](auto& t) { t.set_scores(7, NAN); }),
              FailsSaying("scores[7] is not finite"));
  EXPECT_THAT(ScoresAfter([](auto& t) {
                t.add_merge_left(260);
                t.add_merge_right(261);
              }),
              FailsSaying("has both merges and scores"));
}

TEST(BpeTokenizerTest, IdsMustBeInTheVocabulary) {
  EXPECT_THAT(ByteLevelAfter([](auto& t) { t.set_bos_id(261); }),
              FailsSaying("bos_id=261: must be less than 261"));
  EXPECT_THAT(ByteLevelAfter([](auto& t) { t.set_eos_id(261); }),
              FailsSaying("eos_id=261"));
  EXPECT_THAT(ByteLevelAfter([](auto& t) { t.set_unknown_id(261); }),
              FailsSaying("unknown_id=261"));
}

TEST(BpeTokenizerTest, OneBeginTokenIsDropped) {
  BpeTokenizer tokenizer = SentencePieceTestTokenizer();  // it is 1
  std::vector<uint32_t> ids = {1, 1, 260};
  EXPECT_TRUE(DropBegin(tokenizer, ids));
  EXPECT_EQ(ids, (std::vector<uint32_t>{1, 260}));
  ids = {260, 1};
  EXPECT_FALSE(DropBegin(tokenizer, ids));
  EXPECT_EQ(ids, (std::vector<uint32_t>{260, 1}));
  ids.clear();
  EXPECT_FALSE(DropBegin(tokenizer, ids));
  ids = {0};
  tokenizer.clear_bos_id();
  EXPECT_FALSE(DropBegin(tokenizer, ids));
}

TEST(BpeTokenizerTest, DigestIsOfTheDocumentedBytes) {
  BpeTokenizer tokenizer;
  tokenizer.set_kind(SENTENCEPIECE_SCORES);
  tokenizer.add_tokens("ab");
  tokenizer.add_types(TOKEN_NORMAL);
  tokenizer.add_scores(1);
  tokenizer.set_prefix_space(PREFIX_EACH);
  tokenizer.set_bos_id(0);
  const std::string bytes(
      "\3\0\0\0"                   // kind
      "\1\0\0\0\2\0\0\0ab"         // tokens
      "\1\0\0\0\1\0\0\0"           // types
      "\0\0\0\0\0\0\0\0"           // merges
      "\1\0\0\0\0\0\x80\x3f"       // scores
      "\3\0\0\0\0\0\0\0"           // prefix_space, split_at_spaces
      "\xff\xff\xff\xff\0\0\0\0"   // unknown_id, fuse_unknown
      "\0\0\0\0\xff\xff\xff\xff",  // bos_id, eos_id
      62);
  EXPECT_EQ(BpeTokenizerSha256(tokenizer), Sha256(bytes));
  tokenizer.add_normalized_ids(258);
  EXPECT_EQ(BpeTokenizerSha256(tokenizer),
            Sha256(bytes + std::string("\1\0\0\0\2\1\0\0", 8)));
  tokenizer.clear_normalized_ids();
  tokenizer.add_split_patterns("a|b");
  tokenizer.set_ignore_merges(true);
  tokenizer.set_normalization(NFKC);
  tokenizer.add_rstrip_ids(3);
  const std::string more(
      "\0\0\0\0"                  // normalized_ids
      "\1\0\0\0\3\0\0\0a|b"       // split_patterns
      "\1\0\0\0\2\0\0\0"          // ignore_merges, normalization
      "\0\0\0\0\1\0\0\0\3\0\0\0"  // lstrip_ids, rstrip_ids
      "\0\0\0\0",                 // single_word_ids
      39);
  EXPECT_EQ(BpeTokenizerSha256(tokenizer), Sha256(bytes + more));
}

TEST(BpeTokenizerTest, DigestChangesWithEveryField) {
  const std::string digest = BpeTokenizerSha256(SentencePieceTestTokenizer());
  const Change changes[] = {
      [](auto& t) { t.set_kind(BYTE_LEVEL); },
      [](auto& t) { t.set_tokens(9, "x"); },
      [](auto& t) { t.set_types(9, TOKEN_UNUSED); },
      [](auto& t) { t.set_merge_left(0, 1); },
      [](auto& t) { t.set_merge_right(0, 1); },
      [](auto& t) { t.add_scores(0); },
      [](auto& t) { t.set_prefix_space(PREFIX_NONE); },
      [](auto& t) { t.set_split_at_spaces(true); },
      [](auto& t) { t.clear_unknown_id(); },
      [](auto& t) { t.set_fuse_unknown(true); },
      [](auto& t) { t.set_bos_id(2); },
      [](auto& t) { t.clear_eos_id(); },
      [](auto& t) { t.add_normalized_ids(2); },
      [](auto& t) { t.add_split_patterns("a"); },
      [](auto& t) { t.set_ignore_merges(true); },
      [](auto& t) { t.set_normalization(NFC); },
      [](auto& t) { t.add_lstrip_ids(2); },
      [](auto& t) { t.add_rstrip_ids(2); },
      [](auto& t) { t.add_single_word_ids(2); },
  };
  for (const Change& change : changes) {
    BpeTokenizer tokenizer = SentencePieceTestTokenizer();
    change(tokenizer);
    EXPECT_NE(BpeTokenizerSha256(tokenizer), digest);
  }
}

}  // namespace
}  // namespace quant_curve
