#include "lib/text/unicode.h"

#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

TEST(UnicodeTest, WellFormedUtf8IsAccepted) {
  for (const absl::string_view text :
       {absl::string_view(""), absl::string_view("a\0b", 3),
        absl::string_view("\x7f\xc2\x80\xdf\xbf"),
        absl::string_view("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"),
        absl::string_view("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")}) {
    EXPECT_THAT(CheckUtf8(text), IsOk());
  }
}

TEST(UnicodeTest, IllFormedUtf8IsRefusedWithItsOffset) {
  for (const absl::string_view text :
       {"ab\x80", "ab\xff", "ab\xc3", "ab\xc0\x80", "ab\xe0\x9f\xbf",
        "ab\xed\xa0\x80", "ab\xf0\x8f\xbf\xbf", "ab\xf4\x90\x80\x80",
        "ab\xe2\x82", "ab\xf0\x9f\x98x"}) {
    EXPECT_THAT(CheckUtf8(text), FailsSaying("byte 2 starts no UTF-8"));
  }
}

TEST(UnicodeTest, CodePointsOfEveryLengthAreRead) {
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

// From the Unicode character database.
TEST(UnicodeTest, ClassesAreThoseOfTheDatabase) {
  for (const char32_t letter : {U'a', U'Z', U'é', U'ß', U'ж', U'中', U'ª',
                                U'\u02b0', U'\u01c5', U'\U00010400'}) {
    EXPECT_EQ(ClassOf(letter), CharacterClass::kLetter) << uint32_t{letter};
  }
  for (const char32_t number :
       {U'0', U'9', U'²', U'½', U'\u0663', U'\u2160', U'\u3007'}) {
    EXPECT_EQ(ClassOf(number), CharacterClass::kNumber) << uint32_t{number};
  }
  for (const char32_t space :
       {U' ', U'\t', U'\n', U'\v', U'\f', U'\r', U'\u0085', U'\u00a0',
        U'\u1680', U'\u2000', U'\u200a', U'\u2028', U'\u2029', U'\u202f',
        U'\u205f', U'\u3000'}) {
    EXPECT_EQ(ClassOf(space), CharacterClass::kSpace) << uint32_t{space};
  }
  for (const char32_t other :
       {U'\0', U'!', U'_', U'\'', U'\u0301', U'\u200b', U'\u200d', U'\u2581',
        U'\ufeff', U'\U0001f600', U'\U0010ffff'}) {
    EXPECT_EQ(ClassOf(other), CharacterClass::kOther) << uint32_t{other};
  }
}

}  // namespace
}  // namespace quant_curve
