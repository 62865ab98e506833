#include "lib/artifact/replacement.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

constexpr absl::string_view kTemporary = ".tmp-";
constexpr absl::string_view kOld = ".old";

absl::Status SystemError(absl::string_view what, const std::string& path,
                         int error) {
  const std::string text =
      absl::StrCat(path, ": ", what, ": ", std::strerror(error));
  if (error == ENOSPC) return absl::ResourceExhaustedError(text);
  return absl::FailedPreconditionError(text);
}

absl::Status WriteAll(int fd, absl::string_view contents,
                      const std::string& path) {
  while (!contents.empty()) {
    const ssize_t written = write(fd, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("cannot write", path, errno);
    contents.remove_prefix(written);
  }
  if (fsync(fd) != 0) return SystemError("cannot sync to disk", path, errno);
  return absl::OkStatus();
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
      lock_(std::exchange(other.lock_, -1)),
      state_(std::exchange(other.state_, State::kTakenBack)) {}

Replacement::~Replacement() {
  if (state_ == State::kWritten) unlink(temporary_.c_str());
  if (state_ == State::kKeptOld) unlink(old_.c_str());
  if (lock_ >= 0) close(lock_);
}

absl::StatusOr<Replacement> Replacement::Write(const std::string& path,
                                               absl::string_view contents) {
  RemoveAbandonedTemporaries(path);
  Replacement replacement(path);
  RETURN_IF_ERROR(replacement.WriteTemporary(contents));
  return replacement;
}

// The name is unlinked before, whatever has it; O_EXCL and O_NOFOLLOW so that
// nobody can put a link to another file there in between.
absl::Status Replacement::WriteTemporary(absl::string_view contents) {
  unlink(temporary_.c_str());
  int fd = OpenUnnamed(DirectoryOf(path_));
  const bool unnamed = fd >= 0;
  if (!unnamed) {
    fd = open(temporary_.c_str(),
              O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  }
  if (fd < 0) {
    const int error = errno;
    state_ = State::kTakenBack;  // a file of that name is not ours
    if (error != ENOENT) return SystemError("cannot create", path_, error);
    return absl::NotFoundError(
        absl::StrCat(path_, ": the folder ", DirectoryOf(path_),
                     " does not exist; create it or give another path"));
  }
  flock(fd, LOCK_EX | LOCK_NB);
  lock_ = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  absl::Status status = WriteAll(fd, contents, path_);
  if (status.ok() && unnamed) {
    const std::string self = absl::StrCat("/proc/self/fd/", fd);
    if (linkat(AT_FDCWD, self.c_str(), AT_FDCWD, temporary_.c_str(),
               AT_SYMLINK_FOLLOW) != 0) {
      status = SystemError("cannot name", path_, errno);
      state_ = State::kTakenBack;  // nor is one that has the name already
    }
  }
  // Some file systems report a failed write only here.
  if (close(fd) != 0 && status.ok()) {
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

}  // namespace quant_curve
