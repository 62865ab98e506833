#include "tools/publish/commit.h"

#include <sys/stat.h>

#include <filesystem>

#include "lib/artifact/file.h"
#include "lib/artifact/staging_folder.h"
#include "lib/artifact/status_matchers.h"
#include "tools/publish/other_files.h"
#include "tools/publish/test_folder.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

namespace fs = std::filesystem;

// An earlier publication of a, gone and artifacts/gone, a BUILD file, and a
// staging folder with a and artifacts/b, both new.
class CommitTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = NewTestFolder();
    target_ = root_ + "/t";
    for (const char* name : {"BUILD", "a", "artifacts/gone", "gone"}) {
      WriteTestFile(target_ + "/" + name, "old");
    }
  }

  StagingFolder Staged() const {
    StagingFolder staging = StagingFolder::Lock(target_).value();
    WriteTestFile(NewFolder(staging) + "/a", "new");
    WriteTestFile(NewFolder(staging) + "/artifacts/b", "new");
    return staging;
  }

  // As a killed process leaves it.
  void Leave(StagingFolder staging, const std::string& journal) const {
    staging.Keep();
    WriteTestFile(staging.path() + "/journal", journal);
  }

  void RecoverNow() const {
    StagingFolder staging = StagingFolder::Lock(target_).value();
    EXPECT_THAT(Recover(target_, staging), IsOk());
    EXPECT_THAT(FilesBelow(staging.path()), IsEmpty());
  }

  void ExpectOld() const {
    EXPECT_THAT(
        FilesBelow(target_),
        ElementsAre(Pair("BUILD", "old"), Pair("a", "old"),
                    Pair("artifacts/gone", "old"), Pair("gone", "old")));
  }

  void ExpectNew() const {
    EXPECT_THAT(FilesBelow(target_),
                ElementsAre(Pair("BUILD", "old"), Pair("a", "new"),
                            Pair("artifacts/b", "new")));
  }

  void Rename(const std::string& from, const std::string& to) const {
    fs::create_directories(fs::path(to).parent_path());
    fs::rename(from, to);
  }

  const Change change_ = {{"a", "artifacts/b"}, {"artifacts/gone", "gone"}};
  std::string root_;
  std::string target_;
};

TEST_F(CommitTest, BothWaysGiveTheSameFolder) {
  {
    StagingFolder staging = Staged();
    EXPECT_THAT(Commit(change_, target_, staging), IsOk());
  }
  ExpectNew();
  fs::remove_all(target_);
  SetUp();
  {
    StagingFolder staging = Staged();
    EXPECT_THAT(CommitFileByFile(change_, target_, staging), IsOk());
  }
  ExpectNew();
  EXPECT_FALSE(fs::exists(StagingPath(target_)));
}

TEST_F(CommitTest, FileByFileGoesBackWhenOneFails) {
  StagingFolder staging = Staged();
  fs::remove(NewFolder(staging) + "/artifacts/b");
  EXPECT_THAT(CommitFileByFile(change_, target_, staging),
              FailsSaying("artifacts/b"));
  ExpectOld();
}

// After each of its moves, in order.
TEST_F(CommitTest, AKillFileByFileIsUndoneByTheNextRun) {
  for (int moves = 0; moves <= 5; ++moves) {
    SetUp();
    StagingFolder staging = Staged();
    const std::string old = staging.path() + "/old/";
    const std::string made = NewFolder(staging) + "/";
    const std::string place = target_ + "/";
    if (moves > 0) Rename(place + "a", old + "a");
    if (moves > 1) Rename(made + "a", place + "a");
    if (moves > 2) Rename(made + "artifacts/b", place + "artifacts/b");
    if (moves > 3) Rename(place + "artifacts/gone", old + "artifacts/gone");
    if (moves > 4) Rename(place + "gone", old + "gone");
    Leave(std::move(staging), JournalText({0, change_}));
    RecoverNow();
    ExpectOld();
  }
}

// The recovery itself is killed after it moved a back, and gone.
TEST_F(CommitTest, UndoingCanBeKilledToo) {
  StagingFolder staging = Staged();
  Rename(target_ + "/gone", staging.path() + "/old/gone");
  Rename(staging.path() + "/old/gone", target_ + "/gone");
  Rename(NewFolder(staging) + "/artifacts/b", target_ + "/artifacts/b");
  Leave(std::move(staging), JournalText({0, change_}));
  RecoverNow();
  ExpectOld();
}

TEST_F(CommitTest, AKillBeforeTheSwapLeavesTheOldFolder) {
  StagingFolder staging = Staged();
  ASSERT_THAT(LinkOthers(target_, change_, NewFolder(staging)), IsOk());
  struct stat info;
  ASSERT_EQ(stat(NewFolder(staging).c_str(), &info), 0);
  Leave(std::move(staging), JournalText({info.st_ino, change_}));
  RecoverNow();
  ExpectOld();
}

// What was written into the folder between linking and the swap, a file that
// was replaced and one in artifacts/ among it, is in the new folder afterwards.
TEST_F(CommitTest, AKillAfterTheSwapIsCompletedByTheNextRun) {
  StagingFolder staging = Staged();
  ASSERT_THAT(LinkOthers(target_, change_, NewFolder(staging)), IsOk());
  struct stat info;
  ASSERT_EQ(stat(NewFolder(staging).c_str(), &info), 0);
  WriteTestFile(target_ + "/note", "mine");
  WriteTestFile(target_ + "/BUILD", "newer");
  WriteTestFile(target_ + "/artifacts/mine", "mine");
  WriteTestFile(target_ + "/notes/deep/n", "mine");
  Rename(target_, root_ + "/swap");
  Rename(NewFolder(staging), target_);
  Rename(root_ + "/swap", NewFolder(staging));
  Leave(std::move(staging), JournalText({info.st_ino, change_}));
  RecoverNow();
  EXPECT_THAT(
      FilesBelow(target_),
      ElementsAre(Pair("BUILD", "newer"), Pair("a", "new"),
                  Pair("artifacts/b", "new"), Pair("artifacts/mine", "mine"),
                  Pair("note", "mine"), Pair("notes/deep/n", "mine")));
}

TEST_F(CommitTest, AKillBeforeTheJournalIsRemovedIsCompletedToo) {
  StagingFolder staging = StagingFolder::Lock(target_).value();
  struct stat info;
  ASSERT_EQ(stat(target_.c_str(), &info), 0);
  Leave(std::move(staging), JournalText({info.st_ino, change_}));
  RecoverNow();
  ExpectOld();  // what the folder is when it has been swapped
}

TEST_F(CommitTest, AFileThatIsNewerInTheNewFolderStays) {
  StagingFolder staging = Staged();
  ASSERT_THAT(LinkOthers(target_, change_, NewFolder(staging)), IsOk());
  WriteTestFile(NewFolder(staging) + "/BUILD", "newest");
  EXPECT_THAT(ReturnOthers(target_, change_, NewFolder(staging)), IsOk());
  EXPECT_EQ(FilesBelow(NewFolder(staging))["BUILD"], "newest");
  EXPECT_THAT(FilesBelow(target_), IsEmpty());
}

TEST_F(CommitTest, WithoutAJournalTheStagingFolderIsCleared) {
  StagingFolder staging = Staged();
  staging.Keep();
  { StagingFolder killed = std::move(staging); }
  RecoverNow();
  ExpectOld();
}

TEST_F(CommitTest, AnotherJournalIsRefusedAndKept) {
  Leave(Staged(), "what is this");
  StagingFolder staging = StagingFolder::Lock(target_).value();
  EXPECT_THAT(Recover(target_, staging), FailsSaying("move "));
  EXPECT_EQ(FilesBelow(staging.path()).size(), 3u);
  ExpectOld();
}

}  // namespace
}  // namespace quant_curve
