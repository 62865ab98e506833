// Whole files in, whole files out.
#ifndef QUANT_CURVE_LIB_ARTIFACT_FILE_H_
#define QUANT_CURVE_LIB_ARTIFACT_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace quant_curve {

// Protocol buffers hold at most 2 GiB; no artifact is larger.
inline constexpr int64_t kMaxFileBytes = (int64_t{1} << 31) - 1;

// Reads a regular file of at most `max_bytes`. NotFound when it is absent,
// InvalidArgument when it is too large or no regular file.
absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     int64_t max_bytes = kMaxFileBytes);

// Writes beside `path`, syncs to disk and renames: a reader sees the old file
// or the whole new one, whatever happens. On an error nothing is left behind
// and an existing file stays as it was. A process killed in between leaves
// nothing, either, but in the instant before the renaming (or on a file system
// without unnamed files): then a <path>.tmp-<process> that hinders nobody.
absl::Status WriteFileAtomically(const std::string& path,
                                 absl::string_view contents);

struct FileContents {
  std::string path;
  absl::string_view contents;
};

// Writes several files that belong together: an error while any of them is
// written (a full disk) leaves all as they were. They are renamed one after
// another, in this order.
absl::Status WriteFilesAtomically(const std::vector<FileContents>& files);

// Makes the renames of this folder's entries durable, where that can be done.
void SyncDirectory(const std::string& directory);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_FILE_H_
