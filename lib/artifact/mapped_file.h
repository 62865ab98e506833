// A file in memory without reading it: pages come when they are touched.
#ifndef QUANT_CURVE_LIB_ARTIFACT_MAPPED_FILE_H_
#define QUANT_CURVE_LIB_ARTIFACT_MAPPED_FILE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

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

  // Gives the memory of whole pages inside `part`, a part of bytes(), back to
  // the system; touching them reads the file again.
  void Drop(absl::string_view part) const;

 private:
  MappedFile(const char* data, size_t size) : data_(data), size_(size) {}

  const char* data_;
  size_t size_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_MAPPED_FILE_H_
