#include "lib/artifact/payload.h"

#include <unistd.h>

#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

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
