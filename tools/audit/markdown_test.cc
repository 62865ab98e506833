#include "tools/audit/markdown.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsNan;

std::vector<double> Values(absl::string_view text) {
  std::vector<double> values;
  for (const PrintedNumber& number : NumbersIn(text)) {
    values.push_back(number.value);
  }
  return values;
}

TEST(TablesInTest, EachTableHasItsCaptionAndRows) {
  const auto tables = TablesIn(
      "# Title\n\nabove\n\n| a | b c |\n| --- | ---: |\n| `x` | 1 |\n"
      "| y | 2 | 3 |\n\nmore text\n| d |\n| --- |\n");
  ASSERT_EQ(tables.size(), 2);
  EXPECT_EQ(tables[0].line, 5);
  EXPECT_EQ(tables[0].caption, "above");
  EXPECT_THAT(tables[0].header, ElementsAre("a", "b c"));
  EXPECT_THAT(tables[0].rows,
              ElementsAre(ElementsAre("`x`", "1"), ElementsAre("y", "2", "3")));
  EXPECT_EQ(tables[1].caption, "more text");
  EXPECT_THAT(tables[1].rows, IsEmpty());
  EXPECT_EQ(ColumnOf(tables[0], "b"), 1);
  EXPECT_EQ(ColumnOf(tables[0], "z"), -1);
}

TEST(NumbersInTest, ThousandsSignsAndDecimalsAreRead) {
  EXPECT_THAT(Values("5.1299 ± 0.0266"), ElementsAre(5.1299, 0.0266));
  EXPECT_THAT(Values("142,630 [114,771, 144,445]"),
              ElementsAre(142630, 114771, 144445));
  EXPECT_THAT(Values("-0.0026 ± 0.0032 %"), ElementsAre(-0.0026, 0.0032));
  EXPECT_THAT(Values("+1.18"), ElementsAre(1.18));
  EXPECT_THAT(Values("on it, 3."), ElementsAre(3));
  // Those within a word are none.
  EXPECT_THAT(Values("L2 95.0 [94, 96]"), ElementsAre(95, 94, 96));
  EXPECT_THAT(Values("72 % of int8 dot"), ElementsAre(72));
  EXPECT_THAT(Values(""), IsEmpty());
  EXPECT_EQ(NumbersIn("1,234.50")[0].decimals, 2);
}

TEST(NumbersInTest, ANumberThatGoesOnWithALetterMatchesNothing) {
  EXPECT_THAT(Values("1.00e9 [1.00, 2k]"), ElementsAre(IsNan(), 1, IsNan()));
  EXPECT_THAT(Values("10th, 5µs, 3²"), ElementsAre(IsNan(), IsNan(), IsNan()));
  EXPECT_THAT(Values("5% 5 µs"), ElementsAre(5, 5));
  EXPECT_FALSE(IsRounded(NumbersIn("1.00e9")[0], 1));
  EXPECT_FALSE(IsRounded(NumbersIn("1.00e9")[0], 1e9));
}

TEST(WordsInTest, WordsBeginWithALetter) {
  EXPECT_EQ(WordsIn("L2 95.0 [94, 96]"), "L2");
  EXPECT_EQ(WordsIn("72 % of int8 dot"), "of int8 dot");
  EXPECT_EQ(WordsIn("5.1299 ± 0.0266 %"), "");
  EXPECT_EQ(WordsIn("1.00e9"), "e9");
  EXPECT_EQ(WordsIn(""), "");
}

TEST(IsRoundedTest, TheLastDigitMayBeHalfAWayOff) {
  EXPECT_TRUE(IsRounded({5.13, 2}, 5.1251));
  EXPECT_TRUE(IsRounded({5.13, 2}, 5.135));
  EXPECT_FALSE(IsRounded({5.13, 2}, 5.1249));
  EXPECT_FALSE(IsRounded({5.13, 2}, 5.1351));
  EXPECT_TRUE(IsRounded({7, 0}, 7.5));
  EXPECT_FALSE(IsRounded({7, 0}, 8));
}

}  // namespace
}  // namespace quant_curve
