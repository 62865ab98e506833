// A file that is read piece by piece: tensors one after another, so that memory
// stays near the size of the one at hand.
#ifndef QUANT_CURVE_TOOLS_IMPORT_INPUT_FILE_H_
#define QUANT_CURVE_TOOLS_IMPORT_INPUT_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace quant_curve {

// Owns the open file; movable. Errors name the file.
class InputFile {
 public:
  // NotFound when it is absent, InvalidArgument when it is not a regular file.
  static absl::StatusOr<InputFile> Open(const std::string& path);

  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&& other) noexcept;
  ~InputFile();

  const std::string& path() const { return path_; }
  uint64_t size_bytes() const { return size_bytes_; }

  // Fills `bytes` from `offset` on. OutOfRange when the file is too short.
  absl::Status ReadAt(uint64_t offset, absl::Span<char> bytes) const;

  // `size_bytes` bytes from `offset` on; allocates them only when the file has
  // as many.
  absl::StatusOr<std::string> ReadString(uint64_t offset,
                                         uint64_t size_bytes) const;

  // `count` little-endian binary32 numbers from `offset` on, alike.
  absl::StatusOr<std::vector<float>> ReadFloats(uint64_t offset,
                                                uint64_t count) const;

  // InvalidArgument when the file is of a format that is often given in place
  // of the right one (ForeignFormat).
  absl::Status CheckFormat() const;

  // InvalidArgument "<path>: <why>".
  absl::Status Refuse(absl::string_view why) const;

 private:
  InputFile(std::string path, int fd, uint64_t size_bytes);
  absl::Status CheckRange(uint64_t offset, uint64_t size_bytes) const;

  std::string path_;
  int fd_;  // -1 after a move
  uint64_t size_bytes_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_INPUT_FILE_H_
