#include "lib/text/byte_level.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Words(absl::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const size_t size = Gpt2WordBytes(text);
    words.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return words;
}

TEST(ByteLevelTest, SpellingsAreThoseOfGpt2) {
  EXPECT_EQ(ByteLevelSpelling("hi!"), "hi!");
  EXPECT_EQ(ByteLevelSpelling(" \n"), "ĠĊ");
  EXPECT_EQ(ByteLevelSpelling("é"), "Ã©");           // c3 a9
  EXPECT_EQ(ByteLevelSpelling("\xad"), "\xc5\x83");  // the last, U+0143
  EXPECT_EQ(ByteLevelSpelling("\x7f"), "\xc4\xa1");  // after 0-32: U+0121
}

TEST(ByteLevelTest, EveryByteHasItsOwnSpelling) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) {
    bytes.push_back(static_cast<char>(byte));
  }
  EXPECT_EQ(BytesOfSpelling(ByteLevelSpelling(bytes)), bytes);
}

TEST(ByteLevelTest, OtherCharactersSpellNothing) {
  for (const char* text : {" ", "\n", "\u00ad", "\u0144", "中", "a b"}) {
    EXPECT_FALSE(BytesOfSpelling(text).has_value()) << text;
  }
}

TEST(Gpt2WordTest, LettersNumbersAndSignsStandApart) {
  EXPECT_THAT(Words("Hello world 2024, ok?!"),
              ElementsAre("Hello", " world", " 2024", ",", " ok", "?!"));
  EXPECT_THAT(Words("a1b2"), ElementsAre("a", "1", "b", "2"));
  EXPECT_THAT(Words("x_y"), ElementsAre("x", "_", "y"));
}

TEST(Gpt2WordTest, ContractionsAreWordsInLowerCaseOnly) {
  EXPECT_THAT(Words("I'll we've he'd"),
              ElementsAre("I", "'ll", " we", "'ve", " he", "'d"));
  EXPECT_THAT(Words("it's can't we're I'm"),
              ElementsAre("it", "'s", " can", "'t", " we", "'re", " I", "'m"));
  EXPECT_THAT(Words("IT'S"), ElementsAre("IT", "'", "S"));
  EXPECT_THAT(Words("'sun"), ElementsAre("'s", "un"));
  // A space or sign before the quote takes it along.
  EXPECT_THAT(Words("a 's"), ElementsAre("a", " '", "s"));
  EXPECT_THAT(Words("!'s"), ElementsAre("!'", "s"));
}

TEST(Gpt2WordTest, OfSeveralSpacesTheLastGoesWithTheWord) {
  EXPECT_THAT(Words("a   b"), ElementsAre("a", "  ", " b"));
  EXPECT_THAT(Words("a\n\nb"), ElementsAre("a", "\n", "\n", "b"));
  EXPECT_THAT(Words("a\n b"), ElementsAre("a", "\n", " b"));
  EXPECT_THAT(Words("a \nb"), ElementsAre("a", " ", "\n", "b"));
  EXPECT_THAT(Words("a\tb"), ElementsAre("a", "\t", "b"));
}

TEST(Gpt2WordTest, SpacesAtTheEndStayTogether) {
  EXPECT_THAT(Words("a \n "), ElementsAre("a", " \n "));
  EXPECT_THAT(Words(" "), ElementsAre(" "));
  EXPECT_THAT(Words("a "), ElementsAre("a", " "));
}

TEST(Gpt2WordTest, ClassesAreUnicodes) {
  EXPECT_THAT(Words("čaj 中文٣!"), ElementsAre("čaj", " 中文", "٣", "!"));
  // A combining mark is not a letter; an ideographic space is a space of 3
  // bytes.
  EXPECT_THAT(Words("e\u0301a"), ElementsAre("e", "\u0301", "a"));
  EXPECT_THAT(Words("a\u3000\u3000b"),
              ElementsAre("a", "\u3000", "\u3000", "b"));
  EXPECT_THAT(Words(" 😀😀"), ElementsAre(" 😀😀"));
}

}  // namespace
}  // namespace quant_curve
