#include "lib/artifact/sha256.h"

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

// The examples of FIPS 180-4.
TEST(Sha256Test, MatchesThePublishedVectors) {
  EXPECT_EQ(HexDigest(Sha256("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(HexDigest(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256Test, PiecesGiveTheDigestOfTheWhole) {
  Sha256Stream stream;
  for (const char* piece : {"", "a", "bc", ""}) stream.Add(piece);
  EXPECT_EQ(HexDigest(stream.Finish()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace quant_curve
