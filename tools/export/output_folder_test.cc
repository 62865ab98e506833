#include "tools/export/output_folder.h"

#include <filesystem>

#include "lib/artifact/file.h"
#include "lib/artifact/staging_folder.h"
#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

// The folder's entries.
size_t Count(const std::string& folder) {
  const std::filesystem::directory_iterator entries(folder);
  return std::distance(begin(entries), end(entries));
}

std::string EmptyFolder(const std::string& name) {
  const std::string path = ::testing::TempDir() + "/" + name;
  std::filesystem::remove_all(path);
  std::filesystem::create_directory(path);
  return path;
}

TEST(OutputFolderTest, FilesAppearUnderTheName) {
  const std::string parent = EmptyFolder("whole");
  ASSERT_THAT(WriteFolder(parent + "/model/",
                          [](const std::string& folder) {
                            return WriteFileAtomically(folder + "/a", "b");
                          }),
              IsOk());
  EXPECT_EQ(ReadFile(parent + "/model/a").value(), "b");
  EXPECT_EQ(Count(parent), 1u);
}

TEST(OutputFolderTest, FailureLeavesNothing) {
  const std::string parent = EmptyFolder("failure");
  EXPECT_THAT(
      WriteFolder(parent + "/model",
                  [](const std::string& folder) {
                    WriteFileAtomically(folder + "/a", "b").IgnoreError();
                    return absl::InternalError("no second file");
                  }),
      FailsSaying("no second file"));
  EXPECT_EQ(Count(parent), 0u);
}

TEST(OutputFolderTest, EmptyFolderIsReplaced) {
  const std::string parent = EmptyFolder("replaced");
  std::filesystem::create_directory(parent + "/model");
  ASSERT_THAT(WriteFolder(parent + "/model",
                          [](const std::string& folder) {
                            return WriteFileAtomically(folder + "/a", "b");
                          }),
              IsOk());
  EXPECT_EQ(ReadFile(parent + "/model/a").value(), "b");
  EXPECT_EQ(Count(parent), 1u);
}

TEST(OutputFolderTest, FailureLeavesAnEmptyFolderEmpty) {
  const std::string parent = EmptyFolder("kept");
  std::filesystem::create_directory(parent + "/model");
  EXPECT_THAT(
      WriteFolder(parent + "/model",
                  [](const std::string& folder) {
                    WriteFileAtomically(folder + "/a", "b").IgnoreError();
                    return absl::InternalError("no second file");
                  }),
      FailsSaying("no second file"));
  EXPECT_EQ(Count(parent), 1u);
  EXPECT_EQ(Count(parent + "/model"), 0u);
}

TEST(OutputFolderTest, WhatAKilledRunLeftIsRemoved) {
  const std::string parent = EmptyFolder("killed");
  const std::string left = StagingPath(parent + "/model") + "/new";
  std::filesystem::create_directories(left);
  ASSERT_THAT(WriteFileAtomically(left + "/tokenizer.json", "old"), IsOk());
  ASSERT_THAT(WriteFolder(parent + "/model",
                          [](const std::string& folder) {
                            return WriteFileAtomically(folder + "/a", "b");
                          }),
              IsOk());
  EXPECT_EQ(Count(parent), 1u);
  EXPECT_EQ(Count(parent + "/model"), 1u);
}

TEST(OutputFolderTest, AMissingParentIsNamedWithTheRemedy) {
  const std::string parent = EmptyFolder("parent") + "/no";
  EXPECT_THAT(WriteFolder(parent + "/model",
                          [](const std::string&) { return absl::OkStatus(); }),
              FailsSaying("create it first: mkdir -p " + parent));
}

TEST(OutputFolderTest, WhatExistsAndIsNoEmptyFolderIsRefused) {
  const std::string parent = EmptyFolder("existing");
  std::filesystem::create_directory(parent + "/empty");
  std::filesystem::create_directory_symlink("empty", parent + "/link");
  ASSERT_THAT(WriteFileAtomically(parent + "/file", "old"), IsOk());
  for (const std::string& path : {parent, parent + "/file", parent + "/link"}) {
    EXPECT_THAT(
        WriteFolder(path, [](const std::string&) { return absl::OkStatus(); }),
        FailsSaying(path + ": exists already"));
  }
  EXPECT_EQ(ReadFile(parent + "/file").value(), "old");
}

}  // namespace
}  // namespace quant_curve
