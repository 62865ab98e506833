// Whole files in, whole files out.
#ifndef QUANT_CURVE_LIB_ARTIFACT_FILE_H_
#define QUANT_CURVE_LIB_ARTIFACT_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/replacement.h"  // SyncDirectory

namespace quant_curve {

// Protocol buffers hold at most 2 GiB. Files whose tensors are records outside
// of the message (tensor_frame.h) may be larger.
inline constexpr int64_t kMaxFileBytes = (int64_t{1} << 31) - 1;

// Reads a regular file of at most `max_bytes`. NotFound when it is absent,
// InvalidArgument when it is too large or not a regular file, Aborted when its
// size changes while it is read.
absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     int64_t max_bytes = kMaxFileBytes);

// The same, and before the rest is read (or memory is taken for it)
// `check_head` sees the first `head_bytes` bytes (fewer when the file is
// shorter) and the file's size, and may refuse the file.
using CheckHead =
    absl::FunctionRef<absl::Status(absl::string_view head, int64_t size)>;
absl::StatusOr<std::string> ReadFile(const std::string& path, int64_t max_bytes,
                                     int64_t head_bytes,
                                     const CheckHead& check_head);

// A descriptor of a regular file, open for reading; the caller closes it.
// Errors as above.
absl::StatusOr<int> OpenRegularFile(const std::string& path);

// SHA-256 (32 raw bytes) of the rest of an open file, read in pieces; `path` is
// for messages only.
absl::StatusOr<std::string> Sha256OfDescriptor(int fd, const std::string& path);

// The same of a regular file, from its start. Errors as above.
absl::StatusOr<std::string> Sha256OfFile(const std::string& path);

// Which file a path named at some moment, and its state then.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t size_bytes = 0;
  int64_t modified_ns = 0;  // of the contents
  int64_t changed_ns = 0;   // of anything; a rename sets it, a user cannot
};
absl::StatusOr<FileIdentity> IdentityOf(const std::string& path);
absl::StatusOr<FileIdentity> IdentityOf(int fd, const std::string& path);

// Aborted when `path` names the file of `identity` but its contents were
// written since: its size or modified_ns differs. OK when the path now names
// another file or none: a rename or a removal does not change the older file's
// bytes. changed_ns is not compared: build
// systems make and remove hard links to an input while other actions read it.
absl::Status CheckContentsUnchanged(const std::string& path,
                                    const FileIdentity& identity);

// SHA-256 (32 raw bytes) of a file that is read in pieces elsewhere: take
// its identity before, the digest after. Aborted when the path names another
// file now or its contents changed since: the digest would not be of the bytes
// that were read. Takes little memory, whatever the file's size.
absl::StatusOr<std::string> Sha256OfUnchanged(const std::string& path,
                                              const FileIdentity& identity);

// Writes to a temporary file in the same folder, syncs to disk and renames: a
// reader sees the old file or the whole new one, whatever happens. On an error
// nothing is left behind and an existing file stays as it was. A process that
// is killed leaves nothing, except in the instant around the renaming (or on a
// file system without unnamed files): then a <path>.tmp-<process> that the next
// one that writes this path removes (replacement.h).
absl::Status WriteFileAtomically(const std::string& path,
                                 absl::string_view contents);

struct FileContents {
  std::string path;
  absl::string_view contents;
};

// Writes several files that belong together: an error (a full disk, a failed
// rename) leaves all as they were. They are renamed one after another, in this
// order (replacement.h).
absl::Status WriteFilesAtomically(const std::vector<FileContents>& files);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_FILE_H_
