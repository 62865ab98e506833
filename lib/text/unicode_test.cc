#include "lib/text/unicode.h"

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

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
