#include "lib/text/sentencepiece.h"

#include <string>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TEST(SentencePieceTest, BytesAreSpelledWithTwoCapitalDigits) {
  EXPECT_EQ(ByteTokenSpelling('\n'), "<0x0A>");
  EXPECT_EQ(ByteTokenSpelling(0xff), "<0xFF>");
}

TEST(SentencePieceTest, EveryByteComesBack) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string expected(1, static_cast<char>(byte));
    EXPECT_EQ(ByteOfSpelling(ByteTokenSpelling(static_cast<uint8_t>(byte))),
              expected);
  }
}

TEST(SentencePieceTest, OtherTextsAreNoBytes) {
  for (const char* text :
       {"", "<0x0a>", "<0X0A>", "<0x0A", "<0x0A> ", "<0x0G>", "0x0A"}) {
    EXPECT_FALSE(ByteOfSpelling(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace quant_curve
