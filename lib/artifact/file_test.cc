#include "lib/artifact/file.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

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

TEST(FileTest, WhatIsNoRegularFileIsNotReplaced) {
  const std::string path = TempPath("in_the_way");
  mkdir(path.c_str(), 0755);
  EXPECT_THAT(WriteFileAtomically(path, "x"), FailsSaying("not replaced"));
  EXPECT_THAT(WriteFileAtomically("/dev/null", "x"),
              FailsSaying("not replaced"));
}

TEST(FileTest, AFailedWriteKeepsTheOldFileAndLeavesNothing) {
  const std::string path = TempPath("limited");
  ASSERT_THAT(WriteFileAtomically(path, "old"), IsOk());
  // A limit on the size of files fails the write as a full disk does.
  signal(SIGXFSZ, SIG_IGN);
  rlimit kept;
  getrlimit(RLIMIT_FSIZE, &kept);
  const rlimit small = {1000, kept.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const absl::Status status = WriteFileAtomically(path, std::string(5000, 'x'));
  setrlimit(RLIMIT_FSIZE, &kept);
  EXPECT_THAT(status, FailsSaying("limited: cannot write"));
  ASSERT_OK_AND_ASSIGN(const std::string read, ReadFile(path));
  EXPECT_EQ(read, "old");
  const std::string left = path + ".tmp-" + std::to_string(getpid());
  EXPECT_NE(access(left.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace quant_curve
