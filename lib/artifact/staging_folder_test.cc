#include "lib/artifact/staging_folder.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "lib/artifact/file.h"
#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

namespace fs = std::filesystem;

std::string NewFolder() {
  std::string path = ::testing::TempDir() + "/staging_XXXXXX";
  EXPECT_NE(mkdtemp(&path[0]), nullptr);
  return path;
}

TEST(StagingFolderTest, IsBesideTheTargetAndGoesWithItsContents) {
  const std::string parent = NewFolder();
  {
    const auto staging = StagingFolder::Lock(parent + "/model");
    ASSERT_THAT(staging, IsOk());
    EXPECT_EQ(staging->path(), parent + "/.model:partial");
    EXPECT_THAT(WriteFileAtomically(staging->path() + "/a", "b"), IsOk());
  }
  EXPECT_TRUE(fs::is_empty(parent));
}

TEST(StagingFolderTest, WhatAKilledProcessLeftIsFoundAndCleared) {
  const std::string parent = NewFolder();
  const pid_t child = fork();
  if (child == 0) {
    const auto staging = StagingFolder::Lock(parent + "/model");
    WriteFileAtomically(staging->path() + "/a", "b").IgnoreError();
    _exit(0);  // without destructors
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  {
    const auto staging = StagingFolder::Lock(parent + "/model");
    ASSERT_THAT(staging, IsOk());
    EXPECT_EQ(ReadFile(staging->path() + "/a").value_or(""), "b");
    EXPECT_THAT(staging->Clear(), IsOk());
    EXPECT_TRUE(fs::is_empty(staging->path()));
  }
  EXPECT_TRUE(fs::is_empty(parent));
}

TEST(StagingFolderTest, KeepLeavesIt) {
  const std::string parent = NewFolder();
  StagingFolder::Lock(parent + "/model")->Keep();
  EXPECT_TRUE(fs::exists(parent + "/.model:partial"));
}

// Each adds one to the number in a file, which would lose counts without a
// lock.
TEST(StagingFolderTest, OneProcessAtATimeHasIt) {
  const std::string parent = NewFolder();
  const std::string number = parent + "/number";
  ASSERT_THAT(WriteFileAtomically(number, "0"), IsOk());
  constexpr int kProcesses = 4;
  constexpr int kTimes = 25;
  for (int i = 0; i < kProcesses; ++i) {
    if (fork() != 0) continue;
    for (int j = 0; j < kTimes; ++j) {
      const auto staging = StagingFolder::Lock(parent + "/model");
      const int count = std::stoi(ReadFile(number).value());
      WriteFileAtomically(number, std::to_string(count + 1)).IgnoreError();
    }
    _exit(0);
  }
  for (int i = 0; i < kProcesses; ++i) wait(nullptr);
  EXPECT_EQ(ReadFile(number).value_or(""), std::to_string(kProcesses * kTimes));
  EXPECT_FALSE(fs::exists(parent + "/.model:partial"));
}

TEST(StagingFolderTest, AMissingParentIsNamedWithTheRemedy) {
  const std::string parent = NewFolder() + "/no";
  EXPECT_THAT(StagingFolder::Lock(parent + "/model"),
              FailsSaying("create it first: mkdir -p " + parent));
}

TEST(StagingFolderTest, ALinkInItsPlaceIsNotFollowed) {
  const std::string parent = NewFolder();
  fs::create_directory(parent + "/mine");
  ASSERT_THAT(WriteFileAtomically(parent + "/mine/a", "b"), IsOk());
  fs::create_directory_symlink(parent + "/mine", parent + "/.model:partial");
  EXPECT_THAT(StagingFolder::Lock(parent + "/model"),
              FailsSaying("cannot open"));
  EXPECT_EQ(ReadFile(parent + "/mine/a").value_or(""), "b");
}

}  // namespace
}  // namespace quant_curve
