#include "tools/publish/publish.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_matchers.h"
#include "tools/publish/test_folder.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::Key;
using ::testing::Pair;

namespace fs = std::filesystem;

class PublishTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = NewTestFolder();
    fs::create_directory(Path("parent"));
    target_ = Path("parent/experiment");
  }

  std::string Path(const std::string& name) const {
    return absl::StrCat(root_, "/", name);
  }

  void Write(const std::string& name, const std::string& contents) {
    WriteTestFile(absl::StrCat(target_, "/", name), contents);
  }

  std::map<std::string, std::string> Files() const {
    return FilesBelow(target_);
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
  ASSERT_THAT(Publish({{"a", "1"}, {"artifacts/b", "1"}}, target_, false),
              IsOk());
  EXPECT_THAT(Files(), ElementsAre(Pair("a", "1"), Pair("artifacts/b", "1")));
  EXPECT_EQ(EntriesBesideTarget(), 0);
}

TEST_F(PublishTest, AnEmptyFolderAndOneWithABuildFileAreFilled) {
  fs::create_directory(target_);
  ASSERT_THAT(Publish({{"a", "1"}}, target_, false), IsOk());
  fs::remove(target_ + "/a");
  Write("BUILD", "rules");
  ASSERT_THAT(Publish({{"a", "2"}}, target_, false), IsOk());
  EXPECT_THAT(Files(), ElementsAre(Pair("BUILD", "rules"), Pair("a", "2")));
}

TEST_F(PublishTest, AFolderThatPublishDidNotWriteIsRefused) {
  Write("README.md", "mine");
  Write("notes/n", "mine");
  const auto refused = Publish({{"README.md", "new"}}, target_, false);
  EXPECT_THAT(refused, FailsSaying("contains README.md, notes/,"));
  EXPECT_THAT(refused, FailsSaying("give --overwrite"));
  EXPECT_THAT(CheckDirectory(target_, false), FailsSaying("README.md"));
  EXPECT_THAT(Files(),
              ElementsAre(Pair("README.md", "mine"), Pair("notes/n", "mine")));
  EXPECT_EQ(EntriesBesideTarget(), 0);
}

// A manifest, but of another stage: what train writes with its checkpoint.
TEST_F(PublishTest, AManifestOfAnotherStageProvesNothing) {
  const std::string report = Publication({{"a", "1"}})[1].contents;
  Write("manifest.json", report);
  EXPECT_THAT(Publish({{"b", "1"}}, target_, false),
              FailsSaying("contains manifest.json"));
}

TEST_F(PublishTest, OverwriteReplacesEqualNamesAndKeepsAndNamesTheRest) {
  Write("README.md", "mine");
  Write("notes/deep/n", "note");
  Write("BUILD", "rules");
  fs::create_symlink("BUILD", target_ + "/link");
  const auto published = Publish({{"README.md", "new"}}, target_, true);
  ASSERT_THAT(published, IsOk());
  EXPECT_THAT(published->others, ElementsAre("link", "notes/"));
  EXPECT_THAT(
      Files(),
      ElementsAre(Pair("BUILD", "rules"), Pair("README.md", "new"),
                  Pair("link", "-> BUILD"), Pair("notes/deep/n", "note")));
  EXPECT_EQ(EntriesBesideTarget(), 0);
}

TEST_F(PublishTest, FilesThatOnlyTheEarlierPublicationHadAreRemoved) {
  const auto larger = Publication(
      {{"README.md", "1"}, {"speed.json", "1"}, {"artifacts/t.qca", "1"}});
  const auto smaller = Publication({{"README.md", "2"}});
  ASSERT_THAT(Publish(larger, target_, false), IsOk());
  Write("BUILD", "rules");
  const auto published = Publish(smaller, target_, false);
  ASSERT_THAT(published, IsOk());
  EXPECT_THAT(
      published->removed,
      ElementsAre("artifacts/t.qca", "provenance/speed.json.manifest.json",
                  "provenance/t.qca.manifest.json", "speed.json"));
  EXPECT_THAT(Files(), ElementsAre(Key("BUILD"), Pair("README.md", "2"),
                                   Key("manifest.json"),
                                   Key("provenance/README.md.manifest.json")));
  EXPECT_FALSE(fs::exists(target_ + "/artifacts"));
  EXPECT_EQ(EntriesBesideTarget(), 0);
}

TEST_F(PublishTest, OthersFilesInThePublicationsFoldersAreKeptAndNamed) {
  ASSERT_THAT(Publish(Publication({{"artifacts/t.qca", "1"}}), target_, false),
              IsOk());
  Write("artifacts/mine", "mine");
  Write("mine", "mine");
  const auto published =
      Publish(Publication({{"artifacts/u.qca", "1"}}), target_, false);
  ASSERT_THAT(published, IsOk());
  EXPECT_THAT(published->others, ElementsAre("artifacts/mine", "mine"));
  EXPECT_THAT(Files(), ElementsAre(Pair("artifacts/mine", "mine"),
                                   Key("artifacts/u.qca"), Key("manifest.json"),
                                   Pair("mine", "mine"),
                                   Key("provenance/u.qca.manifest.json")));
}

TEST_F(PublishTest, AFileThatWasChangedSinceItWasPublishedIsNotReplaced) {
  const auto publication = Publication({{"README.md", "1"}, {"b", "1"}});
  ASSERT_THAT(Publish(publication, target_, false), IsOk());
  Write("README.md", "1 and my remarks");
  const auto refused = Publish(publication, target_, false);
  EXPECT_THAT(refused, FailsSaying("README.md would be replaced"));
  EXPECT_EQ(Files()["README.md"], "1 and my remarks");
  ASSERT_THAT(Publish(publication, target_, true), IsOk());
  EXPECT_EQ(Files()["README.md"], "1");
}

TEST_F(PublishTest, AFileInThePlaceOfAFolderIsRefusedEvenWithOverwrite) {
  Write("artifacts", "a file");
  EXPECT_THAT(Publish({{"artifacts/a", "1"}}, target_, true),
              FailsSaying("artifacts: is not a folder"));
  fs::remove(target_ + "/artifacts");
  Write("a/b", "mine");
  EXPECT_THAT(Publish({{"a", "1"}}, target_, true),
              FailsSaying("a: is a folder"));
}

TEST_F(PublishTest, TheFoldersModeIsKept) {
  fs::create_directory(target_);
  chmod(target_.c_str(), 0750);
  ASSERT_THAT(Publish({{"a", "1"}}, target_, false), IsOk());
  struct stat info;
  ASSERT_EQ(stat(target_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0750);
}

// No file system takes a name of 300 characters.
TEST_F(PublishTest, AFileThatCannotBeWrittenLeavesTheFolderAsItWas) {
  Write("a", "old");
  EXPECT_THAT(
      Publish({{"a", "new"}, {std::string(300, 'b'), "1"}}, target_, true),
      FailsSaying("bbb"));
  EXPECT_THAT(Files(), ElementsAre(Pair("a", "old")));
  EXPECT_EQ(EntriesBesideTarget(), 0);
}

TEST_F(PublishTest, AFileThatCannotBeWrittenCreatesNoFolder) {
  EXPECT_FALSE(Publish({{std::string(300, 'b'), "1"}}, target_, false).ok());
  EXPECT_FALSE(fs::exists(target_));
  EXPECT_EQ(EntriesBesideTarget(), 0);
}

TEST_F(PublishTest, AMissingParentIsNamedWithTheRemedy) {
  const std::string deep = Path("no/such/experiment");
  EXPECT_THAT(
      Publish({{"a", "1"}}, deep, false),
      FailsSaying(absl::StrCat("create it first: mkdir -p ", Path("no/such"))));
  EXPECT_THAT(CheckDirectory(deep, false), FailsSaying("does not exist"));
}

TEST_F(PublishTest, AParentThatIsAFileIsNamed) {
  WriteTestFile(Path("file"), "x");
  EXPECT_THAT(Publish({{"a", "1"}}, Path("file/experiment"), false),
              FailsSaying("file"));
}

TEST_F(PublishTest, AFileInThePlaceOfTheFolderIsRefused) {
  WriteTestFile(target_, "a file");
  EXPECT_THAT(Publish({{"a", "1"}}, target_, true),
              FailsSaying("not a directory"));
  EXPECT_EQ(ReadFile(target_).value_or(""), "a file");
}

TEST_F(PublishTest, ALinkToTheFolderStaysALink) {
  fs::create_directory(target_);
  fs::create_directory_symlink(target_, Path("link"));
  ASSERT_THAT(Publish({{"a", "1"}}, Path("link/"), false), IsOk());
  EXPECT_TRUE(fs::is_symlink(Path("link")));
  EXPECT_THAT(Files(), ElementsAre(Pair("a", "1")));
}

TEST_F(PublishTest, OneNameForTwoFilesIsRefused) {
  EXPECT_THAT(Publish({{"a", "1"}, {"a", "1"}}, target_, false),
              FailsSaying("two files would be published as a"));
}

// Whoever comes last is there, as a whole; nobody fails.
TEST_F(PublishTest, TwoAtATimePublishInTurn) {
  const auto publish = [this](const std::string& text) {
    const auto files = Publication(
        {{"README.md", text}, {"artifacts/" + text + ".qca", text}});
    for (int i = 0; i < 10; ++i) {
      EXPECT_THAT(Publish(files, target_, false), IsOk());
    }
  };
  std::thread one(publish, "one");
  std::thread two(publish, "two");
  one.join();
  two.join();
  const std::string last = Files()["README.md"];
  EXPECT_THAT(Files(),
              ElementsAre(Pair("README.md", last),
                          Pair("artifacts/" + last + ".qca", last),
                          Key("manifest.json"),
                          Key("provenance/README.md.manifest.json"),
                          Key("provenance/" + last + ".qca.manifest.json")));
  EXPECT_EQ(EntriesBesideTarget(), 0);
}

// A writer that never stops loses none of its files to the publications.
TEST_F(PublishTest, WhatOthersWriteInTheMeantimeIsKept) {
  const auto files = Publication({{"README.md", "1"}});
  ASSERT_THAT(Publish(files, target_, false), IsOk());
  constexpr int kNotes = 300;
  std::thread writer([this] {
    for (int i = 0; i < kNotes; ++i) {
      // The folder may be swapped between looking it up and creating the file.
      const std::string path = absl::StrCat(target_, "/note", i);
      while (!WriteFileAtomically(path, "note").ok()) {
      }
    }
  });
  int published = 0;
  while (!fs::exists(absl::StrCat(target_, "/note", kNotes - 1)) ||
         published == 0) {
    EXPECT_THAT(Publish(files, target_, false), IsOk());
    ++published;
  }
  writer.join();
  EXPECT_THAT(Publish(files, target_, false), IsOk());
  // A temporary of the writer that is there at the moment of a swap is kept
  // like any other file, so it may be found as well.
  size_t temporaries = 0;
  for (const auto& [name, contents] : Files()) {
    if (absl::StrContains(name, ".tmp-")) ++temporaries;
    if (absl::StartsWith(name, "note")) EXPECT_EQ(contents, "note") << name;
  }
  EXPECT_EQ(Files().size() - temporaries, kNotes + files.size()) << published;
}

}  // namespace
}  // namespace quant_curve
