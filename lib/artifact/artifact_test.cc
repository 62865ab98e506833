#include "lib/artifact/artifact.h"

#include <unistd.h>

#include "lib/artifact/file.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/write_artifact.h"

namespace quant_curve {
namespace {

class ArtifactTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = ::testing::TempDir() + "/artifact.qca";
    corpus_.set_seed(42);
    corpus_.mutable_train()->add_tokens(7);
    ASSERT_THAT(WriteArtifact(path_, corpus_), IsOk());
    ASSERT_OK_AND_ASSIGN(file_, ReadFile(path_));
  }

  // What reading says of the file with its bytes changed to `bytes`.
  absl::Status ReadChanged(const std::string& bytes) {
    const absl::Status written = WriteFileAtomically(path_, bytes);
    if (!written.ok()) return written;
    return ReadArtifact<Corpus>(path_).status();
  }

  // The file with one header field changed and a digest that is right again.
  std::string WithHeaderByte(size_t offset, char value) {
    std::string bytes = file_.substr(0, file_.size() - 32);
    bytes[offset] = value;
    return bytes + Sha256(bytes);
  }

  std::string path_;
  std::string file_;
  Corpus corpus_;
};

TEST_F(ArtifactTest, WhatIsWrittenIsReadBackWithTheFilesDigest) {
  ASSERT_OK_AND_ASSIGN(const Artifact<Corpus> read,
                       ReadArtifact<Corpus>(path_));
  EXPECT_EQ(read.message.SerializeAsString(), corpus_.SerializeAsString());
  EXPECT_EQ(read.sha256, Sha256(file_));
}

// Byte by byte what docs/formats.md says, written out by hand.
TEST_F(ArtifactTest, TheFrameIsAsDocumented) {
  const std::string payload("\x08\x2a\x1a\x03\x0a\x01\x07", 7);
  const std::string header(
      "QCURVE\r\n"
      "\1\0\0\0"
      "\1\0\0\0"
      "\2\0\0\0"
      "\0\0\0\0"
      "\7\0\0\0\0\0\0\0",
      32);
  EXPECT_EQ(file_, header + payload + Sha256(header + payload));
}

TEST_F(ArtifactTest, EveryFlippedBitIsRefused) {
  for (size_t byte = 0; byte < file_.size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = file_;
      flipped[byte] ^= static_cast<char>(1 << bit);
      ASSERT_FALSE(Unframe(flipped, CORPUS, path_).ok())
          << "byte " << byte << " bit " << bit;
    }
  }
}

TEST_F(ArtifactTest, EveryTruncationIsRefused) {
  for (size_t size = 0; size < file_.size(); ++size) {
    ASSERT_FALSE(Unframe(file_.substr(0, size), CORPUS, path_).ok()) << size;
  }
}

// A sparse file of a terabyte cannot be read: it must be refused by its head.
TEST_F(ArtifactTest, AHugeFileOfAnotherFormatIsRefusedByItsHead) {
  for (const std::string& head : {std::string("GGUF\3\0\0\0", 8), file_}) {
    ASSERT_THAT(WriteFileAtomically(path_, head), IsOk());
    ASSERT_EQ(truncate(path_.c_str(), int64_t{1} << 40), 0);
    EXPECT_THAT(ReadArtifact<Corpus>(path_),
                FailsSaying(head == file_ ? "trailing bytes" : "a GGUF file"));
  }
  ASSERT_EQ(unlink(path_.c_str()), 0);
}

TEST_F(ArtifactTest, WhatIsNotAnArtifactIsCalledByItsName) {
  EXPECT_THAT(ReadChanged(""), FailsSaying("it is empty"));
  EXPECT_THAT(ReadChanged("{\"a\": 1}"), FailsSaying("it looks like JSON"));
  EXPECT_THAT(ReadChanged("version https://git-lfs.github.com/spec/v1\n"),
              FailsSaying("run git lfs pull"));
}

TEST_F(ArtifactTest, AWrongKindIsRefusedNamingBoth) {
  EXPECT_THAT(ReadArtifact<Checkpoint>(path_),
              FailsSaying("artifact.qca: holds CORPUS, expected CHECKPOINT"));
}

TEST_F(ArtifactTest, TheHeaderSaysTheKind) {
  EXPECT_EQ(KindOfFile(path_).value(), CORPUS);
  ASSERT_THAT(WriteFileAtomically(path_, WithHeaderByte(12, 99)), IsOk());
  EXPECT_THAT(KindOfFile(path_),
              FailsSaying("artifact.qca: holds unknown kind 99"));
}

TEST_F(ArtifactTest, UnknownVersionsAreRefused) {
  EXPECT_THAT(ReadChanged(WithHeaderByte(8, 2)),
              FailsSaying("CORPUS in format version 2, this tool reads 1; use "
                          "a newer version of this tool"));
  EXPECT_THAT(ReadChanged(WithHeaderByte(16, 9)),
              FailsSaying("CORPUS schema version 9, this tool reads 2; use a "
                          "newer version of this tool"));
}

TEST_F(ArtifactTest, ReservedBytesMustBeZero) {
  EXPECT_THAT(ReadChanged(WithHeaderByte(20, 1)), FailsSaying("reserved"));
}

TEST_F(ArtifactTest, TrailingBytesAreRefused) {
  EXPECT_THAT(ReadChanged(file_ + "x"), FailsSaying("trailing bytes"));
}

TEST_F(ArtifactTest, AnEmptyFileIsRefused) {
  EXPECT_THAT(ReadChanged(""), FailsSaying("not a quant_curve artifact"));
}

TEST_F(ArtifactTest, APayloadThatIsNoMessageIsRefused) {
  EXPECT_THAT(ReadChanged(Frame(CORPUS, "\xff\xff")),
              FailsSaying("the payload is not a valid quant_curve.Corpus"));
}

}  // namespace
}  // namespace quant_curve
