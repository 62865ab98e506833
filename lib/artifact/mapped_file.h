// A file in memory without reading it: pages come when they are touched.
#ifndef QUANT_CURVE_LIB_ARTIFACT_MAPPED_FILE_H_
#define QUANT_CURVE_LIB_ARTIFACT_MAPPED_FILE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/file.h"

namespace quant_curve {

// Another process that cuts the file while it is mapped raises SIGBUS where the
// missing part is touched; ToolMain (lib/cli/tool_main.h) ends the program with
// a message then.
class MappedFile {
 public:
  // Fails as ReadFile does; the size of the file does not matter.
  static absl::StatusOr<std::shared_ptr<const MappedFile>> Open(
      const std::string& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  absl::string_view bytes() const { return {data_, size_}; }
  // As given to Open.
  const std::string& path() const { return path_; }

  // A page may be read again at any time, so a file that was written in place
  // may have given bytes of both states. Aborted when the file changed since
  // Open; a file that was replaced by another one, or removed, did not
  // (CheckContentsUnchanged in file.h).
  absl::Status CheckUnchanged() const;

  // Gives the memory of whole pages inside `part`, a part of bytes(), back to
  // the system; touching them reads the file again.
  void Drop(absl::string_view part) const;

 private:
  MappedFile(std::string path, const FileIdentity& identity, const char* data)
      : path_(std::move(path)),
        identity_(identity),
        data_(data),
        size_(static_cast<size_t>(identity.size_bytes)) {}

  std::string path_;
  FileIdentity identity_;  // when it was mapped
  const char* data_;
  size_t size_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_MAPPED_FILE_H_
