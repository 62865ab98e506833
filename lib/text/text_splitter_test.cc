#include "lib/text/text_splitter.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Pieces = std::vector<std::string>;

absl::StatusOr<Pieces> Split(const std::vector<std::string>& patterns,
                             absl::string_view text) {
  absl::StatusOr<TextSplitter> splitter = TextSplitter::Create(patterns);
  if (!splitter.ok()) return splitter.status();
  Pieces pieces;
  const absl::Status status =
      splitter->ForEachPiece(text, [&](absl::string_view piece) {
        pieces.emplace_back(piece);
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return pieces;
}

Pieces Words(absl::string_view text) {
  return Split({std::string(kGpt2Pattern)}, text).value();
}

TEST(Gpt2PatternTest, LettersNumbersAndSignsStandApart) {
  EXPECT_THAT(Words("Hello world 2024, ok?!"),
              ElementsAre("Hello", " world", " 2024", ",", " ok", "?!"));
  EXPECT_THAT(Words("a1b2"), ElementsAre("a", "1", "b", "2"));
  EXPECT_THAT(Words("x_y"), ElementsAre("x", "_", "y"));
}

TEST(Gpt2PatternTest, ContractionsAreWordsInLowerCaseOnly) {
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

TEST(Gpt2PatternTest, OfSeveralSpacesTheLastGoesWithTheWord) {
  EXPECT_THAT(Words("a   b"), ElementsAre("a", "  ", " b"));
  EXPECT_THAT(Words("a\n\nb"), ElementsAre("a", "\n", "\n", "b"));
  EXPECT_THAT(Words("a\n b"), ElementsAre("a", "\n", " b"));
  EXPECT_THAT(Words("a \nb"), ElementsAre("a", " ", "\n", "b"));
  EXPECT_THAT(Words("a\tb"), ElementsAre("a", "\t", "b"));
}

TEST(Gpt2PatternTest, SpacesAtTheEndStayTogether) {
  EXPECT_THAT(Words("a \n "), ElementsAre("a", " \n "));
  EXPECT_THAT(Words(" "), ElementsAre(" "));
  EXPECT_THAT(Words("a "), ElementsAre("a", " "));
}

TEST(Gpt2PatternTest, ClassesAreUnicodes) {
  EXPECT_THAT(Words("čaj 中文٣!"), ElementsAre("čaj", " 中文", "٣", "!"));
  // A combining mark is no letter; an ideographic space is a space of 3 bytes.
  EXPECT_THAT(Words("e\u0301a"), ElementsAre("e", "\u0301", "a"));
  EXPECT_THAT(Words("a\u3000\u3000b"),
              ElementsAre("a", "\u3000", "\u3000", "b"));
  EXPECT_THAT(Words(" 😀😀"), ElementsAre(" 😀😀"));
}

// Each of these is white space to Oniguruma, and these are not.
TEST(TextSplitterTest, WhiteSpaceIsUnicodes) {
  for (const char* space :
       {" ", "\t", "\n", "\v", "\f", "\r", "\u0085", "\u00a0", "\u1680",
        "\u2000", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"}) {
    EXPECT_THAT(Split({"\\s"}, absl::StrCat("a", space, "b")).value(),
                ElementsAre("a", space, "b"));
  }
  for (const char* other : {"\u180e", "\u200b", "\x1c", "\x1f", "\ufeff"}) {
    EXPECT_EQ(Split({"\\s"}, absl::StrCat("a", other, "b"))->size(), 1u);
  }
}

constexpr char kLlama3[] =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

TEST(TextSplitterTest, Llama3TakesDigitsByThreeAndASignBeforeAWord) {
  EXPECT_THAT(Split({kLlama3}, "IT'S (ok)  12345\n\n x!!\r\n").value(),
              ElementsAre("IT", "'S", " (", "ok", ")", " ", " ", "123", "45",
                          "\n\n", " x", "!!\r\n"));
  // U+017F is a long s; "'" and then takes part in the word.
  EXPECT_THAT(Split({kLlama3}, "x'\u017fa").value(),
              ElementsAre("x", "'\u017f", "a"));
  EXPECT_THAT(Split({kLlama3}, "a\u0301 \u0301b").value(),
              ElementsAre("a", "\u0301", " \u0301", "b"));
}

constexpr char kGpt4o[] =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*)"
    R"([\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+)"
    R"([\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

TEST(TextSplitterTest, Gpt4oCutsWordsWhereCapitalsBegin) {
  EXPECT_THAT(Split({kGpt4o}, "camelCase HTTPServer's I'M //\n").value(),
              ElementsAre("camel", "Case", " HTTPServer's", " I'M", " //\n"));
  EXPECT_THAT(Split({kGpt4o}, "ABCdef中文xY").value(),
              ElementsAre("ABCdef中文x", "Y"));
  EXPECT_THAT(Split({kGpt4o}, "e\u0301a").value(), ElementsAre("e\u0301a"));
}

TEST(TextSplitterTest, DeepSeekCutsByThreePatternsInTurn) {
  const std::vector<std::string> patterns = {
      "\\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+",
      "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|"
      "[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|"
      "\\s*[\r\n]+|\\s+(?!\\S)|\\s+"};
  EXPECT_THAT(Split(patterns, "a1234 漢字かな it's {|} $x\n").value(),
              ElementsAre("a", "123", "4", " ", "漢字かな", " it", "'s", " {|}",
                          " $", "x", "\n"));
}

TEST(TextSplitterTest, APatternSeesNothingBeyondThePiece) {
  // Without the first pattern "a(?!b)" would not match in "ab".
  EXPECT_THAT(Split({"a", "a(?!b)"}, "ab").value(), ElementsAre("a", "b"));
  EXPECT_THAT(Split({"b", "(?<=a)c"}, "abcd").value(),
              ElementsAre("a", "b", "cd"));
}

TEST(TextSplitterTest, LinesEndAtLineFeedsOnly) {
  EXPECT_THAT(Split({"x$"}, "x\rx\u0085x\nx").value(),
              ElementsAre("x\rx\u0085", "x", "\n", "x"));
  EXPECT_THAT(Split({"^x"}, "xx\nx").value(), ElementsAre("x", "x\n", "x"));
  EXPECT_THAT(Split({"a."}, "a\na\r").value(), ElementsAre("a\n", "a\r"));
}

TEST(TextSplitterTest, EmptyMatchesCutAndPiecesAreNotEmpty) {
  EXPECT_THAT(Split({"x*"}, "axxb").value(), ElementsAre("a", "xx", "b"));
  EXPECT_THAT(Split({"(?=b)"}, "abb").value(), ElementsAre("a", "b", "b"));
  EXPECT_THAT(Split({"x"}, "").value(), IsEmpty());
  EXPECT_THAT(Split({}, "a b").value(), ElementsAre("a b"));
}

TEST(TextSplitterTest, ACopyCutsAlike) {
  ASSERT_OK_AND_ASSIGN(const TextSplitter one, TextSplitter::Create({"b"}));
  ASSERT_OK_AND_ASSIGN(TextSplitter copy, one.Clone());
  Pieces pieces;
  for (int i = 0; i < 2; ++i) {
    ASSERT_THAT(copy.ForEachPiece("abc",
                                  [&](absl::string_view piece) {
                                    pieces.emplace_back(piece);
                                    return absl::OkStatus();
                                  }),
                IsOk());
  }
  EXPECT_THAT(pieces, ElementsAre("a", "b", "c", "a", "b", "c"));
}

TEST(TextSplitterTest, PatternsThatAreNoneAreRefused) {
  EXPECT_THAT(Split({"a", "(b"}, ""),
              FailsSaying("split_patterns[1]: is not a regular expression "
                          "(ICU: U_REGEX_MISMATCHED_PAREN)"));
  EXPECT_THAT(Split({"\\w"}, ""),
              FailsSaying("split_patterns[0]: byte 0: the escape \\w"));
  EXPECT_THAT(Split(std::vector<std::string>(17, "a"), ""),
              FailsSaying("17 entries, at most 16"));
}

TEST(TextSplitterTest, PatternsThatTakeTooLongAreRefused) {
  EXPECT_THAT(Split({"(x+x+)+y"}, std::string(100, 'x')),
              FailsSaying("split_patterns[0]: takes too long on this text"));
  EXPECT_THAT(Split({"x*y"}, std::string(100000, 'x')),
              FailsSaying("takes too long"));
  EXPECT_THAT(Split({"(?:x|z)*y"}, std::string(1000000, 'x')),
              FailsSaying("split_patterns[0]: takes too"));
}

TEST(TextSplitterTest, LongRunsTakeLinearTime) {
  const size_t size = size_t{1} << 20;
  for (const char* pattern : {kGpt2Pattern.data(), kLlama3, kGpt4o, "\\p{N}"}) {
    for (const char character : {' ', '\n', 'A', 'a', '!', '1'}) {
      const auto pieces = Split({pattern}, std::string(size, character));
      ASSERT_THAT(pieces, IsOk()) << pattern << character;
      size_t bytes = 0;
      for (const std::string& piece : *pieces) bytes += piece.size();
      EXPECT_EQ(bytes, size);
    }
  }
}

}  // namespace
}  // namespace quant_curve
