#include "lib/cli/printable.h"

#include <string>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TEST(PrintableTest, OrdinaryTextOfAnyScriptStays) {
  const std::string text = "a Ä é 漢字 🙂 ~!\\";
  EXPECT_EQ(Printable(text), text);
  EXPECT_EQ(Printable(""), "");
}

TEST(PrintableTest, ControlCharactersBecomeEscapes) {
  EXPECT_EQ(Printable("\x1b[2Ka\r\nb\t\x7f"), "\\x1b[2Ka\\x0d\\x0ab\\x09\\x7f");
  EXPECT_EQ(Printable(std::string("a\0b", 3)), "a\\x00b");
  // U+009B is CSI, the one-character form of ESC [.
  EXPECT_EQ(Printable("\xc2\x9b"), "\\u009b");
}

TEST(PrintableTest, CharactersThatReorderOrHideTextBecomeEscapes) {
  EXPECT_EQ(Printable("a\u202eb\u2066c\u200bd\u2028"),
            "a\\u202eb\\u2066c\\u200bd\\u2028");
}

TEST(PrintableTest, BytesThatAreNotUtf8BecomeEscapes) {
  EXPECT_EQ(Printable("\xff"), "\\xff");
  EXPECT_EQ(Printable("\xc3"), "\\xc3");           // cut
  EXPECT_EQ(Printable("\xc0\xaf"), "\\xc0\\xaf");  // overlong '/'
  EXPECT_EQ(Printable("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // surrogate
  EXPECT_EQ(Printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

TEST(PrintableTest, LinesStayWhereTheyAreWanted) {
  EXPECT_EQ(PrintableLines("a\n\tb\r\x1b"), "a\n\tb\\x0d\\x1b");
}

}  // namespace
}  // namespace quant_curve
