#include "lib/artifact/frame.h"

#include <string>

#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

TEST(FrameTest, NumbersAreLittleEndian) {
  std::string bytes;
  AppendLittleEndian(0x0807060504030201, 8, bytes);
  AppendLittleEndian(0x0c0b0a09, 4, bytes);
  EXPECT_EQ(bytes, "\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c");
  EXPECT_EQ(LittleEndianAt(bytes, 0, 8), 0x0807060504030201);
  EXPECT_EQ(LittleEndianAt(bytes, 8, 4), 0x0c0b0a09);
  EXPECT_EQ(LittleEndianAt("\xff\xff\xff\xff\xff\xff\xff\xff", 0, 8),
            ~uint64_t{0});
}

// The table in docs/formats.md.
TEST(FrameTest, EachKindHasItsVersions) {
  struct Versions {
    ArtifactKind kind;
    uint32_t format;
    uint32_t schema;
  };
  for (const Versions& versions :
       {Versions{CORPUS, 1, 2}, Versions{CHECKPOINT, 2, 5},
        Versions{CALIBRATION, 2, 4}, Versions{QUANTIZED_MODEL, 2, 6},
        Versions{MEASUREMENT, 1, 3}, Versions{TIMING, 1, 6},
        Versions{TOKENIZER, 1, 2}, Versions{ACTIVATIONS, 2, 3}}) {
    EXPECT_EQ(FormatVersion(versions.kind), versions.format);
    EXPECT_EQ(SchemaVersion(versions.kind), versions.schema);
    const std::string header = FrameHeader(versions.kind, 5);
    EXPECT_EQ(KindInHeader(header, "a").value(), versions.kind);
    EXPECT_THAT(CheckHeader(header, versions.kind, "a"), IsOk());
  }
}

TEST(FrameTest, AHeaderIsAsDocumented) {
  EXPECT_EQ(FrameHeader(CALIBRATION, 0x0102), std::string("QCURVE\r\n"
                                                          "\2\0\0\0"
                                                          "\3\0\0\0"
                                                          "\4\0\0\0"
                                                          "\0\0\0\0"
                                                          "\2\1\0\0\0\0\0\0",
                                                          32));
}

TEST(FrameTest, AShortHeaderIsRefused) {
  const std::string header = FrameHeader(CORPUS, 0);
  for (size_t size = 0; size < header.size(); ++size) {
    EXPECT_THAT(KindInHeader(header.substr(0, size), "a.qca"),
                FailsSaying(size < 8 ? "a.qca: not a quant_curve artifact"
                                     : "a.qca: truncated"));
  }
}

TEST(FrameTest, AnArtifactBeginsWithTheMagicBytes) {
  EXPECT_TRUE(HasArtifactMagic(FrameHeader(CORPUS, 0)));
  EXPECT_TRUE(HasArtifactMagic("QCURVE\r\n"));
  EXPECT_FALSE(HasArtifactMagic("QCURVE\n\n"));
  EXPECT_FALSE(HasArtifactMagic("QCURVE\r"));
  EXPECT_FALSE(HasArtifactMagic(""));
}

TEST(FrameTest, AnOlderFileIsToBeMadeAgainAndANewerOneIsNot) {
  std::string header = FrameHeader(CHECKPOINT, 0);
  header[8] = 1;
  EXPECT_THAT(CheckHeader(header, CHECKPOINT, "a.qca"),
              FailsSaying("a.qca: CHECKPOINT in format version 1, this tool "
                          "reads 2; run the stage that made it again"));
  header[8] = 3;
  const absl::Status newer = CheckHeader(header, CHECKPOINT, "a.qca");
  EXPECT_EQ(newer.message(),
            "a.qca: CHECKPOINT in format version 3, this tool reads 2; use a "
            "newer version of this tool");
}

TEST(FrameTest, AnotherKindSchemaAndReservedBytesAreRefused) {
  std::string header = FrameHeader(CHECKPOINT, 0);
  EXPECT_THAT(CheckHeader(header, CORPUS, "a.qca"),
              FailsSaying("a.qca: holds CHECKPOINT, expected CORPUS"));
  header[23] = 1;
  EXPECT_THAT(CheckHeader(header, CHECKPOINT, "a.qca"),
              FailsSaying("reserved header bytes 20-23 are not zero"));
  header[16] = 2;
  EXPECT_THAT(CheckHeader(header, CHECKPOINT, "a.qca"),
              FailsSaying("CHECKPOINT schema version 2, this tool reads 5; run "
                          "the stage that made it again"));
  header[16] = 6;
  EXPECT_THAT(CheckHeader(header, CHECKPOINT, "a.qca"),
              FailsSaying("CHECKPOINT schema version 6, this tool reads 5; use "
                          "a newer version of this tool"));
  header[15] = 1;
  EXPECT_THAT(KindInHeader(header, "a.qca"),
              FailsSaying("a.qca: holds unknown kind 16777218"));
}

}  // namespace
}  // namespace quant_curve
