#include "lib/artifact/replacement.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/system_error.h"

namespace quant_curve {
namespace {

constexpr absl::string_view kTemporary = ".tmp-";
constexpr absl::string_view kOld = ".old";

// Renaming over a device, a pipe or a folder would destroy it.
absl::Status CheckReplaceable(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": exists and is ",
      S_ISLNK(info.st_mode) ? "a link" : FileTypeText(info.st_mode),
      ", not a regular file; it is not replaced; give another path"));
}

// A file of no name where the file system and /proc allow it: a process that
// is killed before the file is whole leaves nothing behind.
int OpenUnnamed(const std::string& directory) {
  if (access("/proc/self/fd", X_OK) != 0) return -1;
  return open(directory.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0644);
}

// Whether `name` is a temporary of the file `base`: base.tmp-123 or
// base.tmp-123.old.
bool IsTemporaryOf(absl::string_view name, absl::string_view base) {
  if (!absl::ConsumePrefix(&name, base) ||
      !absl::ConsumePrefix(&name, kTemporary)) {
    return false;
  }
  absl::ConsumeSuffix(&name, kOld);
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), absl::ascii_isdigit);
}

// Removes a regular file that no living process has locked.
void RemoveUnlessLocked(const std::string& path) {
  const int fd =
      open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return;
  struct stat info;
  if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
      flock(fd, LOCK_EX | LOCK_NB) == 0) {
    unlink(path.c_str());
  }
  close(fd);
}

// Of killed processes. Best effort: nobody needs them gone.
void RemoveAbandonedTemporaries(const std::string& path) {
  const std::string directory = DirectoryOf(path);
  const absl::string_view base =
      absl::string_view(path).substr(path.rfind('/') + 1);
  DIR* const entries = opendir(directory.c_str());
  if (entries == nullptr) return;
  std::vector<std::string> names;
  while (const dirent* entry = readdir(entries)) {
    if (IsTemporaryOf(entry->d_name, base)) names.push_back(entry->d_name);
  }
  closedir(entries);
  for (const std::string& name : names) {
    RemoveUnlessLocked(absl::StrCat(directory, "/", name));
  }
}

}  // namespace

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Replacement::Replacement(const std::string& path)
    : path_(path),
      temporary_(absl::StrCat(path, kTemporary, getpid())),
      old_(absl::StrCat(temporary_, kOld)) {}

Replacement::Replacement(Replacement&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      old_(std::move(other.old_)),
      fd_(std::exchange(other.fd_, -1)),
      lock_(std::exchange(other.lock_, -1)),
      unnamed_(other.unnamed_),
      state_(std::exchange(other.state_, State::kTakenBack)) {}

Replacement::~Replacement() {
  if (fd_ >= 0) close(fd_);
  if (state_ == State::kWritten) unlink(temporary_.c_str());
  if (state_ == State::kKeptOld) unlink(old_.c_str());
  if (lock_ >= 0) close(lock_);
}

absl::StatusOr<Replacement> Replacement::Create(const std::string& path) {
  RETURN_IF_ERROR(CheckReplaceable(path));
  RemoveAbandonedTemporaries(path);
  Replacement replacement(path);
  RETURN_IF_ERROR(replacement.OpenTemporary());
  return replacement;
}

absl::StatusOr<Replacement> Replacement::Write(const std::string& path,
                                               absl::string_view contents) {
  ASSIGN_OR_RETURN(Replacement replacement, Create(path));
  RETURN_IF_ERROR(replacement.Append(contents));
  RETURN_IF_ERROR(replacement.Finish());
  return replacement;
}

// The name is unlinked before, whatever has it; O_EXCL and O_NOFOLLOW so that
// nobody can put a link to another file there in between.
absl::Status Replacement::OpenTemporary() {
  unlink(temporary_.c_str());
  fd_ = OpenUnnamed(DirectoryOf(path_));
  unnamed_ = fd_ >= 0;
  if (!unnamed_) {
    fd_ = open(temporary_.c_str(),
               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  }
  if (fd_ < 0) {
    const int error = errno;
    state_ = State::kTakenBack;  // a file of that name is not ours
    if (error != ENOENT) return SystemError("cannot create", path_, error);
    return absl::NotFoundError(
        absl::StrCat(path_, ": the folder ", DirectoryOf(path_),
                     " does not exist; create it or give another path"));
  }
  flock(fd_, LOCK_EX | LOCK_NB);
  lock_ = fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  return absl::OkStatus();
}

absl::Status Replacement::Append(absl::string_view contents) {
  while (!contents.empty()) {
    const ssize_t written = write(fd_, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("cannot write", path_, errno);
    contents.remove_prefix(written);
  }
  return absl::OkStatus();
}

absl::Status Replacement::Finish() {
  absl::Status status;
  if (fsync(fd_) != 0) {
    status = SystemError("cannot sync to disk", path_, errno);
  }
  if (status.ok() && unnamed_) {
    const std::string self = absl::StrCat("/proc/self/fd/", fd_);
    if (linkat(AT_FDCWD, self.c_str(), AT_FDCWD, temporary_.c_str(),
               AT_SYMLINK_FOLLOW) != 0) {
      status = SystemError("cannot name", path_, errno);
      state_ = State::kTakenBack;  // nor is one that has the name already
    }
  }
  // Some file systems report a failed write only here.
  if (close(std::exchange(fd_, -1)) != 0 && status.ok()) {
    status = SystemError("cannot close", path_, errno);
  }
  return status;
}

absl::Status Replacement::PutInPlace(bool for_good) {
  State state = for_good ? State::kLostOld : State::kKeptOld;
  if (!for_good && link(path_.c_str(), old_.c_str()) != 0) {
    state = errno == ENOENT ? State::kNewFile : State::kLostOld;
  }
  if (rename(temporary_.c_str(), path_.c_str()) == 0) {
    state_ = state;
    return absl::OkStatus();
  }
  const int error = errno;
  if (state == State::kKeptOld) unlink(old_.c_str());
  return SystemError("cannot rename into place", path_, error);
}

void Replacement::TakeBack() {
  if (state_ == State::kKeptOld) rename(old_.c_str(), path_.c_str());
  if (state_ == State::kNewFile) unlink(path_.c_str());
  state_ = State::kTakenBack;
}

absl::Status Replacement::PutAllInPlace(std::vector<Replacement> files) {
  for (size_t i = 0; i < files.size(); ++i) {
    const bool is_last = i + 1 == files.size();
    const absl::Status put = files[i].PutInPlace(is_last);
    if (put.ok()) continue;
    while (i-- > 0) files[i].TakeBack();
    return put;
  }
  for (const Replacement& file : files) SyncDirectory(DirectoryOf(file.path_));
  return absl::OkStatus();
}

void SyncDirectory(const std::string& directory) {
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

absl::string_view FileTypeText(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  return S_ISSOCK(mode) ? "a socket" : "a device";
}

}  // namespace quant_curve
