#include "lib/measurement/name.h"

#include <string>

#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

TEST(NameTest, LettersDigitsAndFourSignsMakeAName) {
  EXPECT_THAT(CheckName("model", "aZ09._+-"), IsOk());
  EXPECT_THAT(CheckName("model", "."), IsOk());
}

TEST(NameTest, ANameHas1To64Characters) {
  EXPECT_THAT(CheckName("model", std::string(64, 'a')), IsOk());
  EXPECT_THAT(CheckName("model", std::string(65, 'a')),
              FailsSaying("model 'aaa"));
  EXPECT_THAT(CheckName("model", ""), FailsSaying("model ''"));
}

// They would end a table's cell, a line or a quotation.
TEST(NameTest, AnyOtherByteIsRefused) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                       c == '+' || c == '-';
    EXPECT_EQ(CheckName("model", std::string("a") + c).ok(), plain) << byte;
  }
}

}  // namespace
}  // namespace quant_curve
