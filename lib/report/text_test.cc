#include "lib/report/text.h"

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TEST(TextTest, ThousandsAreGrouped) {
  EXPECT_EQ(Thousands(0), "0");
  EXPECT_EQ(Thousands(999), "999");
  EXPECT_EQ(Thousands(1000), "1,000");
  EXPECT_EQ(Thousands(103680), "103,680");
  EXPECT_EQ(Thousands(1234567), "1,234,567");
}

TEST(TextTest, PercentagesEndAtTheErrorsSecondDigit) {
  EXPECT_EQ(PercentText({0.8213, 0.0517}), "+0.821 ± 0.052 %");
  EXPECT_EQ(PercentText({16.72, 1.24}), "+16.7 ± 1.2 %");
  EXPECT_EQ(PercentText({-1.158, 0.31}), "-1.16 ± 0.31 %");
  EXPECT_EQ(PercentText({131.1, 23.6}), "+131.1 ± 23.6 %");
  EXPECT_EQ(PercentText({0, 0}), "0 %");
  EXPECT_EQ(PercentText({-0.004, 0.21}), "+0.00 ± 0.21 %");
}

TEST(TextTest, ListsEndWithAnd) {
  EXPECT_EQ(CodeList({"a"}), "`a`");
  EXPECT_EQ(CodeList({"a", "b", "c"}), "`a`, `b` and `c`");
}

TEST(TextTest, TablesHaveARuleBelowTheHeader) {
  EXPECT_EQ(MarkdownTable({"x", "y"}, {{"1", "2"}}),
            "| x | y |\n| --- | ---: |\n| 1 | 2 |\n");
}

TEST(TextTest, MeasuredValuesHaveNoSign) {
  EXPECT_EQ(MeasuredText({0.020512, 0.00012}), "0.02051 ± 0.00012");
  EXPECT_EQ(MeasuredText({3.514e-6, 1.26e-8}), "3.51e-06 ± 1.3e-08");
}

}  // namespace
}  // namespace quant_curve
