#include "lib/data/tokenizer.h"

#include "lib/artifact/sha256.h"
#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// . he will | s st w | alk ill ock | +s +ed
//  0  1  2    3  4 5    6   7   8    9  10
Tokenizer SmallTokenizer() {
  Tokenizer tokenizer;
  for (const char* token :
       {".", "he", "will", "s", "st", "w", "alk", "ill", "ock", "+s", "+ed"}) {
    tokenizer.add_tokens(token);
  }
  tokenizer.set_num_function_tokens(3);
  tokenizer.set_num_onsets(3);
  tokenizer.set_num_rimes(3);
  tokenizer.set_num_suffixes(2);
  tokenizer.set_separator_id(0);
  return tokenizer;
}

std::vector<uint32_t> Ids(absl::string_view text) {
  return Encode(SmallTokenizer(), text).value();
}

std::string Text(const std::vector<uint32_t>& ids) {
  return Decode(SmallTokenizer(), ids).value();
}

TEST(TokenizerTest, WordsAreOnsetRimeAndSuffix) {
  EXPECT_THAT(Ids("he walked sock"), ElementsAre(1, 5, 6, 10, 3, 8));
}

TEST(TokenizerTest, TheLongestOnsetWins) {
  EXPECT_THAT(Ids("stocks"), ElementsAre(4, 8, 9));
}

TEST(TokenizerTest, AFunctionTokenWinsOverItsSpelling) {
  EXPECT_THAT(Ids("will"), ElementsAre(2));
  EXPECT_THAT(Ids("wills"), ElementsAre(5, 7, 9));
}

TEST(TokenizerTest, AShorterOnsetIsTriedWhenTheLongestDoesNotFit) {
  Tokenizer tokenizer = SmallTokenizer();
  tokenizer.set_tokens(8, "tock");
  EXPECT_THAT(Encode(tokenizer, "stock").value(), ElementsAre(3, 8));
}

TEST(TokenizerTest, TheSeparatorStandsAloneOrEndsAWord) {
  EXPECT_THAT(Ids("he. he .\n ."), ElementsAre(1, 0, 1, 0, 0));
}

TEST(TokenizerTest, NoTextHasNoTokens) { EXPECT_THAT(Ids(" \n"), IsEmpty()); }

TEST(TokenizerTest, EncodeNamesTheWordItCannotSpell) {
  for (const char* word : {"zebra", "Walk", "walking", "alk", "s", "walksed",
                           "he.walk", "hes", "w\xc3\xa4lk"}) {
    EXPECT_THAT(Encode(SmallTokenizer(), std::string("he ") + word + " sock"),
                FailsSaying(std::string("'") + word + "'"));
  }
}

TEST(TokenizerTest, DecodeJoinsWordsAndSeparators) {
  EXPECT_EQ(Text({1, 5, 6, 10, 4, 8, 0, 1, 2, 0}), "he walked stock. he will.");
  // The first two tokens already.
  EXPECT_EQ(Text({5, 6}), "walk");
  EXPECT_EQ(Text({1, 0}), "he.");
}

TEST(TokenizerTest, DecodeShowsPartsThatSpellNoWord) {
  EXPECT_EQ(Text({9, 1, 10, 6, 5, 3, 8, 9, 9, 0, 0}),
            "+s he +ed alk w socks +s. .");
  EXPECT_EQ(Text({0, 8}), ". ock");
}

TEST(TokenizerTest, DecodeRefusesIdsOutsideTheVocabulary) {
  EXPECT_THAT(Decode(SmallTokenizer(), {1, 11}), FailsSaying("token 1 is 11"));
}

TEST(TokenizerTest, DecodingAndEncodingGiveTheTextBack) {
  const std::string text = "he will stock socks. will walked. .";
  EXPECT_EQ(Text(Ids(text)), text);
}

TEST(TokenizerTest, ValidateAcceptsTheSmallTokenizer) {
  EXPECT_THAT(ValidateTokenizer(SmallTokenizer()), IsOk());
}

TEST(TokenizerTest, ValidateRefusesAnEmptyVocabulary) {
  EXPECT_THAT(ValidateTokenizer(Tokenizer()), FailsSaying("empty"));
}

TEST(TokenizerTest, ValidateRefusesGroupsThatDoNotAddUp) {
  Tokenizer tokenizer = SmallTokenizer();
  tokenizer.set_num_rimes(4);
  EXPECT_THAT(ValidateTokenizer(tokenizer),
              FailsSaying("the groups hold 12 tokens, the vocabulary 11"));
  // Modulo 2^32 the sizes would add up.
  tokenizer.set_num_rimes(0xffffffff);
  tokenizer.set_num_onsets(7);
  EXPECT_THAT(ValidateTokenizer(tokenizer), FailsSaying("the groups hold"));
}

TEST(TokenizerTest, ValidateRefusesASeparatorThatIsNoFunctionToken) {
  Tokenizer tokenizer = SmallTokenizer();
  tokenizer.set_separator_id(3);
  EXPECT_THAT(ValidateTokenizer(tokenizer), FailsSaying("separator_id=3"));
}

TEST(TokenizerTest, ValidateRefusesBadTokens) {
  struct Case {
    int id;
    const char* token;
    const char* message;
  };
  for (const Case& c :
       {Case{4, "he", "'he' occurs twice"}, Case{4, "", "token 4 is empty"},
        Case{9, "+", "token 9 is empty"}, Case{9, "ed", "token 9 'ed'"},
        Case{6, "+alk", "token 6 '+alk'"}, Case{1, "h e", "token 1 holds"}}) {
    Tokenizer tokenizer = SmallTokenizer();
    tokenizer.set_tokens(c.id, c.token);
    EXPECT_THAT(ValidateTokenizer(tokenizer), FailsSaying(c.message));
  }
}

// The byte string of the header's definition, written out.
TEST(TokenizerTest, DigestCoversTokensAndCounts) {
  Tokenizer tokenizer;
  tokenizer.add_tokens(".");
  tokenizer.add_tokens("+ed");
  tokenizer.set_num_function_tokens(1);
  tokenizer.set_num_suffixes(1);
  const std::string bytes(
      "\1\0\0\0."
      "\3\0\0\0+ed"
      "\1\0\0\0"
      "\0\0\0\0"
      "\0\0\0\0"
      "\1\0\0\0"
      "\0\0\0\0",
      32);
  EXPECT_EQ(TokenizerSha256(tokenizer), Sha256(bytes));
}

}  // namespace
}  // namespace quant_curve
