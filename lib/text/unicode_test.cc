#include "lib/text/unicode.h"

#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

// From the Unicode character database.
TEST(UnicodeTest, SpacesAreThoseOfTheDatabase) {
  for (const char32_t space :
       {U' ', U'\t', U'\n', U'\v', U'\f', U'\r', U'\u0085', U'\u00a0',
        U'\u1680', U'\u2000', U'\u200a', U'\u2028', U'\u2029', U'\u202f',
        U'\u205f', U'\u3000'}) {
    EXPECT_TRUE(IsSpace(space)) << uint32_t{space};
  }
  for (const char32_t other : {U'\0', U'a', U'\u200b', U'\u180e', U'\ufeff'}) {
    EXPECT_FALSE(IsSpace(other)) << uint32_t{other};
  }
}

TEST(UnicodeTest, WordsHoldLettersMarksDigitsAndConnectors) {
  for (const char32_t word : {U'a', U'Z', U'é', U'中', U'0', U'\u0663', U'_',
                              U'\u203f', U'\u0301', U'\u200d', U'\u2160'}) {
    EXPECT_TRUE(IsWordCharacter(word)) << uint32_t{word};
  }
  for (const char32_t other :
       {U' ', U'-', U'\'', U'²', U'½', U'\u200b', U'\U0001f600'}) {
    EXPECT_FALSE(IsWordCharacter(other)) << uint32_t{other};
  }
}

TEST(UnicodeTest, NormalFormsAreUnicodes) {
  const char text[] = "e\u0301 \u212b \ufb01 \u0041\u030a";
  EXPECT_EQ(Normalize(TEXT_NORMALIZATION_UNSPECIFIED, text).value(), text);
  EXPECT_EQ(Normalize(NFC, text).value(), "\u00e9 \u00c5 \ufb01 \u00c5");
  EXPECT_EQ(Normalize(NFKC, text).value(), "\u00e9 \u00c5 fi \u00c5");
}

}  // namespace
}  // namespace quant_curve
