#include "lib/artifact/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

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

absl::Status WriteFileAtomically(const std::string& path,
                                 absl::string_view contents) {
  // Renaming over a device, a pipe or a folder would destroy it.
  struct stat info;
  if (lstat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": exists and is no regular file; it is not replaced"));
  }
  const std::string temporary = absl::StrCat(path, ".tmp-", getpid());
  const int fd =
      open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return SystemError("cannot create", path, errno);
  absl::Cleanup remove_temporary = [&] { unlink(temporary.c_str()); };
  const absl::Status written = WriteAll(fd, contents, path);
  const int closed = close(fd);
  RETURN_IF_ERROR(written);
  if (closed != 0) return SystemError("cannot close", path, errno);
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    return SystemError("cannot rename into place", path, errno);
  }
  std::move(remove_temporary).Cancel();
  const int directory =
      open(DirectoryOf(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    fsync(directory);
    close(directory);
  }
  return absl::OkStatus();
}

}  // namespace quant_curve
