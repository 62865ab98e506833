#include "lib/artifact/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

absl::Status SystemError(absl::string_view what, absl::string_view path,
                         int error) {
  const std::string text =
      absl::StrCat(path, ": ", what, ": ", std::strerror(error));
  if (error == ENOENT) return absl::NotFoundError(text);
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

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Writes `contents` under the name `temporary`, on the way to `path`. Where the
// file system and /proc allow it, the file has no name until it is whole: a
// process that is killed before leaves nothing behind.
absl::Status WriteTemporary(const std::string& temporary,
                            absl::string_view contents,
                            const std::string& path) {
  int fd = -1;
  if (access("/proc/self/fd", X_OK) == 0) {
    fd =
        open(DirectoryOf(path).c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0644);
  }
  const bool unnamed = fd >= 0;
  if (!unnamed) {
    fd =
        open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  }
  if (fd < 0) return SystemError("cannot create", path, errno);
  absl::Status status = WriteAll(fd, contents, path);
  if (status.ok() && unnamed) {
    // Of another process that had this id and was killed.
    unlink(temporary.c_str());
    const std::string self = absl::StrCat("/proc/self/fd/", fd);
    if (linkat(AT_FDCWD, self.c_str(), AT_FDCWD, temporary.c_str(),
               AT_SYMLINK_FOLLOW) != 0) {
      status = SystemError("cannot name", path, errno);
    }
  }
  if (close(fd) != 0 && status.ok()) {
    status = SystemError("cannot close", path, errno);
  }
  return status;
}

// Renaming over a device, a pipe or a folder would destroy it.
absl::Status CheckReplaceable(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": exists and is no regular file; it is not replaced"));
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     int64_t max_bytes) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return SystemError("cannot open", path, errno);
  absl::Cleanup close_file = [fd] { close(fd); };
  struct stat info;
  if (fstat(fd, &info) != 0) return SystemError("cannot stat", path, errno);
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": not a regular file"));
  }
  if (info.st_size > max_bytes) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", info.st_size,
                                                   " bytes, at most ",
                                                   max_bytes, " can be read"));
  }
  std::string contents(info.st_size, '\0');
  size_t filled = 0;
  while (filled < contents.size()) {
    const ssize_t got = read(fd, &contents[filled], contents.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("cannot read", path, errno);
    if (got == 0) break;
    filled += got;
  }
  contents.resize(filled);
  return contents;
}

void SyncDirectory(const std::string& directory) {
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

absl::Status WriteFileAtomically(const std::string& path,
                                 absl::string_view contents) {
  return WriteFilesAtomically({{path, contents}});
}

absl::Status WriteFilesAtomically(const std::vector<FileContents>& files) {
  std::vector<std::string> temporaries;
  absl::Cleanup remove_temporaries = [&temporaries] {
    for (const std::string& temporary : temporaries) unlink(temporary.c_str());
  };
  for (const FileContents& file : files) {
    RETURN_IF_ERROR(CheckReplaceable(file.path));
    temporaries.push_back(absl::StrCat(file.path, ".tmp-", getpid()));
    RETURN_IF_ERROR(
        WriteTemporary(temporaries.back(), file.contents, file.path));
  }
  for (size_t i = 0; i < files.size(); ++i) {
    if (rename(temporaries[i].c_str(), files[i].path.c_str()) != 0) {
      return SystemError("cannot rename into place", files[i].path, errno);
    }
  }
  for (const FileContents& file : files) SyncDirectory(DirectoryOf(file.path));
  return absl::OkStatus();
}

}  // namespace quant_curve
