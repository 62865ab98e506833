#include "lib/artifact/mapped_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "absl/cleanup/cleanup.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/system_error.h"

namespace quant_curve {

absl::StatusOr<std::shared_ptr<const MappedFile>> MappedFile::Open(
    const std::string& path) {
  ASSIGN_OR_RETURN(const int fd, OpenRegularFile(path));
  absl::Cleanup close_file = [fd] { close(fd); };
  ASSIGN_OR_RETURN(const FileIdentity identity, IdentityOf(fd, path));
  if (identity.size_bytes == 0) {  // no page to map
    return std::shared_ptr<const MappedFile>(
        new MappedFile(path, identity, ""));
  }
  void* const data = mmap(nullptr, static_cast<size_t>(identity.size_bytes),
                          PROT_READ, MAP_PRIVATE, fd, 0);
  if (data == MAP_FAILED) return SystemError("cannot map", path, errno);
  return std::shared_ptr<const MappedFile>(
      new MappedFile(path, identity, static_cast<const char*>(data)));
}

MappedFile::~MappedFile() {
  if (size_ > 0) munmap(const_cast<char*>(data_), size_);
}

absl::Status MappedFile::CheckUnchanged() const {
  return CheckContentsUnchanged(path_, identity_);
}

void MappedFile::Drop(absl::string_view part) const {
  const uintptr_t page = sysconf(_SC_PAGESIZE);
  const uintptr_t begin = reinterpret_cast<uintptr_t>(part.data());
  const uintptr_t first = (begin + page - 1) / page * page;
  const uintptr_t end = (begin + part.size()) / page * page;
  if (end > first) {
    madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
  }
}

}  // namespace quant_curve
