#include "lib/artifact/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

std::string TempPath(const std::string& name) {
  return ::testing::TempDir() + "/" + name;
}

TEST(FileTest, WhatIsWrittenIsReadBack) {
  const std::string path = TempPath("round_trip");
  const std::string contents("a\0b\r\n", 5);
  ASSERT_THAT(WriteFileAtomically(path, contents), IsOk());
  ASSERT_OK_AND_ASSIGN(const std::string read, ReadFile(path));
  EXPECT_EQ(read, contents);
}

TEST(FileTest, AMissingFileIsNamed) {
  EXPECT_THAT(ReadFile("/no/such/file"),
              StatusIs(absl::StatusCode::kNotFound,
                       ::testing::HasSubstr("/no/such/file")));
}

TEST(FileTest, ADirectoryIsRefused) {
  EXPECT_THAT(ReadFile(::testing::TempDir()), FailsSaying("not a regular"));
}

TEST(FileTest, AFileOverTheBoundIsRefused) {
  const std::string path = TempPath("large");
  ASSERT_THAT(WriteFileAtomically(path, "12345"), IsOk());
  EXPECT_THAT(ReadFile(path, 4), FailsSaying("5 bytes, at most 4"));
}

TEST(FileTest, AFailedWriteKeepsTheOldFileAndLeavesNothing) {
  // The destination is a directory, so the rename fails after the write.
  const std::string path = TempPath("in_the_way");
  mkdir(path.c_str(), 0755);
  EXPECT_THAT(WriteFileAtomically(path, "x"), FailsSaying(path));
  const std::string left = path + ".tmp-" + std::to_string(getpid());
  EXPECT_NE(access(left.c_str(), F_OK), 0);
}

TEST(FileTest, AFullDiskIsAnError) {
  // Writes to /dev/full fail with ENOSPC; a path below it cannot be created.
  EXPECT_FALSE(WriteFileAtomically("/dev/full/x", "x").ok());
}

}  // namespace
}  // namespace quant_curve
