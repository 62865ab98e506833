#include "lib/text/utf8.h"

#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

TEST(Utf8Test, WellFormedUtf8IsAccepted) {
  for (const absl::string_view text :
       {absl::string_view(""), absl::string_view("a\0b", 3),
        absl::string_view("\x7f\xc2\x80\xdf\xbf"),
        absl::string_view("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"),
        absl::string_view("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")}) {
    EXPECT_THAT(CheckUtf8(text), IsOk());
  }
}

TEST(Utf8Test, IllFormedUtf8IsRefusedWithItsOffset) {
  for (const absl::string_view text :
       {"ab\x80", "ab\xff", "ab\xc3", "ab\xc0\x80", "ab\xe0\x9f\xbf",
        "ab\xed\xa0\x80", "ab\xf0\x8f\xbf\xbf", "ab\xf4\x90\x80\x80",
        "ab\xe2\x82", "ab\xf0\x9f\x98x"}) {
    EXPECT_THAT(CheckUtf8(text), FailsSaying("byte 2 does not start a UTF-8"));
  }
}

TEST(Utf8Test, CodePointsOfEveryLengthAreRead) {
  const struct {
    absl::string_view text;
    char32_t value;
  } cases[] = {{"a", 0x61},
               {"\xc3\xa9", 0xe9},
               {"\xe2\x96\x81", 0x2581},
               {"\xf0\x9f\x98\x80", 0x1f600}};
  for (const auto& [text, value] : cases) {
    EXPECT_EQ(FirstCodePoint(text).value, value);
    EXPECT_EQ(FirstCodePoint(text).size_bytes, text.size());
    EXPECT_EQ(CodePointBytes(text[0]), text.size());
  }
}

TEST(Utf8Test, ATextThatStartsMalformedHasNoFirstCodePoint) {
  for (const absl::string_view text :
       {"\x80", "\xff", "\xc3", "\xc0\xaf", "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80"}) {
    EXPECT_EQ(FirstCodePoint(text).size_bytes, 0);
    EXPECT_EQ(FirstCodePoint(text).value, 0);
  }
}

}  // namespace
}  // namespace quant_curve
