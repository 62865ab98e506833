#include "tools/publish/commit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/system_error.h"
#include "tools/publish/other_files.h"

namespace quant_curve {
namespace {

namespace fs = std::filesystem;

// What fails once may be over at the next try; giving up leaves work for the
// next run.
constexpr int kTries = 3;

bool Exists(const std::string& path) {
  struct stat info;
  return lstat(path.c_str(), &info) == 0;
}

std::string JournalPath(const StagingFolder& staging) {
  return staging.path() + "/journal";
}

std::string OldFolder(const StagingFolder& staging) {
  return staging.path() + "/old";
}

absl::Status Move(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
  return SystemError("cannot move it", from, errno);
}

absl::Status MakeFolderOf(const std::string& path) {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  if (!error) return absl::OkStatus();
  return SystemError("cannot create its folder", path, error.value());
}

// What the staging folder holds stays for Recover().
absl::Status LeftUndone(const absl::Status& why, const std::string& target,
                        StagingFolder& staging) {
  staging.Keep();
  return absl::FailedPreconditionError(
      absl::StrCat(target, ": publishing stopped half-way (", why.message(),
                   "); ", staging.path(),
                   " has the rest, and the next publish into this folder "
                   "completes or undoes it"));
}

// The end of each way: from here on the staging folder is only rubbish.
absl::Status EndJournal(const std::string& target, StagingFolder& staging) {
  const std::string journal = JournalPath(staging);
  int error = 0;
  for (int i = 0; i < kTries; ++i) {
    if (unlink(journal.c_str()) == 0 || errno == ENOENT) {
      SyncDirectory(staging.path());
      return absl::OkStatus();
    }
    error = errno;
  }
  return LeftUndone(SystemError("cannot remove", journal, error), target,
                    staging);
}

// After the swap: NewFolder() has the old files.
absl::Status CompleteSwap(const Change& change, const std::string& target,
                          StagingFolder& staging) {
  const std::string old = NewFolder(staging);
  absl::Status status;
  for (int i = 0; i < kTries; ++i) {
    // Killed after the folder was removed: only the journal is left.
    if (!Exists(old)) return EndJournal(target, staging);
    status = ReturnOthers(old, change, target);
    if (!status.ok()) continue;
    // Not empty: somebody wrote into it this very moment.
    if (rmdir(old.c_str()) == 0 || errno == ENOENT) {
      return EndJournal(target, staging);
    }
    status = SystemError("cannot remove", old, errno);
  }
  return LeftUndone(status, target, staging);
}

// False: nothing has changed, and the other way may work.
bool Swap(const Change& change, const std::string& target,
          const StagingFolder& staging) {
  const std::string folder = NewFolder(staging);
  struct stat info;
  if (!LinkOthers(target, change, folder).ok() ||
      stat(folder.c_str(), &info) != 0) {
    return false;
  }
  SyncDirectory(folder);
  const std::string journal = JournalText({info.st_ino, change});
  return WriteFileAtomically(JournalPath(staging), journal).ok() &&
         renameat2(AT_FDCWD, folder.c_str(), AT_FDCWD, target.c_str(),
                   RENAME_EXCHANGE) == 0;
}

// Whether the swap that the journal tells of has happened.
bool Swapped(const Journal& journal, const std::string& target) {
  struct stat info;
  return journal.swapped_inode != 0 && stat(target.c_str(), &info) == 0 &&
         info.st_ino == journal.swapped_inode;
}

absl::Status MoveAll(const Change& change, const std::string& target,
                     const StagingFolder& staging) {
  for (const std::set<std::string>* names : {&change.put, &change.drop}) {
    for (const std::string& name : *names) {
      const std::string place = absl::StrCat(target, "/", name);
      const std::string old = absl::StrCat(OldFolder(staging), "/", name);
      if (Exists(place)) {
        RETURN_IF_ERROR(MakeFolderOf(old));
        RETURN_IF_ERROR(Move(place, old));
      }
      if (names == &change.drop) continue;
      RETURN_IF_ERROR(MakeFolderOf(place));
      RETURN_IF_ERROR(Move(absl::StrCat(NewFolder(staging), "/", name), place));
    }
  }
  return absl::OkStatus();
}

// Folders that the change left empty.
void RemoveEmptyFolders(const Change& change, const std::string& target) {
  for (const std::set<std::string>* names : {&change.put, &change.drop}) {
    for (const std::string& name : *names) {
      const size_t slash = name.find('/');
      if (slash == std::string::npos) continue;
      rmdir(absl::StrCat(target, "/", name.substr(0, slash)).c_str());
    }
  }
}

// Each file is where the journal's state says, whichever moves were made: one
// that was put and is not in new/ any more goes back there, then what is in
// old/ goes back into its place. So it can be killed and run again, too.
absl::Status MoveBackOnce(const Change& change, const std::string& target,
                          const StagingFolder& staging) {
  for (const std::set<std::string>* names : {&change.put, &change.drop}) {
    for (const std::string& name : *names) {
      const std::string place = absl::StrCat(target, "/", name);
      const std::string made = absl::StrCat(NewFolder(staging), "/", name);
      const std::string old = absl::StrCat(OldFolder(staging), "/", name);
      if (names == &change.put && !Exists(made) && Exists(place)) {
        RETURN_IF_ERROR(Move(place, made));
      }
      if (!Exists(old)) continue;
      RETURN_IF_ERROR(MakeFolderOf(place));
      RETURN_IF_ERROR(Move(old, place));
    }
  }
  RemoveEmptyFolders(change, target);
  SyncDirectory(target);
  return absl::OkStatus();
}

absl::Status MoveBack(const Change& change, const std::string& target,
                      StagingFolder& staging) {
  absl::Status status;
  for (int i = 0; i < kTries; ++i) {
    status = MoveBackOnce(change, target, staging);
    if (status.ok()) return EndJournal(target, staging);
  }
  return LeftUndone(status, target, staging);
}

absl::Status RecoverFrom(const Journal& journal, const std::string& target,
                         StagingFolder& staging) {
  if (journal.swapped_inode == 0) {
    return MoveBack(journal.change, target, staging);
  }
  if (Swapped(journal, target)) {
    return CompleteSwap(journal.change, target, staging);
  }
  return EndJournal(target, staging);
}

}  // namespace

std::string NewFolder(const StagingFolder& staging) {
  return staging.path() + "/new";
}

absl::Status CommitFileByFile(const Change& change, const std::string& target,
                              StagingFolder& staging) {
  RETURN_IF_ERROR(
      WriteFileAtomically(JournalPath(staging), JournalText({0, change})));
  const absl::Status moved = MoveAll(change, target, staging);
  if (!moved.ok()) {
    RETURN_IF_ERROR(MoveBack(change, target, staging));
    return moved;
  }
  RemoveEmptyFolders(change, target);
  SyncDirectory(target);
  return EndJournal(target, staging);
}

absl::Status Commit(const Change& change, const std::string& target,
                    StagingFolder& staging) {
  if (!Exists(target)) return Move(NewFolder(staging), target);
  if (Swap(change, target, staging)) {
    SyncDirectory(fs::path(target).parent_path());
    return CompleteSwap(change, target, staging);
  }
  return CommitFileByFile(change, target, staging);
}

absl::Status Recover(const std::string& target, StagingFolder& staging) {
  const std::string path = JournalPath(staging);
  if (Exists(path)) {
    const auto text = ReadFile(path);
    const auto journal = text.ok() ? ParseJournal(*text) : text.status();
    if (!journal.ok()) {
      staging.Keep();
      return absl::FailedPreconditionError(
          absl::StrCat(path, ": ", journal.status().message(), "; move ",
                       staging.path(), " away"));
    }
    RETURN_IF_ERROR(RecoverFrom(*journal, target, staging));
  }
  const absl::Status cleared = staging.Clear();
  if (!cleared.ok()) staging.Keep();
  return cleared;
}

}  // namespace quant_curve
