#include "lib/quantization/packing.h"

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

std::string Bytes(std::initializer_list<int> bytes) {
  std::string text;
  for (const int byte : bytes) text.push_back(static_cast<char>(byte));
  return text;
}

constexpr bool kSignedScale = true;

// Every code of the format in turn.
std::vector<int16_t> CountingCodes(uint64_t count, const CodeFormat& format) {
  std::vector<int16_t> codes;
  int code = format.lowest();
  for (uint64_t i = 0; i < count; ++i) {
    codes.push_back(code);
    code = code == format.highest() ? format.lowest() : code + 1;
  }
  return codes;
}

TEST(PackingTest, Int4PutsTheEvenColumnInTheLowNibble) {
  ASSERT_OK_AND_ASSIGN(const std::string packed,
                       PackCodes({1, -1, -7, 7}, 1, 4, {4, true}));
  EXPECT_EQ(packed, Bytes({0xf1, 0x79}));
}

TEST(PackingTest, EveryRowStartsOnAByte) {
  ASSERT_OK_AND_ASSIGN(const std::string packed,
                       PackCodes({1, 2, 3, 4, 5, 6}, 2, 3, {4, true}));
  EXPECT_EQ(packed, Bytes({0x21, 0x03, 0x54, 0x06}));
}

TEST(PackingTest, Int8IsOneTwosComplementCodeAByte) {
  ASSERT_OK_AND_ASSIGN(const std::string packed,
                       PackCodes({127, -127, 0, -1}, 1, 4, {8, true}));
  EXPECT_EQ(packed, Bytes({0x7f, 0x81, 0x00, 0xff}));
}

// 1 -> 001, -1 -> 111, 3 -> 011, -3 -> 101; the stream from bit 0:
// 100 111 110 101 -> bytes 1001 1111, 0101: 0xf9, 0x0a.
TEST(PackingTest, ThreeBitCodesLieAcrossBytes) {
  ASSERT_OK_AND_ASSIGN(const std::string packed,
                       PackCodes({1, -1, 3, -3}, 1, 4, {3, true}));
  EXPECT_EQ(packed, Bytes({0xf9, 0x0a}));
}

TEST(PackingTest, AsymmetricCodesAreUnsigned) {
  ASSERT_OK_AND_ASSIGN(const std::string packed,
                       PackCodes({0, 15, 8}, 1, 3, {4, false}));
  EXPECT_EQ(packed, Bytes({0xf0, 0x08}));
}

// Rows of less than eight codes, of eight, and of many and a rest; 7 columns
// leave rows ragged at every width but 8.
TEST(PackingTest, EveryWidthRoundTripsInTheDocumentedNumberOfBytes) {
  for (const uint64_t columns : {1, 7, 8, 9, 67, 200}) {
    for (uint32_t bits = 2; bits <= 8; ++bits) {
      for (const bool symmetric : {true, false}) {
        const CodeFormat format = {bits, symmetric};
        const std::vector<int16_t> codes = CountingCodes(61 * columns, format);
        ASSERT_OK_AND_ASSIGN(const std::string packed,
                             PackCodes(codes, 61, columns, format));
        EXPECT_EQ(packed.size(), 61 * ((columns * bits + 7) / 8));
        ASSERT_OK_AND_ASSIGN(const std::vector<int16_t> unpacked,
                             UnpackCodes(packed, 61, columns, format));
        EXPECT_EQ(unpacked, codes) << columns << " columns, " << bits
                                   << " bits, symmetric " << symmetric;
      }
    }
  }
}

// -8 is 1000: with 7 in the high nibble 0x78.
TEST(PackingTest, AFormatWithSignedScalesHasTheLowestCode) {
  const CodeFormat int4 = {4, true, kSignedScale};
  ASSERT_OK_AND_ASSIGN(const std::string packed,
                       PackCodes({-8, 7}, 1, 2, int4));
  EXPECT_EQ(packed, Bytes({0x78}));
  EXPECT_THAT(PackCodes({-9}, 1, 1, int4), FailsSaying("code -9"));
  EXPECT_THAT(PackCodes({8}, 1, 1, int4), FailsSaying("[-8, 7]"));
  for (uint32_t bits = 2; bits <= 8; ++bits) {
    const CodeFormat format = {bits, true, kSignedScale};
    EXPECT_EQ(format.lowest(), -(1 << (bits - 1)));
    const std::vector<int16_t> codes = CountingCodes(61 * 67, format);
    ASSERT_OK_AND_ASSIGN(const std::string bytes,
                         PackCodes(codes, 61, 67, format));
    ASSERT_OK_AND_ASSIGN(const std::vector<int16_t> unpacked,
                         UnpackCodes(bytes, 61, 67, format));
    EXPECT_EQ(unpacked, codes) << bits << " bits";
  }
}

TEST(PackingTest, SetPaddingBitsAreRefused) {
  for (int bit = 4; bit < 8; ++bit) {
    EXPECT_THAT(UnpackCodes(Bytes({0x21, 0x03, 0x54, 0x06 | 1 << bit}), 2, 3,
                            {4, true}),
                FailsSaying("row 1: padding"));
  }
}

TEST(PackingTest, TheCodeOutsideASymmetricGridIsRefused) {
  EXPECT_THAT(UnpackCodes(Bytes({0x81}), 1, 2, {4, true}),
              FailsSaying("row 0: column 1: code -8 is outside [-7, 7]"));
  EXPECT_THAT(UnpackCodes(Bytes({0x80}), 1, 1, {8, true}),
              FailsSaying("code -128"));
  EXPECT_THAT(UnpackCodes(Bytes({0x81}), 1, 2, {4, false}), IsOk());
}

// At any column of a long row; the message names the first one. Only the sign
// bit of its pattern is set: bit bits - 1 of the code.
TEST(PackingTest, TheFirstForbiddenCodeIsFoundAtEveryColumn) {
  constexpr uint64_t kColumns = 45;
  for (uint32_t bits = 2; bits <= 8; ++bits) {
    const CodeFormat format = {bits, true};
    const std::string zeros(PackedRowBytes(kColumns, bits), '\0');
    const auto forbid = [&](uint64_t column, std::string& packed) {
      const uint64_t bit = column * bits + bits - 1;
      packed[bit / 8] |= static_cast<char>(1 << bit % 8);
    };
    for (uint64_t column = 0; column < kColumns; ++column) {
      std::string packed = zeros + zeros;
      forbid(column, packed);
      forbid(kColumns - 1, packed);
      EXPECT_THAT(UnpackCodes(packed, 2, kColumns, format),
                  FailsSaying(absl::StrCat("row 0: column ", column, ": code ",
                                           -(1 << (bits - 1)), " is outside")));
      EXPECT_THAT(UnpackCodes(packed, 2, kColumns, {bits, false}), IsOk());
    }
  }
}

TEST(PackingTest, SetPaddingBitsAreRefusedAtEveryWidth) {
  constexpr uint64_t kColumns = 45;
  for (uint32_t bits = 2; bits < 8; ++bits) {
    const uint64_t used = kColumns * bits;
    const std::string zeros(PackedRowBytes(kColumns, bits), '\0');
    ASSERT_LT(used, 8 * zeros.size());
    for (uint64_t bit = used; bit < 8 * zeros.size(); ++bit) {
      std::string row = zeros;
      row.back() |= static_cast<char>(1 << bit % 8);
      EXPECT_THAT(UnpackCodes(zeros + row, 2, kColumns, {bits, true}),
                  FailsSaying("row 1: padding"))
          << bits << " bits, padding bit " << bit;
    }
  }
}

TEST(PackingTest, AnotherLengthIsRefused) {
  EXPECT_THAT(UnpackCodes(Bytes({1, 2, 3}), 2, 3, {4, true}),
              FailsSaying("3 bytes, shape [2, 3] of 4-bit codes needs 2 x 2"));
  EXPECT_THAT(UnpackCodes("", uint64_t{1} << 62, uint64_t{1} << 32, {8, true}),
              FailsSaying("overflows"));
  EXPECT_THAT(UnpackCodes("", 1, uint64_t{1} << 33, {8, true}),
              FailsSaying("columns=8589934592"));
  EXPECT_THAT(UnpackCodes("", uint64_t{1} << 62, 0, {8, true}),
              FailsSaying("columns=0"));
}

TEST(PackingTest, PackRefusesWhatTheFormatCannotHold) {
  EXPECT_THAT(PackCodes({-8}, 1, 1, {4, true}), FailsSaying("code -8"));
  EXPECT_THAT(PackCodes({8}, 1, 1, {4, true}), FailsSaying("code 8"));
  EXPECT_THAT(PackCodes({-1}, 1, 1, {4, false}), FailsSaying("code -1"));
  EXPECT_THAT(PackCodes({1, 2}, 1, 3, {4, true}), FailsSaying("2 codes"));
  EXPECT_THAT(PackCodes({1}, 1, 1, {9, true}), FailsSaying("bits=9"));
}

}  // namespace
}  // namespace quant_curve
