#include "lib/artifact/replacement.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "lib/artifact/file.h"
#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

class ReplacementTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "/replacement_XXXXXX";
    ASSERT_NE(mkdtemp(&folder_[0]), nullptr);
    path_ = folder_ + "/file";
  }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string Contents() const { return ReadFile(path_).value_or("none"); }

  std::string folder_;
  std::string path_;
};

TEST_F(ReplacementTest, PutsTheNewFileInPlaceOnDemand) {
  ASSERT_THAT(WriteFileAtomically(path_, "old"), IsOk());
  {
    auto file = Replacement::Write(path_, "new");
    ASSERT_THAT(file, IsOk());
    EXPECT_EQ(Contents(), "old");
    EXPECT_THAT(file->PutInPlace(false), IsOk());
    EXPECT_EQ(Contents(), "new");
  }
  EXPECT_EQ(Contents(), "new");
  EXPECT_THAT(Names(), ElementsAre("file"));
}

TEST_F(ReplacementTest, ItIsTakenBack) {
  ASSERT_THAT(WriteFileAtomically(path_, "old"), IsOk());
  {
    auto file = Replacement::Write(path_, "new");
    ASSERT_THAT(file, IsOk());
    EXPECT_THAT(file->PutInPlace(false), IsOk());
    file->TakeBack();
    EXPECT_EQ(Contents(), "old");
  }
  EXPECT_THAT(Names(), ElementsAre("file"));
}

TEST_F(ReplacementTest, WhatWasAbsentIsAbsentAgain) {
  {
    auto file = Replacement::Write(path_, "new");
    ASSERT_THAT(file, IsOk());
    EXPECT_THAT(file->PutInPlace(false), IsOk());
    file->TakeBack();
  }
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(ReplacementTest, OneThatIsNotPutInPlaceLeavesNothing) {
  { ASSERT_THAT(Replacement::Write(path_, "new"), IsOk()); }
  EXPECT_THAT(Names(), IsEmpty());
}

// Names that a killed process leaves, and others that only look like them.
TEST_F(ReplacementTest, TemporariesOfKilledProcessesAreRemoved) {
  for (const char* name : {"file.tmp-1", "file.tmp-99999999.old", "file.tmp-",
                           "file.tmp-1a", "other.tmp-1"}) {
    ASSERT_THAT(WriteFileAtomically(folder_ + "/" + name, "left"), IsOk());
  }
  ASSERT_THAT(WriteFileAtomically(path_, "new"), IsOk());
  EXPECT_THAT(Names(),
              ElementsAre("file", "file.tmp-", "file.tmp-1a", "other.tmp-1"));
}

// A child has written its temporary and waits.
TEST_F(ReplacementTest, TemporariesOfLivingProcessesStay) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto file = Replacement::Write(path_, "of the child");
    const char done = file.ok() ? 'y' : 'n';
    if (write(ready[1], &done, 1) != 1) _exit(1);
    while (true) pause();
  }
  char done = 'n';
  ASSERT_EQ(read(ready[0], &done, 1), 1);
  ASSERT_EQ(done, 'y');
  const std::string temporary = "file.tmp-" + std::to_string(child);
  ASSERT_THAT(WriteFileAtomically(path_, "of the parent"), IsOk());
  EXPECT_THAT(Names(), ElementsAre("file", temporary));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  ASSERT_THAT(WriteFileAtomically(path_, "of the parent"), IsOk());
  EXPECT_THAT(Names(), ElementsAre("file"));
}

}  // namespace
}  // namespace quant_curve
