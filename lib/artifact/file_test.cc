#include "lib/artifact/file.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <random>
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

TEST(FileTest, FilesThatBelongTogetherAreWrittenOrNeitherIs) {
  const std::string a = TempPath("together_a");
  ASSERT_THAT(WriteFileAtomically(a, "old"), IsOk());
  EXPECT_THAT(WriteFilesAtomically({{a, "new"}, {"/no/such/folder/b", "1"}}),
              FailsSaying("/no/such/folder/b"));
  ASSERT_OK_AND_ASSIGN(const std::string kept, ReadFile(a));
  EXPECT_EQ(kept, "old");
  const std::string b = TempPath("together_b");
  ASSERT_THAT(WriteFilesAtomically({{a, "new"}, {b, "1"}}), IsOk());
  ASSERT_OK_AND_ASSIGN(const std::string first, ReadFile(a));
  ASSERT_OK_AND_ASSIGN(const std::string second, ReadFile(b));
  EXPECT_EQ(first + second, "new1");
}

TEST(FileTest, ALeftoverUnderTheTemporaryNameIsNoHindrance) {
  const std::string path = TempPath("left_over");
  const std::string left = path + ".tmp-" + std::to_string(getpid());
  ASSERT_THAT(WriteFileAtomically(left, "half of someth"), IsOk());
  ASSERT_THAT(WriteFileAtomically(path, "new"), IsOk());
  ASSERT_OK_AND_ASSIGN(const std::string read, ReadFile(path));
  EXPECT_EQ(read, "new");
  EXPECT_NE(access(left.c_str(), F_OK), 0);
}

// A child writes one file over and over and is killed at a random moment, most
// often while it writes: what is there is one of the two whole contents.
TEST(FileTest, AKilledWriterLeavesOneOfTheWholeFiles) {
  constexpr int kTries = 200;
  constexpr uint64_t kMaxMicroseconds = 4000;
  const std::string path = TempPath("killed");
  const std::string contents[] = {std::string(100000, 'a'),
                                  std::string(300000, 'b')};
  ASSERT_THAT(WriteFileAtomically(path, contents[0]), IsOk());
  std::mt19937_64 random(42);
  for (int i = 0; i < kTries; ++i) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    for (int turn = 1; child == 0; ++turn) {
      if (!WriteFileAtomically(path, contents[turn % 2]).ok()) _exit(1);
    }
    usleep(random() % kMaxMicroseconds);
    kill(child, SIGKILL);
    int ended = 0;
    waitpid(child, &ended, 0);
    ASSERT_TRUE(WIFSIGNALED(ended)) << "the child could not write";
    ASSERT_OK_AND_ASSIGN(const std::string read, ReadFile(path));
    ASSERT_TRUE(read == contents[0] || read == contents[1])
        << "torn, try " << i;
  }
}

}  // namespace
}  // namespace quant_curve
