#include "lib/artifact/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/replacement.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/system_error.h"

namespace quant_curve {
namespace {

constexpr size_t kPieceBytes = size_t{1} << 20;

// The error for a file that `how` ("grew").
absl::Status Changed(const std::string& path, absl::string_view how) {
  return absl::AbortedError(
      absl::StrCat(path, ": ", how,
                   " while it was read; try again when nothing writes to it"));
}

// Fills `contents` from byte `start` on. The file had as many bytes when it was
// opened: an earlier end means that somebody cut it meanwhile.
absl::Status Fill(int fd, size_t start, const std::string& path,
                  std::string& contents) {
  for (size_t filled = start; filled < contents.size();) {
    const ssize_t got = read(fd, &contents[filled], contents.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("cannot read", path, errno);
    if (got == 0) {
      return Changed(path, absl::StrCat("ended after ", filled, " of ",
                                        contents.size(), " bytes"));
    }
    filled += got;
  }
  return absl::OkStatus();
}

// A further byte means that somebody appended to the file: what was read is not
// the whole of it.
absl::Status CheckAtEnd(int fd, const std::string& path) {
  char beyond = 0;
  ssize_t got = 0;
  do {
    got = read(fd, &beyond, 1);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return SystemError("cannot read", path, errno);
  return got == 0 ? absl::OkStatus() : Changed(path, "grew");
}

FileIdentity IdentityFrom(const struct stat& info) {
  constexpr int64_t kNanoseconds = 1000000000;
  return {info.st_dev, info.st_ino, info.st_size,
          info.st_mtim.tv_sec * kNanoseconds + info.st_mtim.tv_nsec,
          info.st_ctim.tv_sec * kNanoseconds + info.st_ctim.tv_nsec};
}

bool IsSameFile(const FileIdentity& a, const FileIdentity& b) {
  return a.device == b.device && a.inode == b.inode;
}

bool IsSameState(const FileIdentity& a, const FileIdentity& b) {
  return a.size_bytes == b.size_bytes && a.modified_ns == b.modified_ns &&
         a.changed_ns == b.changed_ns;
}

}  // namespace

// O_NONBLOCK: opening a pipe would wait for a writer.
absl::StatusOr<int> OpenRegularFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return SystemError("cannot open", path, errno);
  struct stat info;
  if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) return fd;
  close(fd);
  return absl::InvalidArgumentError(absl::StrCat(path, ": is ",
                                                 FileTypeText(info.st_mode),
                                                 ", not a regular file; give a "
                                                 "file"));
}

absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     int64_t max_bytes) {
  return ReadFile(path, max_bytes, 0,
                  [](absl::string_view, int64_t) { return absl::OkStatus(); });
}

absl::StatusOr<std::string> ReadFile(const std::string& path, int64_t max_bytes,
                                     int64_t head_bytes,
                                     const CheckHead& check_head) {
  ASSIGN_OR_RETURN(const int fd, OpenRegularFile(path));
  absl::Cleanup close_file = [fd] { close(fd); };
  struct stat info;
  if (fstat(fd, &info) != 0) return SystemError("cannot stat", path, errno);
  const int64_t size = info.st_size;
  std::string contents(std::min(head_bytes, size), '\0');
  RETURN_IF_ERROR(Fill(fd, 0, path, contents));
  RETURN_IF_ERROR(check_head(contents, size));
  if (size > max_bytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": ", size, " bytes, at most ", max_bytes, " can be read"));
  }
  const size_t head = contents.size();
  contents.resize(size);
  RETURN_IF_ERROR(Fill(fd, head, path, contents));
  RETURN_IF_ERROR(CheckAtEnd(fd, path));
  return contents;
}

absl::StatusOr<std::string> Sha256OfDescriptor(int fd,
                                               const std::string& path) {
  struct stat info;
  if (fstat(fd, &info) != 0) return SystemError("cannot stat", path, errno);
  const int64_t size = info.st_size;
  Sha256Stream digest;
  std::string piece;
  for (int64_t done = 0; done < size;) {
    piece.resize(std::min<int64_t>(kPieceBytes, size - done));
    RETURN_IF_ERROR(Fill(fd, 0, path, piece));
    digest.Add(piece);
    done += static_cast<int64_t>(piece.size());
  }
  RETURN_IF_ERROR(CheckAtEnd(fd, path));
  return digest.Finish();
}

absl::StatusOr<std::string> Sha256OfFile(const std::string& path) {
  ASSIGN_OR_RETURN(const int fd, OpenRegularFile(path));
  absl::Cleanup close_file = [fd] { close(fd); };
  return Sha256OfDescriptor(fd, path);
}

absl::StatusOr<FileIdentity> IdentityOf(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) {
    return SystemError("cannot stat", path, errno);
  }
  return IdentityFrom(info);
}

absl::StatusOr<FileIdentity> IdentityOf(int fd, const std::string& path) {
  struct stat info;
  if (fstat(fd, &info) != 0) return SystemError("cannot stat", path, errno);
  return IdentityFrom(info);
}

absl::Status CheckContentsUnchanged(const std::string& path,
                                    const FileIdentity& identity) {
  const absl::StatusOr<FileIdentity> now = IdentityOf(path);
  if (absl::IsNotFound(now.status())) return absl::OkStatus();
  RETURN_IF_ERROR(now.status());
  const bool written = now->size_bytes != identity.size_bytes ||
                       now->modified_ns != identity.modified_ns;
  if (!IsSameFile(*now, identity) || !written) return absl::OkStatus();
  return Changed(path, "changed");
}

absl::StatusOr<std::string> Sha256OfUnchanged(const std::string& path,
                                              const FileIdentity& identity) {
  ASSIGN_OR_RETURN(const int fd, OpenRegularFile(path));
  absl::Cleanup close_file = [fd] { close(fd); };
  ASSIGN_OR_RETURN(std::string digest, Sha256OfDescriptor(fd, path));
  ASSIGN_OR_RETURN(const FileIdentity now, IdentityOf(fd, path));
  if (IsSameFile(now, identity) && IsSameState(now, identity)) return digest;
  return Changed(path, "changed");
}

absl::Status WriteFileAtomically(const std::string& path,
                                 absl::string_view contents) {
  return WriteFilesAtomically({{path, contents}});
}

absl::Status WriteFilesAtomically(const std::vector<FileContents>& files) {
  std::vector<Replacement> replacements;
  for (const FileContents& file : files) {
    ASSIGN_OR_RETURN(Replacement replacement,
                     Replacement::Write(file.path, file.contents));
    replacements.push_back(std::move(replacement));
  }
  return Replacement::PutAllInPlace(std::move(replacements));
}

}  // namespace quant_curve
