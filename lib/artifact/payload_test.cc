#include "lib/artifact/payload.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/file.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"

namespace quant_curve {
namespace {

// A tensor that names a record of these bytes.
Tensor Record(absl::string_view name, uint64_t offset,
              const std::string& bytes) {
  Tensor tensor;
  tensor.set_name(std::string(name));
  tensor.set_dtype(INT8);
  tensor.add_shape(bytes.size());
  tensor.set_offset(offset);
  tensor.set_size_bytes(bytes.size());
  tensor.set_sha256(Sha256(bytes));
  return tensor;
}

TEST(PayloadTest, ATensorThatHoldsItsBytesIsViewedWithoutAFile) {
  const Tensor tensor = MakeInt8("w", {2}, {1, 2});
  ASSERT_OK_AND_ASSIGN(const TensorView view, Payload().View(tensor));
  EXPECT_EQ(view.bytes, "\1\2");
  Payload().Drop(tensor);
}

TEST(PayloadTest, ARecordIsViewedWhereItIs) {
  const Payload payload(std::string("..abc.."));
  ASSERT_OK_AND_ASSIGN(const TensorView view,
                       payload.View(Record("w", 2, "abc")));
  EXPECT_EQ(view.bytes, "abc");
}

TEST(PayloadTest, ARecordOutsideOfTheFileIsRefused) {
  const Payload payload(std::string("..abc"));
  const uint64_t top = ~uint64_t{0};
  Tensor tensor = Record("w", 2, "abc");
  for (const auto& [offset, size] : std::vector<std::pair<uint64_t, uint64_t>>{
           {3, 3}, {2, 4}, {6, 0}, {2, top}, {2, top - 1}, {top, 3}}) {
    tensor.set_offset(offset);
    tensor.set_size_bytes(size);
    EXPECT_THAT(payload.View(tensor),
                FailsSaying("tensor 'w': its record is in no open file"))
        << offset << " " << size;
    payload.Drop(tensor);
  }
  EXPECT_THAT(Payload().View(Record("w", 2, "abc")),
              FailsSaying("its record is in no open file"));
}

TEST(PayloadTest, ADamagedRecordIsRefusedEachTime) {
  const Payload payload(std::string("..abd"));
  const Tensor tensor = Record("w", 2, "abc");
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(payload.View(tensor),
                FailsSaying("tensor 'w': the SHA-256 of its record does not "
                            "match: the file was changed or damaged"));
  }
}

// What was checked is a part of the file, not its offset.
TEST(PayloadTest, EachRecordAtAnOffsetIsChecked) {
  const Payload payload(std::string("..abd"));
  EXPECT_THAT(payload.View(Record("empty", 2, "")), IsOk());
  EXPECT_THAT(payload.View(Record("w", 2, "abc")), FailsSaying("tensor 'w'"));
  EXPECT_THAT(payload.View(Record("sound", 2, "abd")), IsOk());
  EXPECT_THAT(payload.View(Record("w", 2, "abc")), FailsSaying("tensor 'w'"));
}

TEST(PayloadTest, ALoadedTensorHoldsItsBytes) {
  const Payload payload(std::string("..abc.."));
  Tensor tensor = Record("w", 2, "abc");
  ASSERT_THAT(payload.Load(tensor), IsOk());
  Tensor expected = MakeInt8("w", {3}, {'a', 'b', 'c'});
  EXPECT_EQ(tensor.SerializeAsString(), expected.SerializeAsString());
  ASSERT_THAT(payload.Load(tensor), IsOk());
  EXPECT_EQ(tensor.SerializeAsString(), expected.SerializeAsString());
}

TEST(PayloadTest, AnotherFilesRecordIsNotLoaded) {
  const Payload payload(std::string("..abd.."));
  Tensor tensor = Record("w", 2, "abc");
  EXPECT_THAT(payload.Load(tensor), FailsSaying("tensor 'w': the SHA-256"));
  EXPECT_EQ(tensor.SerializeAsString(),
            Record("w", 2, "abc").SerializeAsString());
}

TEST(PayloadTest, CopiesKeepTheFileOpen) {
  Payload copy;
  {
    const Payload payload(std::string("abc"));
    copy = payload;
  }
  EXPECT_THAT(copy.View(Record("w", 0, "abc")), IsOk());
}

TEST(PayloadTest, ADroppedRecordOfAMappedFileIsViewedAgain) {
  const std::string path = ::testing::TempDir() + "/payload";
  const std::string bytes(100000, 'x');
  ASSERT_THAT(WriteFileAtomically(path, "." + bytes), IsOk());
  ASSERT_OK_AND_ASSIGN(auto file, MappedFile::Open(path));
  const Payload payload(std::move(file));
  const Tensor tensor = Record("w", 1, bytes);
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK_AND_ASSIGN(const TensorView view, payload.View(tensor));
    EXPECT_TRUE(view.bytes == bytes);
    payload.Drop(tensor);
  }
}

TEST(PayloadTest, ErrorsAboutAMappedFileNameIt) {
  const std::string path = ::testing::TempDir() + "/damaged.qca";
  ASSERT_THAT(WriteFileAtomically(path, "..abd"), IsOk());
  ASSERT_OK_AND_ASSIGN(auto file, MappedFile::Open(path));
  const Payload payload(std::move(file));
  EXPECT_THAT(
      payload.View(Record("w", 2, "abc")),
      FailsSaying("damaged.qca: tensor 'w': the SHA-256 of its record"));
  EXPECT_THAT(payload.View(Record("w", 3, "abc")),
              FailsSaying("damaged.qca: tensor 'w': its record is in no open"));
}

TEST(PayloadTest, AChangedFileIsNoticed) {
  EXPECT_THAT(Payload().CheckUnchanged(), IsOk());
  EXPECT_THAT(Payload(std::string("abc")).CheckUnchanged(), IsOk());
  const std::string path = ::testing::TempDir() + "/changed.qca";
  ASSERT_THAT(WriteFileAtomically(path, "abc"), IsOk());
  ASSERT_OK_AND_ASSIGN(auto file, MappedFile::Open(path));
  const Payload payload(std::move(file));
  const Payload copy = payload;
  EXPECT_THAT(copy.CheckUnchanged(), IsOk());
  ASSERT_EQ(truncate(path.c_str(), 2), 0);
  EXPECT_THAT(copy.CheckUnchanged(),
              StatusIs(absl::StatusCode::kAborted,
                       ::testing::HasSubstr("changed.qca: changed while")));
}

// An index of two parts, each of 32 bytes of header and a record.
class IndexTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = absl::StrCat(::testing::TempDir(), "/index_XXXXXX");
    ASSERT_NE(mkdtemp(&folder_[0]), nullptr);
    Write("index", kHeader + "own");
    Write("part_1", kHeader + "abc");
    Write("part_2", kHeader + "abd");
  }

  std::string Path(const std::string& name) const {
    return absl::StrCat(folder_, "/", name);
  }
  void Write(const std::string& name, const std::string& contents) const {
    ASSERT_THAT(WriteFileAtomically(Path(name), contents), IsOk());
  }
  Payload Open() const {
    return Payload(MappedFile::Open(Path("index")).value());
  }
  static Tensor RecordOf(const std::string& file, const std::string& bytes) {
    Tensor tensor = Record("w", 32, bytes);
    tensor.set_file(file);
    return tensor;
  }

  const std::string kHeader = std::string(32, 'h');
  std::string folder_;
};

TEST_F(IndexTest, ARecordIsViewedInItsPart) {
  const Payload payload = Open();
  for (const auto& [file, bytes] :
       std::vector<std::pair<std::string, std::string>>{
           {"", "own"}, {"part_1", "abc"}, {"part_2", "abd"}}) {
    const Tensor tensor = RecordOf(file, bytes);
    ASSERT_OK_AND_ASSIGN(const TensorView view, payload.View(tensor));
    EXPECT_EQ(view.bytes, bytes);
    payload.Drop(tensor);
    EXPECT_THAT(payload.View(tensor), IsOk());
  }
}

TEST_F(IndexTest, ALoadedTensorNamesNoFile) {
  Tensor tensor = RecordOf("part_1", "abc");
  ASSERT_THAT(Open().Load(tensor), IsOk());
  EXPECT_EQ(tensor.SerializeAsString(),
            MakeInt8("w", {3}, {'a', 'b', 'c'}).SerializeAsString());
}

TEST_F(IndexTest, APartIsOpenedWhenItIsNeeded) {
  const Payload payload = Open();
  ASSERT_EQ(unlink(Path("part_2").c_str()), 0);
  EXPECT_THAT(payload.View(RecordOf("part_1", "abc")), IsOk());
  for (int i = 0; i < 2; ++i) {
    const auto view = payload.View(RecordOf("part_2", "abd"));
    EXPECT_TRUE(absl::IsNotFound(view.status())) << view.status();
    EXPECT_THAT(view,
                FailsSaying("tensor 'w': " + Path("part_2") + ": cannot open"));
    EXPECT_THAT(view, FailsSaying(absl::StrCat(
                          "(a part of the index ", Path("index"),
                          "); keep the parts that were written with the index "
                          "in its folder, or make them again")));
  }
  Write("part_2", kHeader + "abd");
  EXPECT_THAT(payload.View(RecordOf("part_2", "abd")), IsOk());
}

TEST_F(IndexTest, AFileWithoutAFolderHasNoParts) {
  EXPECT_THAT(Payload(kHeader).View(RecordOf("part_1", "abc")),
              FailsSaying("tensor 'w': its record is in another file"));
}

TEST_F(IndexTest, AWrongOrTruncatedPartIsRefused) {
  const Payload payload = Open();
  EXPECT_THAT(payload.View(RecordOf("part_1", "abd")),
              FailsSaying(absl::StrCat(
                  "tensor 'w': the SHA-256 of its record does not match: the "
                  "file was changed or damaged (",
                  Path("part_1"), ", a part of the index ", Path("index"))));
  EXPECT_THAT(payload.View(RecordOf("part_1", "abcd")),
              FailsSaying("its record of 4 bytes at byte 32 goes beyond the 35 "
                          "bytes of its file"));
  Tensor beyond = RecordOf("part_1", "abc");
  beyond.set_offset(~uint64_t{0} - 1);
  EXPECT_THAT(payload.View(beyond), FailsSaying("goes beyond the 35 bytes"));
  payload.Drop(beyond);
}

TEST_F(IndexTest, AFileWithAnotherHeaderIsNoPart) {
  Write("part_1", std::string(32, 'x') + "abc");
  Write("part_2", "short");
  for (const std::string name : {"part_1", "part_2"}) {
    EXPECT_THAT(
        Open().View(RecordOf(name, "abc")),
        FailsSaying(absl::StrCat(Path(name), ": is not a part of the index ",
                                 Path("index"), ", which has another header")));
  }
}

TEST_F(IndexTest, OnlyRegularFilesArePartsAndNotTheIndex) {
  ASSERT_EQ(mkdir(Path("folder").c_str(), 0755), 0);
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0644), 0);
  EXPECT_THAT(Open().View(RecordOf("folder", "abc")),
              FailsSaying("is a folder, not a regular file"));
  EXPECT_THAT(Open().View(RecordOf("pipe", "abc")),
              FailsSaying("is a pipe, not a regular file"));
  EXPECT_THAT(Open().View(RecordOf("index", "own")),
              FailsSaying("names itself as a part"));
  EXPECT_THAT(Open().View(RecordOf("../part_1", "abc")),
              FailsSaying("must be a name of 1 to 200 bytes"));
}

TEST_F(IndexTest, TheFolderIsThatOfThePathNotOfALinksTarget) {
  ASSERT_EQ(mkdir(Path("other").c_str(), 0755), 0);
  ASSERT_EQ(symlink(Path("index").c_str(), Path("other/index").c_str()), 0);
  const Payload payload(MappedFile::Open(Path("other/index")).value());
  EXPECT_THAT(payload.View(RecordOf("part_1", "abc")),
              FailsSaying("other/part_1"));
  ASSERT_EQ(symlink(Path("part_1").c_str(), Path("other/part_1").c_str()), 0);
  EXPECT_THAT(payload.View(RecordOf("part_1", "abc")), IsOk());
}

TEST_F(IndexTest, ThreadsMayOpenTheSamePart) {
  const Payload payload = Open();
  std::vector<int> views(4);
  std::vector<std::thread> threads;
  for (int& accepted : views) {
    threads.emplace_back([&] {
      for (const std::string file : {"part_1", "part_2", "part_1"}) {
        accepted += payload.View(RecordOf(file, "abc")).ok();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(views, ::testing::Each(2));
}

TEST(PayloadTest, ThreadsMayViewTheSameRecord) {
  const Payload payload(std::string("abcdef"));
  const std::vector<Tensor> tensors = {Record("sound", 0, "abc"),
                                       Record("damaged", 3, "xyz")};
  std::vector<int> views(4);
  std::vector<std::thread> threads;
  for (int& accepted : views) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        accepted += payload.View(tensors[i % 2]).ok();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(views, ::testing::Each(50));
}

}  // namespace
}  // namespace quant_curve
