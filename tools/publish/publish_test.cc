#include "tools/publish/publish.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "absl/strings/str_cat.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

namespace fs = std::filesystem;

class PublishTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = absl::StrCat(::testing::TempDir(), "/publish_XXXXXX");
    ASSERT_NE(mkdtemp(&root_[0]), nullptr);
    fs::create_directory(Path("parent"));
    target_ = Path("parent/experiment");
  }

  std::string Path(const std::string& name) const {
    return absl::StrCat(root_, "/", name);
  }

  std::string Write(const std::string& name, const std::string& contents) {
    EXPECT_THAT(WriteFileAtomically(Path(name), contents), IsOk());
    return Path(name);
  }

  // Name to contents of the files in the target.
  std::map<std::string, std::string> Published() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(target_)) {
      if (!entry.is_regular_file()) continue;
      files[entry.path().filename()] = ReadFile(entry.path()).value_or("?");
    }
    return files;
  }

  int EntriesBesideTarget() const {
    int entries = 0;
    for (const auto& entry : fs::directory_iterator(Path("parent"))) {
      entries += entry.path() != target_;
    }
    return entries;
  }

  std::string root_;
  std::string target_;
};

TEST_F(PublishTest, AFolderThatIsAbsentIsCreated) {
  const std::string a = "1";
  ASSERT_THAT(Publish({{"a", a}, {"b", a}}, {}, target_), IsOk());
  EXPECT_THAT(Published(), ElementsAre(Pair("a", "1"), Pair("b", "1")));
  EXPECT_EQ(EntriesBesideTarget(), 0);
}

TEST_F(PublishTest, UnrelatedFilesAndFoldersAreKept) {
  fs::create_directories(target_ + "/notes/deep");
  Write("parent/experiment/BUILD", "rules");
  Write("parent/experiment/a", "old");
  Write("parent/experiment/notes/deep/n", "note");
  fs::create_symlink("BUILD", target_ + "/link");
  ASSERT_THAT(Publish({{"a", "new"}}, {}, target_), IsOk());
  EXPECT_THAT(Published(), ElementsAre(Pair("BUILD", "rules"), Pair("a", "new"),
                                       Pair("link", "rules")));
  EXPECT_TRUE(fs::is_symlink(target_ + "/link"));
  EXPECT_EQ(ReadFile(target_ + "/notes/deep/n").value_or(""), "note");
  EXPECT_EQ(EntriesBesideTarget(), 0);
}

TEST_F(PublishTest, TheFoldersModeIsKept) {
  fs::create_directory(target_);
  chmod(target_.c_str(), 0750);
  ASSERT_THAT(Publish({{"a", "1"}}, {}, target_), IsOk());
  struct stat info;
  ASSERT_EQ(stat(target_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0750);
}

// No file system takes a name of 300 characters.
TEST_F(PublishTest, AFileThatCannotBeWrittenLeavesTheFolderAsItWas) {
  fs::create_directory(target_);
  Write("parent/experiment/a", "old");
  EXPECT_THAT(
      Publish({{"a", "new"}, {std::string(300, 'b'), "1"}}, {}, target_),
      FailsSaying("bbb"));
  EXPECT_THAT(Published(), ElementsAre(Pair("a", "old")));
  EXPECT_EQ(EntriesBesideTarget(), 0);
}

TEST_F(PublishTest, AFileThatCannotBeWrittenCreatesNoFolder) {
  EXPECT_FALSE(Publish({{std::string(300, 'b'), "1"}}, {}, target_).ok());
  EXPECT_FALSE(fs::exists(target_));
  EXPECT_EQ(EntriesBesideTarget(), 0);
}

TEST_F(PublishTest, FoldersOfThePublicationAreReplacedAsAWhole) {
  fs::create_directories(target_ + "/provenance");
  fs::create_directories(target_ + "/artifacts");
  Write("parent/experiment/provenance/old", "1");
  Write("parent/experiment/artifacts/old", "1");
  ASSERT_THAT(
      Publish({{"provenance/new", "2"}}, {"provenance", "artifacts"}, target_),
      IsOk());
  EXPECT_EQ(ReadFile(target_ + "/provenance/new").value_or(""), "2");
  EXPECT_FALSE(fs::exists(target_ + "/provenance/old"));
  EXPECT_FALSE(fs::exists(target_ + "/artifacts"));
}

// A parent that cannot take the staging folder, whoever runs the test: a file.
TEST_F(PublishTest, AnUnwritableParentIsNamed) {
  Write("file", "x");
  EXPECT_THAT(Publish({{"a", "1"}}, {}, Path("file/experiment")),
              FailsSaying("file/experiment"));
}

TEST_F(PublishTest, AFileInThePlaceOfTheFolderIsRefused) {
  Write("parent/experiment", "a file");
  EXPECT_THAT(Publish({{"a", "1"}}, {}, target_),
              FailsSaying("not a directory"));
  EXPECT_EQ(ReadFile(target_).value_or(""), "a file");
}

TEST_F(PublishTest, ALinkToTheFolderStaysALink) {
  fs::create_directory(target_);
  fs::create_directory_symlink(target_, Path("link"));
  ASSERT_THAT(Publish({{"a", "1"}}, {}, Path("link/")), IsOk());
  EXPECT_TRUE(fs::is_symlink(Path("link")));
  EXPECT_THAT(Published(), ElementsAre(Pair("a", "1")));
}

TEST_F(PublishTest, OneNameForTwoFilesIsRefused) {
  const std::string a = "1";
  EXPECT_THAT(Publish({{"a", a}, {"a", a}}, {}, target_),
              FailsSaying("two files would be published as a"));
}

TEST_F(PublishTest, MovingOneByOneReplaces) {
  fs::create_directory(target_);
  fs::create_directory(Path("staging"));
  Write("parent/experiment/a", "old");
  Write("staging/a", "new");
  Write("staging/b", "new");
  ASSERT_THAT(MoveOneByOne({"a", "b"}, Path("staging"), target_), IsOk());
  EXPECT_THAT(Published(), ElementsAre(Pair("a", "new"), Pair("b", "new")));
}

TEST_F(PublishTest, MovingOneByOneGoesBackWhenOneFails) {
  fs::create_directory(target_);
  fs::create_directory(Path("staging"));
  Write("parent/experiment/a", "old");
  Write("parent/experiment/b", "old");
  Write("staging/a", "new");  // b is absent
  EXPECT_THAT(MoveOneByOne({"a", "b"}, Path("staging"), target_),
              FailsSaying("experiment/b"));
  EXPECT_THAT(Published(), ElementsAre(Pair("a", "old"), Pair("b", "old")));
}

}  // namespace
}  // namespace quant_curve
