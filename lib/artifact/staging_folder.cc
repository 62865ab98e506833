#include "lib/artifact/staging_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/artifact/system_error.h"

namespace quant_curve {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes kLongestWait(1);
constexpr std::chrono::milliseconds kPause(5);
// A removal that fails once (too many open files, say) is tried again: what
// stays behind would lie in the user's folder.
constexpr int kRemovals = 3;

absl::Status CheckParent(const std::string& target) {
  std::string parent = fs::path(target).parent_path().string();
  if (parent.empty()) parent = ".";
  struct stat info;
  if (stat(parent.c_str(), &info) != 0) {
    if (errno != ENOENT) return SystemError("cannot be reached", parent, errno);
    return absl::NotFoundError(
        absl::StrCat(target, ": its parent folder ", parent,
                     " does not exist; create it first: mkdir -p ", parent));
  }
  if (S_ISDIR(info.st_mode)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      target, ": ", parent, " is not a folder; name an output below a folder"));
}

// Whether `path` still names the folder that is open as `fd`: its last owner
// may have removed it between open(2) and flock(2).
bool IsStill(int fd, const std::string& path) {
  struct stat open_folder;
  struct stat named;
  return fstat(fd, &open_folder) == 0 && lstat(path.c_str(), &named) == 0 &&
         open_folder.st_dev == named.st_dev &&
         open_folder.st_ino == named.st_ino;
}

absl::Status WaitForLock(int fd, const std::string& path) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + kLongestWait;
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return SystemError("cannot lock", path, errno);
    if (Clock::now() > end) {
      return absl::UnavailableError(
          absl::StrCat(path,
                       ": another process has been writing this output "
                       "for a minute; wait for it, or end it"));
    }
    std::this_thread::sleep_for(kPause);
  }
  return absl::OkStatus();
}

absl::Status RemoveBelow(const std::string& path) {
  std::error_code error;
  for (int i = 0; i < kRemovals; ++i) {
    error.clear();
    for (fs::directory_iterator entry(path, error), end; !error && entry != end;
         entry.increment(error)) {
      fs::remove_all(entry->path(), error);
      if (error) break;
    }
    if (!error) return absl::OkStatus();
  }
  return SystemError("cannot clear it", path, error.value());
}

}  // namespace

std::string StagingPath(const std::string& target) {
  const fs::path path(target);
  return (path.parent_path() /
          absl::StrCat(".", path.filename().string(), ":partial"))
      .string();
}

absl::StatusOr<StagingFolder> StagingFolder::Lock(const std::string& target) {
  const absl::Status parent = CheckParent(target);
  if (!parent.ok()) return parent;
  const std::string path = StagingPath(target);
  while (true) {
    const bool made = mkdir(path.c_str(), 0755) == 0;
    if (!made && errno != EEXIST) {
      return SystemError("cannot create a folder for the work", path, errno);
    }
    const int fd =
        open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) continue;
    if (fd < 0) {
      const int error = errno;
      if (made) rmdir(path.c_str());
      return SystemError("cannot open the folder for the work", path, error);
    }
    const absl::Status locked = WaitForLock(fd, path);
    if (!locked.ok()) {
      close(fd);
      return locked;
    }
    if (IsStill(fd, path)) return StagingFolder(path, fd);
    close(fd);
  }
}

StagingFolder::StagingFolder(StagingFolder&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      keep_(other.keep_) {}

StagingFolder::~StagingFolder() {
  if (fd_ < 0) return;
  if (!keep_ && RemoveBelow(path_).ok()) rmdir(path_.c_str());
  close(fd_);
}

absl::Status StagingFolder::Clear() const { return RemoveBelow(path_); }

}  // namespace quant_curve
