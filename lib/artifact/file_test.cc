#include "lib/artifact/file.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "lib/artifact/sha256.h"
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
  EXPECT_THAT(ReadFile(::testing::TempDir()),
              FailsSaying("is a folder, not a regular"));
}

// Opening a pipe without a writer blocks for ever; the test would time out.
TEST(FileTest, APipeIsRefusedWithoutWaitingForAWriter) {
  const std::string path = TempPath("pipe");
  unlink(path.c_str());
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(ReadFile(path), FailsSaying("is a pipe"));
}

TEST(FileTest, AFileThatIsCutWhileItIsReadIsRefused) {
  const std::string path = TempPath("cut");
  ASSERT_THAT(WriteFileAtomically(path, "0123456789"), IsOk());
  const auto cut = [&](absl::string_view head, int64_t size) -> absl::Status {
    EXPECT_EQ(head, "012");
    EXPECT_EQ(size, 10);
    EXPECT_EQ(truncate(path.c_str(), 7), 0);
    return absl::OkStatus();
  };
  EXPECT_THAT(ReadFile(path, 100, 3, cut),
              StatusIs(absl::StatusCode::kAborted,
                       ::testing::HasSubstr("cut: ended after 7 of 10 bytes")));
}

TEST(FileTest, AFileThatGrowsWhileItIsReadIsRefused) {
  const std::string path = TempPath("grows");
  ASSERT_THAT(WriteFileAtomically(path, "0123456789"), IsOk());
  const auto grow = [&](absl::string_view, int64_t) -> absl::Status {
    EXPECT_EQ(truncate(path.c_str(), 11), 0);
    return absl::OkStatus();
  };
  EXPECT_THAT(ReadFile(path, 100, 3, grow), FailsSaying("grew while"));
}

// A sparse file of a terabyte: reading it, or memory for it, would fail.
TEST(FileTest, AHeadThatIsRefusedEndsTheReading) {
  const std::string path = TempPath("sparse");
  ASSERT_THAT(WriteFileAtomically(path, "x"), IsOk());
  ASSERT_EQ(truncate(path.c_str(), int64_t{1} << 40), 0);
  const auto refuse = [](absl::string_view head, int64_t) -> absl::Status {
    return absl::InvalidArgumentError(
        absl::StrCat("begins with ", head.substr(0, 1)));
  };
  EXPECT_THAT(ReadFile(path, int64_t{1} << 50, 8, refuse),
              FailsSaying("begins with x"));
  unlink(path.c_str());
}

TEST(FileTest, TheDigestOfAFileThatStayedTheSameIsItsDigest) {
  const std::string path = TempPath("same");
  ASSERT_THAT(WriteFileAtomically(path, "abc"), IsOk());
  ASSERT_OK_AND_ASSIGN(const FileIdentity identity, IdentityOf(path));
  ASSERT_OK_AND_ASSIGN(const std::string digest,
                       Sha256OfUnchanged(path, identity));
  EXPECT_EQ(HexDigest(digest),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(FileTest, ASwappedOrChangedFileHasNoDigest) {
  const std::string path = TempPath("swapped");
  for (const char* how : {"swap", "append", "overwrite"}) {
    ASSERT_THAT(WriteFileAtomically(path, "abc"), IsOk());
    ASSERT_OK_AND_ASSIGN(const FileIdentity identity, IdentityOf(path));
    usleep(20000);  // file systems' times move in steps of milliseconds
    if (how == absl::string_view("swap")) {
      ASSERT_THAT(WriteFileAtomically(path, "abc"), IsOk());
    } else {
      FILE* file = fopen(path.c_str(), *how == 'a' ? "a" : "r+");
      ASSERT_NE(file, nullptr);
      fputs("xyz", file);
      fclose(file);
    }
    EXPECT_THAT(Sha256OfUnchanged(path, identity), FailsSaying("changed while"))
        << how;
  }
}

TEST(FileTest, AMissingFolderIsNamed) {
  EXPECT_THAT(WriteFileAtomically("/no/such/folder/b", "1"),
              FailsSaying("the folder /no/such/folder does not exist"));
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

// Somebody put a link under the temporary's name: what it points to is not
// written.
TEST(FileTest, ALinkUnderTheTemporaryNameIsNotFollowed) {
  const std::string path = TempPath("followed");
  const std::string victim = TempPath("victim");
  ASSERT_THAT(WriteFileAtomically(victim, "precious"), IsOk());
  const std::string left = path + ".tmp-" + std::to_string(getpid());
  unlink(left.c_str());
  ASSERT_EQ(symlink(victim.c_str(), left.c_str()), 0);
  ASSERT_THAT(WriteFileAtomically(path, "new"), IsOk());
  ASSERT_OK_AND_ASSIGN(const std::string kept, ReadFile(victim));
  EXPECT_EQ(kept, "precious");
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

// More than one of the pieces in which a file is read. The digest is
// sha256sum's of `head -c 2097153 /dev/zero | tr '\0' a`.
TEST(Sha256OfFileTest, AFileOfSeveralPiecesIsHashedWhole) {
  const std::string path = ::testing::TempDir() + "/pieces";
  ASSERT_THAT(WriteFileAtomically(path, std::string((2 << 20) + 1, 'a')),
              IsOk());
  EXPECT_EQ(HexDigest(Sha256OfFile(path).value_or("")),
            "16a429a1e5162fcf59e3079724763e9afafcef1e2c7f862571e9267b3d959113");
  EXPECT_THAT(Sha256OfFile(::testing::TempDir()), FailsSaying("folder"));
}

}  // namespace
}  // namespace quant_curve
