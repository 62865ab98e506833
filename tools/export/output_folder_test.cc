#include "tools/export/output_folder.h"

#include <filesystem>

#include "lib/artifact/file.h"
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

TEST(OutputFolderTest, ExistingFoldersAreRefused) {
  const std::string parent = EmptyFolder("existing");
  EXPECT_THAT(
      WriteFolder(parent, [](const std::string&) { return absl::OkStatus(); }),
      FailsSaying("existing: exists already"));
}

}  // namespace
}  // namespace quant_curve
