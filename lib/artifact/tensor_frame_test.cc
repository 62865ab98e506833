#include "lib/artifact/tensor_frame.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/artifact/file.h"
#include "lib/artifact/frame.h"
#include "lib/artifact/mapped_file.h"
#include "lib/artifact/payload.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "proto/calibration.pb.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

constexpr size_t kTrailerBytes = 48;

std::string Zeros(size_t count) { return std::string(count, '\0'); }

// The header of a checkpoint, written out by hand.
std::string Header() {
  return std::string(
      "QCURVE\r\n"
      "\2\0\0\0"
      "\2\0\0\0"
      "\5\0\0\0"
      "\0\0\0\0"
      "\0\0\0\0\0\0\0\0",
      32);
}

std::string LittleEndian64(uint64_t value) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

// Footer and trailer behind `front`, the header and the records; the trailer
// says `offset` and `length`, and its digest is right.
std::string Sealed(const std::string& front, const std::string& footer,
                   uint64_t offset, uint64_t length) {
  const std::string numbers = LittleEndian64(offset) + LittleEndian64(length);
  return front + footer + numbers +
         Sha256(front.substr(0, 32) + footer + numbers);
}

std::string Sealed(const std::string& front, const std::string& footer) {
  return Sealed(front, footer, front.size(), footer.size());
}

absl::Status Read(const std::string& file) {
  Checkpoint checkpoint;
  return ReadTensorFrame(file, CHECKPOINT, "model.qca", checkpoint);
}

// A checkpoint of two tensors: "a", 8 bytes at byte 256, and "b", 3 bytes at
// byte 512. The footer is at byte 768.
class TensorFrameTest : public ::testing::Test {
 protected:
  void SetUp() override {
    checkpoint_.set_tokenizer_sha256("t");
    *checkpoint_.add_tensors() = MakeFloat32("a", {2}, {1.0f, -2.0f});
    *checkpoint_.add_tensors() = MakeInt8("b", {3}, {1, 2, 3});
    StringSink sink;
    ASSERT_OK_AND_ASSIGN(
        digests_, WriteTensorFrame(CHECKPOINT, checkpoint_, Payload(), sink));
    file_ = sink.contents;
    ASSERT_THAT(ReadTensorFrame(file_, CHECKPOINT, "a", read_), IsOk());
    ASSERT_EQ(read_.tensors_size(), 2);
  }

  // What reading says of the file with another footer, sealed correctly.
  absl::Status ReadWith(const std::function<void(Tensor& a, Tensor& b)>& edit) {
    Checkpoint changed = read_;
    edit(*changed.mutable_tensors(0), *changed.mutable_tensors(1));
    return Read(Sealed(file_.substr(0, 768), changed.SerializeAsString()));
  }

  Checkpoint checkpoint_;  // holds its bytes
  Checkpoint read_;        // holds records
  FileDigests digests_;
  std::string file_;
};

// Byte by byte what docs/formats.md says, written out by hand.
TEST_F(TensorFrameTest, TheFrameIsAsDocumented) {
  const std::string a("\0\0\x80\x3f\0\0\0\xc0", 8);
  const std::string b("\1\2\3", 3);
  const std::string footer =
      std::string("\x12\1t", 3) +
      std::string("\x1a\x2f\x0a\1a\x10\1\x1a\1\2\x28\x80\2\x30\x08\x3a\x20",
                  17) +
      Sha256(a) +
      std::string("\x1a\x2f\x0a\1b\x10\4\x1a\1\3\x28\x80\4\x30\x03\x3a\x20",
                  17) +
      Sha256(b);
  const std::string trailer("\0\3\0\0\0\0\0\0\x65\0\0\0\0\0\0\0", 16);
  EXPECT_EQ(file_, Header() + Zeros(256 - 32) + a + Zeros(256 - 8) + b +
                       Zeros(256 - 3) + footer + trailer +
                       Sha256(Header() + footer + trailer));
  EXPECT_EQ(digests_.sha256, Sha256(file_));
  EXPECT_EQ(digests_.size_bytes, file_.size());
  EXPECT_EQ(digests_.contents_sha256, ContentsSha256(CHECKPOINT, read_));
}

TEST_F(TensorFrameTest, AMessageWithoutTensorsHasNoRecords) {
  StringSink sink;
  ASSERT_THAT(WriteTensorFrame(CHECKPOINT, Checkpoint(), Payload(), sink),
              IsOk());
  EXPECT_EQ(sink.contents, Sealed(Header() + Zeros(224), ""));
  EXPECT_THAT(Read(sink.contents), IsOk());
}

TEST_F(TensorFrameTest, WhatIsWrittenIsReadBack) {
  Calibration calibration;  // tensors at two depths
  *calibration.add_inputs()->mutable_hessian() =
      MakeFloat64("", {3}, {0.5, -1.0, 2.0});
  auto& sums = *calibration.add_inputs()->mutable_partial()->mutable_sums();
  *sums.Add() = MakeFloat16("", {0}, {});
  *sums.Add() = MakeBFloat16("bf", {2, 1}, {0x3f80, 0xc000});
  *sums.Add() = MakeFloat64("", {40}, std::vector<double>(40, 0.25));
  const std::string path = ::testing::TempDir() + "/calibration.qca";
  StringSink sink;
  ASSERT_THAT(WriteTensorFrame(CALIBRATION, calibration, Payload(), sink),
              IsOk());
  ASSERT_THAT(WriteFileAtomically(path, sink.contents), IsOk());

  ASSERT_OK_AND_ASSIGN(const auto mapped, MappedFile::Open(path));
  Calibration read;
  ASSERT_THAT(ReadTensorFrame(mapped->bytes(), CALIBRATION, path, read),
              IsOk());
  const Payload payload(mapped);
  const std::vector<Tensor*> before = TensorsIn(calibration);
  const std::vector<Tensor*> after = TensorsIn(read);
  ASSERT_EQ(after.size(), before.size());
  for (size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i]->offset() % 256, 0);
    EXPECT_TRUE(after[i]->data().empty());
    ASSERT_OK_AND_ASSIGN(const TensorView view, payload.View(*after[i]));
    EXPECT_EQ(view.bytes, before[i]->data());
    EXPECT_EQ(after[i]->name(), before[i]->name());
    EXPECT_EQ(after[i]->dtype(), before[i]->dtype());
    EXPECT_EQ(ShapeText(*after[i]), ShapeText(*before[i]));
  }
  StringSink again;
  ASSERT_THAT(WriteTensorFrame(CALIBRATION, read, payload, again), IsOk());
  EXPECT_EQ(again.contents, sink.contents);
}

TEST_F(TensorFrameTest, EveryPrefixIsRefused) {
  for (size_t size = 0; size < file_.size(); ++size) {
    ASSERT_THAT(Read(file_.substr(0, size)), FailsSaying("model.qca: "))
        << size;
  }
}

TEST_F(TensorFrameTest, TrailingBytesAreRefused) {
  EXPECT_THAT(Read(file_ + "x"), FailsSaying("truncated or changed"));
  EXPECT_THAT(Read(file_ + Zeros(256)), FailsSaying("truncated or changed"));
}

TEST_F(TensorFrameTest, EveryFlippedBitOutsideOfTheRecordsIsRefused) {
  for (size_t byte = 0; byte < file_.size(); ++byte) {
    const bool in_record =
        (byte >= 256 && byte < 256 + 8) || (byte >= 512 && byte < 512 + 3);
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = file_;
      flipped[byte] ^= static_cast<char>(1 << bit);
      ASSERT_EQ(Read(flipped).ok(), in_record) << byte << " bit " << bit;
    }
  }
}

TEST_F(TensorFrameTest, AFlippedByteOfPaddingIsCalledByItsPlace) {
  for (const auto& [byte, range] :
       std::vector<std::pair<size_t, std::string>>{{32, "bytes 32 to 255"},
                                                   {264, "bytes 264 to 511"},
                                                   {767, "bytes 515 to 767"}}) {
    std::string flipped = file_;
    flipped[byte] = 1;
    EXPECT_THAT(Read(flipped),
                FailsSaying(absl::StrCat("model.qca: ", range,
                                         " are padding, must be zero")));
  }
}

TEST_F(TensorFrameTest, AFlippedBitOfARecordIsRefusedWhenThatIsViewed) {
  for (size_t byte = 512; byte < 512 + 3; ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = file_;
      flipped[byte] ^= static_cast<char>(1 << bit);
      Checkpoint read;
      ASSERT_THAT(ReadTensorFrame(flipped, CHECKPOINT, "a", read), IsOk());
      const Payload payload(flipped);
      EXPECT_THAT(payload.View(read.tensors(0)), IsOk());
      EXPECT_THAT(payload.View(read.tensors(1)),
                  FailsSaying("tensor 'b': the SHA-256 of its record does not "
                              "match"));
    }
  }
}

TEST_F(TensorFrameTest, RecordsMayBeInAnotherOrderThanTheirTensors) {
  StringSink sink;
  TensorFrameWriter writer(CHECKPOINT, sink);
  ASSERT_THAT(writer.Add(*checkpoint_.mutable_tensors(1)), IsOk());
  ASSERT_THAT(writer.Add(*checkpoint_.mutable_tensors(0)), IsOk());
  ASSERT_THAT(writer.Finish(checkpoint_), IsOk());
  Checkpoint read;
  ASSERT_THAT(ReadTensorFrame(sink.contents, CHECKPOINT, "a", read), IsOk());
  EXPECT_EQ(read.tensors(0).offset(), 512);
  EXPECT_EQ(read.tensors(1).offset(), 256);
  const Payload payload(sink.contents);
  ASSERT_OK_AND_ASSIGN(const TensorView view, payload.View(read.tensors(0)));
  EXPECT_THAT(ReadFloats(view).value(), ElementsAre(1.0f, -2.0f));
}

TEST_F(TensorFrameTest, RecordsMustFollowOneAnother) {
  EXPECT_THAT(ReadWith([](Tensor&, Tensor& b) { b.set_offset(256); }),
              FailsSaying("tensor 'a': its record is at byte 256, must be at "
                          "512"));  // overlap: b has fewer bytes, comes first
  EXPECT_THAT(ReadWith([](Tensor& a, Tensor& b) { b = a; }),
              FailsSaying("its record is at byte 256, must be at 512"));
  EXPECT_THAT(ReadWith([](Tensor&, Tensor& b) { b.set_offset(768); }),
              FailsSaying("tensor 'b': its record is at byte 768, must be at "
                          "512"));  // gap
  EXPECT_THAT(ReadWith([](Tensor& a, Tensor&) { a.set_offset(255); }),
              FailsSaying("tensor 'a': its record is at byte 255, must be at "
                          "256"));  // not aligned, in the header's padding
  EXPECT_THAT(ReadWith([](Tensor&, Tensor& b) { b.set_offset(520); }),
              FailsSaying("tensor 'b': its record is at byte 520"));
  EXPECT_THAT(ReadWith([](Tensor& a, Tensor&) { a.set_offset(0); }),
              FailsSaying("tensor 'a': its record is at byte 0"));
}

TEST_F(TensorFrameTest, RecordsMustEndAtTheFooter) {
  Checkpoint one = read_;
  one.mutable_tensors()->RemoveLast();
  EXPECT_THAT(Read(Sealed(file_.substr(0, 768), one.SerializeAsString())),
              FailsSaying("the records end at byte 512, the footer is at 768"));
  EXPECT_THAT(Read(Sealed(file_.substr(0, 515), read_.SerializeAsString())),
              FailsSaying("the records end at byte 768, the footer is at 515"));
  EXPECT_THAT(ReadWith([](Tensor&, Tensor& b) {
                b.set_shape(0, 257);
                b.set_size_bytes(257);
              }),
              FailsSaying("tensor 'b': its record of 257 bytes at byte 512 "
                          "goes beyond the footer at 768"));
}

TEST_F(TensorFrameTest, OffsetsAndSizesNearTwoToThe64DoNotWrapAround) {
  const uint64_t top = ~uint64_t{0};
  for (const uint64_t offset : {top, top - 255, top - 511, uint64_t{1} << 63}) {
    EXPECT_THAT(ReadWith([&](Tensor&, Tensor& b) { b.set_offset(offset); }),
                FailsSaying("tensor 'b': its record is at byte"));
  }
  for (const uint64_t size : {top, top - 255, top - 511, uint64_t{1} << 63}) {
    EXPECT_THAT(ReadWith([&](Tensor&, Tensor& b) {
                  b.set_dtype(PACKED_CODES);  // of any length
                  b.set_size_bytes(size);
                }),
                FailsSaying("goes beyond the footer at 768"));
  }
}

TEST_F(TensorFrameTest, LengthsMustBeThoseOfDtypeAndShape) {
  EXPECT_THAT(ReadWith([](Tensor& a, Tensor&) { a.set_dtype(FLOAT16); }),
              FailsSaying("model.qca: tensor 'a': 8 bytes, shape [2] of "
                          "FLOAT16 needs 2 x 2"));
  EXPECT_THAT(ReadWith([](Tensor& a, Tensor&) { a.add_shape(2); }),
              FailsSaying("tensor 'a': 8 bytes, shape [2, 2] of FLOAT32 needs "
                          "4 x 4"));
  EXPECT_THAT(ReadWith([](Tensor& a, Tensor&) { a.set_size_bytes(9); }),
              FailsSaying("tensor 'a': 9 bytes"));
  EXPECT_THAT(
      ReadWith([](Tensor&, Tensor& b) { b.set_dtype(DTYPE_UNSPECIFIED); }),
      FailsSaying("tensor 'b': unknown dtype 0"));
  EXPECT_THAT(
      ReadWith([](Tensor&, Tensor& b) { b.set_dtype(static_cast<DType>(99)); }),
      FailsSaying("tensor 'b': unknown dtype 99"));
}

// In 64 bits 2^32 x 2^32 is 0, and 2^62 + 2 elements of 4 bytes are 8 bytes.
TEST_F(TensorFrameTest, ShapesThatOverflowAreRefused) {
  EXPECT_THAT(ReadWith([](Tensor&, Tensor& b) {
                b.set_shape(0, uint64_t{1} << 32);
                b.add_shape(uint64_t{1} << 32);
                b.set_size_bytes(0);
              }),
              FailsSaying("tensor 'b': "));
  EXPECT_THAT(ReadWith([](Tensor& a, Tensor&) {
                a.set_shape(0, (uint64_t{1} << 62) + 2);
              }),
              FailsSaying("tensor 'a': 8 bytes, shape [4611686018427387906]"));
}

TEST_F(TensorFrameTest, AFooterHoldsNoTensorsBytes) {
  EXPECT_THAT(ReadWith([](Tensor& a, Tensor&) { a.set_data("12345678"); }),
              FailsSaying("tensor 'a': holds its bytes in the footer"));
  EXPECT_THAT(ReadWith([this](Tensor&, Tensor& b) {
                b = checkpoint_.tensors(1);  // as version 1 had them
              }),
              FailsSaying("tensor 'b': holds its bytes in the footer"));
}

TEST_F(TensorFrameTest, ADigestHas32Bytes) {
  for (const size_t size : {0, 1, 31, 33}) {
    EXPECT_THAT(ReadWith([&](Tensor&, Tensor& b) {
                  b.set_sha256(std::string(size, 'x'));
                }),
                FailsSaying(absl::StrCat("tensor 'b': the digest of its record "
                                         "has ",
                                         size, " bytes, not 32")));
  }
}

TEST_F(TensorFrameTest, AFooterThatIsNotTheMessageIsRefused) {
  EXPECT_THAT(Read(Sealed(file_.substr(0, 256), "\xff\xff")),
              FailsSaying("the footer is not a valid quant_curve.Checkpoint"));
}

TEST_F(TensorFrameTest, TheTrailerMustSayWhereTheFooterIs) {
  const std::string front = file_.substr(0, 768);
  const std::string footer = read_.SerializeAsString();
  const uint64_t length = footer.size();
  ASSERT_THAT(Read(Sealed(front, footer, 768, length)), IsOk());
  for (const auto& [offset, size] : std::vector<std::pair<uint64_t, uint64_t>>{
           {767, length},
           {768, length - 1},
           {768, length + 1},
           {769, length},
           {0, 768 + length},
           {768 + length + 1, ~uint64_t{0}},  // the sum is right, mod 2^64
           {~uint64_t{0}, 768 + length + 1},
           {768, ~uint64_t{0}}}) {
    EXPECT_THAT(Read(Sealed(front, footer, offset, size)),
                FailsSaying("truncated or changed: its last bytes say a footer "
                            "of"))
        << offset << " " << size;
  }
}

TEST_F(TensorFrameTest, AnotherKindIsRefused) {
  Calibration calibration;
  EXPECT_THAT(ReadTensorFrame(file_, CALIBRATION, "a.qca", calibration),
              FailsSaying("a.qca: holds CHECKPOINT, expected CALIBRATION"));
}

TEST_F(TensorFrameTest, AFileOfVersion1IsToBeMadeAgain) {
  std::string file(
      "QCURVE\r\n"
      "\1\0\0\0"
      "\2\0\0\0"
      "\2\0\0\0"
      "\0\0\0\0",
      24);
  const std::string payload = checkpoint_.SerializeAsString();
  file += LittleEndian64(payload.size()) + payload;
  file += Sha256(file);
  EXPECT_THAT(Read(file),
              FailsSaying("model.qca: CHECKPOINT in format version 1, this "
                          "tool reads 2; run the stage that made it again"));
}

// Sparse files of a terabyte, which take no space and can't be read.
class HugeFileTest : public TensorFrameTest {
 protected:
  static constexpr int64_t kSize = int64_t{1} << 40;

  ~HugeFileTest() override { unlink(path_.c_str()); }

  // Reads `front`, zeros and `back`, together kSize bytes.
  absl::Status ReadSparse(const std::string& front, const std::string& back) {
    absl::Status status = WriteFileAtomically(path_, front);
    if (!status.ok()) return status;
    if (truncate(path_.c_str(), kSize - back.size()) != 0) {
      return absl::InternalError("cannot make a sparse file");
    }
    FILE* const end = std::fopen(path_.c_str(), "ab");
    std::fwrite(back.data(), 1, back.size(), end);
    std::fclose(end);
    const auto mapped = MappedFile::Open(path_);
    if (!mapped.ok()) return mapped.status();
    if ((*mapped)->bytes().size() != kSize) {
      return absl::InternalError("another size");
    }
    return ReadTensorFrame((*mapped)->bytes(), CHECKPOINT, path_, checkpoint_);
  }

  static int64_t PeakMemoryBytes() {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return int64_t{usage.ru_maxrss} * 1024;
  }

  const std::string path_ = ::testing::TempDir() + "/huge.qca";
};

TEST_F(HugeFileTest, IsRefusedWithLittleMemory) {
  const int64_t before = PeakMemoryBytes();
  EXPECT_THAT(ReadSparse("GGUF\3", ""), FailsSaying("a GGUF file"));
  EXPECT_THAT(ReadSparse(file_, ""), FailsSaying("truncated or changed"));
  const uint64_t length = kSize - 256 - kTrailerBytes;
  EXPECT_THAT(ReadSparse(Header(), LittleEndian64(256) +
                                       LittleEndian64(length) + Zeros(32)),
              FailsSaying(absl::StrCat("a footer of ", length,
                                       " bytes: at most 268435456")));
  EXPECT_LT(PeakMemoryBytes() - before, int64_t{64} << 20);
}

// Two bytes each in the file, over a hundred in memory.
TEST_F(HugeFileTest, AFooterOfEmptyMessagesIsRefusedBeforeItIsParsed) {
  std::string footer;
  for (int i = 0; i < 8 << 20; ++i) footer += std::string("\x12\x00", 2);
  const int64_t before = PeakMemoryBytes();
  const std::string file = Header() + Zeros(256 - 32) + footer +
                           TensorFrameTrailer(Header(), 256, footer);
  EXPECT_THAT(ReadTensorFrame(file, CHECKPOINT, path_, checkpoint_),
              FailsSaying("a footer of 16777216 bytes with 8388608 messages "
                          "and strings: at most 1049600"));
  // Parsed, the messages would take over 800 MiB. A sanitizer's shadow memory
  // is three to four times the file's 16 MiB.
  EXPECT_LT(PeakMemoryBytes() - before, int64_t{192} << 20);
}

// The one record is not read before it is viewed.
TEST_F(HugeFileTest, IsReadWithoutItsRecords) {
  const int64_t before = PeakMemoryBytes();
  Checkpoint huge;
  Tensor& tensor = *huge.add_tensors();
  tensor.set_dtype(INT8);
  tensor.set_offset(256);
  tensor.set_sha256(Zeros(32));
  // The footer is at the last multiple of 256 from which it and the trailer
  // can end the file.
  tensor.add_shape(kSize - 512 - 256);
  tensor.set_size_bytes(kSize - 512 - 256);
  std::string footer = huge.SerializeAsString();
  footer += std::string("\x12", 1);  // a field that fills the rest
  const size_t rest = 512 - kTrailerBytes - footer.size();
  ASSERT_GE(rest, 130);  // its length takes two bytes
  footer += static_cast<char>(0x80 | ((rest - 2) & 0x7f));
  footer += static_cast<char>((rest - 2) >> 7);
  footer += Zeros(rest - 2);
  const std::string numbers =
      LittleEndian64(kSize - 512) + LittleEndian64(footer.size());
  EXPECT_THAT(ReadSparse(Header(), footer + numbers +
                                       Sha256(Header() + footer + numbers)),
              IsOk());
  EXPECT_LT(PeakMemoryBytes() - before, int64_t{64} << 20);
}

TEST_F(TensorFrameTest, TheWriterRefusesRecordsOfOtherFiles) {
  StringSink sink;
  Checkpoint foreign = read_;
  EXPECT_THAT(TensorFrameWriter(CHECKPOINT, sink).Finish(foreign),
              FailsSaying("tensor 'a': is a record of another file"));

  // The same place and length as the record that was added, other bytes.
  TensorFrameWriter writer(CHECKPOINT, sink);
  Tensor added = MakeFloat32("a", {2}, {3.0f, 4.0f});
  ASSERT_THAT(writer.Add(added), IsOk());
  ASSERT_EQ(added.offset(), foreign.tensors(0).offset());
  foreign.mutable_tensors()->RemoveLast();
  EXPECT_THAT(writer.Finish(foreign),
              FailsSaying("tensor 'a': is a record of another file"));
}

// An index: "a" is a record of the file "part", at byte 512 there; "b" is a
// record of the index itself.
class IndexFrameTest : public TensorFrameTest {
 protected:
  void SetUp() override {
    TensorFrameTest::SetUp();
    Tensor& a = *index_.add_tensors();
    a = read_.tensors(0);
    a.set_offset(512);
    a.set_file("part");
    *index_.add_tensors() = checkpoint_.tensors(1);
    index_.set_tokenizer_sha256("t");
  }

  // The index with "b" as the only record, at byte 256.
  std::string File() const {
    Checkpoint footer = index_;
    Tensor& b = *footer.mutable_tensors(1);
    b = read_.tensors(1);
    b.set_offset(256);
    return Sealed(Header() + Zeros(224) + "\1\2\3" + Zeros(253),
                  footer.SerializeAsString());
  }

  Checkpoint index_;
};

TEST_F(IndexFrameTest, TheFrameIsAsDocumented) {
  StringSink sink;
  TensorFrameWriter writer(CHECKPOINT, sink);
  index_.mutable_tensors(0)->clear_file();
  ASSERT_THAT(writer.Refer("part", *index_.mutable_tensors(0)), IsOk());
  EXPECT_EQ(index_.tensors(0).file(), "part");
  ASSERT_OK_AND_ASSIGN(const FileDigests digests, writer.Finish(index_));
  EXPECT_EQ(sink.contents, File());
  EXPECT_EQ(digests.contents_sha256, digests_.contents_sha256);
}

TEST_F(IndexFrameTest, RecordsOfOtherFilesMayBeAnywhereInThem) {
  EXPECT_THAT(Read(File()), IsOk());
  index_.mutable_tensors(0)->set_offset(uint64_t{1} << 40);
  EXPECT_THAT(Read(File()), IsOk());
  for (const uint64_t offset : {0, 128, 255, 511, 513}) {
    index_.mutable_tensors(0)->set_offset(offset);
    EXPECT_THAT(Read(File()), FailsSaying(absl::StrCat(
                                  "tensor 'a': its record is at byte ", offset,
                                  " of part, must be at a multiple of 256")));
  }
}

TEST_F(IndexFrameTest, RecordsOfOtherFilesDoNotOverlap) {
  Tensor& again = *index_.add_tensors();
  again = index_.tensors(0);
  again.set_name("again");
  EXPECT_THAT(Read(File()), FailsSaying("tensor 'again': its record overlaps "
                                        "with that of 'a' in part"));
  again.set_offset(768);
  EXPECT_THAT(Read(File()), IsOk());
  again.set_offset(512);
  again.set_file("other");
  EXPECT_THAT(Read(File()), IsOk());
}

TEST_F(IndexFrameTest, LargeOffsetsAndSizesDoNotWrapAround) {
  Tensor& a = *index_.mutable_tensors(0);
  a.set_dtype(PACKED_CODES);
  for (const uint64_t large : {(uint64_t{1} << 62) + 256, ~uint64_t{255}}) {
    a.set_offset(large);
    EXPECT_THAT(Read(File()), FailsSaying("both must be at most 2^62"));
    a.set_offset(512);
    a.set_size_bytes(large);
    EXPECT_THAT(Read(File()), FailsSaying("both must be at most 2^62"));
    a.set_size_bytes(8);
  }
}

TEST_F(IndexFrameTest, OtherFilesHavePlainNames) {
  for (const std::string name : {".", "..", "a/b", "/a", "a\nb"}) {
    index_.mutable_tensors(0)->set_file(name);
    EXPECT_THAT(Read(File()), FailsSaying("must be a name of 1 to 200 bytes"))
        << name;
  }
}

TEST_F(IndexFrameTest, LengthAndDigestAreCheckedAsElsewhere) {
  index_.mutable_tensors(0)->set_size_bytes(12);
  EXPECT_THAT(Read(File()), FailsSaying("tensor 'a': 12 bytes, shape [2]"));
  index_.mutable_tensors(0)->set_size_bytes(8);
  index_.mutable_tensors(0)->set_sha256("x");
  EXPECT_THAT(Read(File()), FailsSaying("the digest of its record has 1 byte"));
}

TEST_F(IndexFrameTest, TheOtherFilesAreListedOnce) {
  EXPECT_THAT(PartNamesIn(read_), ElementsAre());
  *index_.add_tensors() = index_.tensors(0);
  index_.add_tensors()->set_file("other");
  EXPECT_THAT(PartNamesIn(index_), ElementsAre("part", "other"));
}

TEST_F(IndexFrameTest, TheWriterRefusesRecordsThatNobodyReferredTo) {
  StringSink sink;
  EXPECT_THAT(TensorFrameWriter(CHECKPOINT, sink).Finish(index_),
              FailsSaying("tensor 'a': is a record of another file"));
  TensorFrameWriter writer(CHECKPOINT, sink);
  Tensor elsewhere = index_.tensors(0);
  elsewhere.clear_file();
  ASSERT_THAT(writer.Refer("elsewhere", elsewhere), IsOk());
  EXPECT_THAT(writer.Finish(index_),
              FailsSaying("tensor 'a': is a record of another file"));
  EXPECT_THAT(writer.Refer("a/b", *read_.mutable_tensors(0)),
              FailsSaying("must be a name"));
  EXPECT_THAT(writer.Refer("part", *checkpoint_.mutable_tensors(0)),
              FailsSaying("tensor 'a': is not a record"));
}

TEST_F(IndexFrameTest, WritingItWithItsPartsMakesOneFile) {
  const std::string folder = ::testing::TempDir();
  std::string part = Header() + Zeros(224) + Zeros(256);
  part += file_.substr(256, 8);
  ASSERT_THAT(WriteFileAtomically(folder + "/part", part), IsOk());
  ASSERT_THAT(WriteFileAtomically(folder + "/index", File()), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto mapped, MappedFile::Open(folder + "/index"));
  Checkpoint read;
  ASSERT_THAT(ReadTensorFrame(mapped->bytes(), CHECKPOINT, "index", read),
              IsOk());
  StringSink sink;
  ASSERT_OK_AND_ASSIGN(
      const FileDigests digests,
      WriteTensorFrame(CHECKPOINT, read, Payload(mapped), sink));
  EXPECT_EQ(digests.contents_sha256, digests_.contents_sha256);
  Checkpoint one;
  ASSERT_THAT(ReadTensorFrame(sink.contents, CHECKPOINT, "one", one), IsOk());
  EXPECT_THAT(PartNamesIn(one), ElementsAre());
}

TEST_F(TensorFrameTest, TheWriterRefusesARecordInPlaceOfBytes) {
  StringSink sink;
  TensorFrameWriter writer(CHECKPOINT, sink);
  EXPECT_THAT(writer.Add(*read_.mutable_tensors(0)),
              FailsSaying("tensor 'a': is a record already"));
}

TEST_F(TensorFrameTest, TheWriterRefusesAMessageThatLacksAnAddedTensor) {
  StringSink sink;
  TensorFrameWriter writer(CHECKPOINT, sink);
  Tensor surplus = MakeInt8("c", {1}, {1});
  ASSERT_THAT(writer.Add(surplus), IsOk());
  EXPECT_THAT(writer.Finish(checkpoint_),
              FailsSaying("tensor 'a': its record is at byte 512, must be at "
                          "256"));
}

TEST_F(TensorFrameTest, TheWriterRefusesALengthThatTheShapeDoesNotSay) {
  StringSink sink;
  checkpoint_.mutable_tensors(0)->add_shape(3);
  EXPECT_THAT(WriteTensorFrame(CHECKPOINT, checkpoint_, Payload(), sink),
              FailsSaying("tensor 'a': 8 bytes, shape [2, 3]"));
}

TEST_F(TensorFrameTest, DamageIsNotCopiedIntoAnotherFile) {
  std::string damaged = file_;
  damaged[256] ^= 1;
  StringSink sink;
  EXPECT_THAT(WriteTensorFrame(CHECKPOINT, read_, Payload(damaged), sink),
              FailsSaying("tensor 'a': the SHA-256"));
}

// By hand: header with zeros for the payload's length, then the message without
// offsets.
TEST_F(TensorFrameTest, TheContentsDigestIsAsDocumented) {
  const std::string footer =
      std::string("\x12\1t", 3) +
      std::string("\x1a\x2c\x0a\1a\x10\1\x1a\1\2\x30\x08\x3a\x20", 14) +
      read_.tensors(0).sha256() +
      std::string("\x1a\x2c\x0a\1b\x10\4\x1a\1\3\x30\x03\x3a\x20", 14) +
      read_.tensors(1).sha256();
  EXPECT_EQ(digests_.contents_sha256, Sha256(Header() + footer));
}

TEST_F(TensorFrameTest, TheContentsDigestDoesNotDependOnPlaces) {
  StringSink sink;
  TensorFrameWriter writer(CHECKPOINT, sink);
  Checkpoint other = checkpoint_;
  ASSERT_THAT(writer.Add(*other.mutable_tensors(1)), IsOk());
  ASSERT_OK_AND_ASSIGN(const FileDigests digests, writer.Finish(other));
  EXPECT_NE(digests.sha256, digests_.sha256);
  EXPECT_EQ(digests.contents_sha256, digests_.contents_sha256);
}

TEST_F(TensorFrameTest, TheContentsDigestChangesWithEveryByteOfATensor) {
  const auto contents_of = [](const Checkpoint& checkpoint) {
    StringSink sink;
    return WriteTensorFrame(CHECKPOINT, checkpoint, Payload(), sink)
        .value()
        .contents_sha256;
  };
  ASSERT_EQ(contents_of(checkpoint_), digests_.contents_sha256);
  for (int i = 0; i < checkpoint_.tensors_size(); ++i) {
    for (size_t byte = 0; byte < checkpoint_.tensors(i).data().size(); ++byte) {
      Checkpoint changed = checkpoint_;
      (*changed.mutable_tensors(i)->mutable_data())[byte] ^= 1;
      EXPECT_NE(contents_of(changed), digests_.contents_sha256);
    }
  }
  Checkpoint renamed = checkpoint_;
  renamed.mutable_tensors(0)->set_name("c");
  EXPECT_NE(contents_of(renamed), digests_.contents_sha256);
  Checkpoint reshaped = checkpoint_;
  reshaped.mutable_tensors(0)->add_shape(1);
  EXPECT_NE(contents_of(reshaped), digests_.contents_sha256);
  EXPECT_NE(ContentsSha256(QUANTIZED_MODEL, read_), digests_.contents_sha256);
}

}  // namespace
}  // namespace quant_curve
