#include "tools/import/input_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/artifact/file.h"
#include "lib/artifact/foreign_format.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/system_error.h"

namespace quant_curve {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "the formats hold little-endian numbers");

absl::StatusOr<InputFile> InputFile::Open(const std::string& path) {
  ASSIGN_OR_RETURN(const int fd, OpenRegularFile(path));
  InputFile file(path, fd, 0);
  ASSIGN_OR_RETURN(const FileIdentity identity, IdentityOf(fd, path));
  file.size_bytes_ = static_cast<uint64_t>(identity.size_bytes);
  return file;
}

InputFile::InputFile(std::string path, int fd, uint64_t size_bytes)
    : path_(std::move(path)), fd_(fd), size_bytes_(size_bytes) {}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      size_bytes_(other.size_bytes_) {}

InputFile& InputFile::operator=(InputFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  std::swap(size_bytes_, other.size_bytes_);
  return *this;
}

InputFile::~InputFile() {
  if (fd_ >= 0) close(fd_);
}

absl::Status InputFile::ReadAt(uint64_t offset, absl::Span<char> bytes) const {
  RETURN_IF_ERROR(CheckRange(offset, bytes.size()));
  while (!bytes.empty()) {
    const ssize_t got =
        pread(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("cannot read", path_, errno);
    if (got == 0) return Refuse("became shorter while it was read");
    bytes.remove_prefix(got);
    offset += got;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> InputFile::ReadString(uint64_t offset,
                                                  uint64_t size_bytes) const {
  RETURN_IF_ERROR(CheckRange(offset, size_bytes));
  std::string bytes(size_bytes, '\0');
  RETURN_IF_ERROR(ReadAt(offset, absl::MakeSpan(&bytes[0], bytes.size())));
  return bytes;
}

absl::StatusOr<std::vector<float>> InputFile::ReadFloats(uint64_t offset,
                                                         uint64_t count) const {
  if (count > size_bytes_ / sizeof(float)) {
    return Refuse(absl::StrCat("holds ", size_bytes_, " bytes, too few for ",
                               count, " floats"));
  }
  RETURN_IF_ERROR(CheckRange(offset, count * sizeof(float)));
  std::vector<float> values(count);
  RETURN_IF_ERROR(
      ReadAt(offset, absl::MakeSpan(reinterpret_cast<char*>(values.data()),
                                    count * sizeof(float))));
  return values;
}

absl::Status InputFile::CheckFormat() const {
  const uint64_t count = std::min<uint64_t>(size_bytes_, kForeignFormatBytes);
  ASSIGN_OR_RETURN(const std::string start, ReadString(0, count));
  const std::string foreign = ForeignFormat(start);
  return foreign.empty() ? absl::OkStatus() : Refuse(foreign);
}

absl::Status InputFile::Refuse(absl::string_view why) const {
  return absl::InvalidArgumentError(absl::StrCat(path_, ": ", why));
}

absl::Status InputFile::CheckRange(uint64_t offset, uint64_t size_bytes) const {
  if (offset <= size_bytes_ && size_bytes <= size_bytes_ - offset) {
    return absl::OkStatus();
  }
  return absl::OutOfRangeError(
      absl::StrCat(path_, ": ends after ", size_bytes_, " bytes, but ",
                   size_bytes, " bytes from byte ", offset, " on are needed"));
}

}  // namespace quant_curve
