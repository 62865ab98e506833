#include "lib/text/byte_level.h"

#include <string>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

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

}  // namespace
}  // namespace quant_curve
