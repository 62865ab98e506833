#include "lib/model/activation_store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/system_error.h"

namespace quant_curve {
namespace {

std::string TemporaryFolder() {
  const char* const folder = getenv("TMPDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/tmp";
}

absl::Status FileError(absl::string_view what, int error) {
  const absl::Status status =
      SystemError(absl::StrCat(what, " a temporary file for activations"),
                  TemporaryFolder(), error);
  return absl::Status(
      status.code(),
      absl::StrCat(status.message(), "; set TMPDIR to a folder ",
                   error == ENOSPC ? "with more space"
                                   : "on a working disk where this process "
                                     "can create files"));
}

absl::StatusOr<int> MakeFile(int64_t bytes) {
  std::string name = TemporaryFolder() + "/quant_curve_XXXXXX";
  const int fd = mkostemp(&name[0], O_CLOEXEC);
  if (fd < 0) return FileError("cannot create", errno);
  unlink(name.c_str());
  const int error = posix_fallocate(fd, 0, bytes);
  if (error == 0) return fd;
  close(fd);
  return FileError(absl::StrCat("cannot reserve ", bytes, " bytes for"), error);
}

}  // namespace

absl::StatusOr<ActivationStore> ActivationStore::Make(
    const std::vector<int64_t>& sizes, int64_t max_bytes_in_memory) {
  ActivationStore store;
  store.offsets_ = {0};
  for (const int64_t size : sizes) {
    store.offsets_.push_back(store.offsets_.back() +
                             size * static_cast<int64_t>(sizeof(float)));
  }
  if (store.offsets_.back() > max_bytes_in_memory) {
    ASSIGN_OR_RETURN(store.fd_, MakeFile(store.offsets_.back()));
  } else {
    store.arrays_.resize(sizes.size());
  }
  return store;
}

ActivationStore::ActivationStore(ActivationStore&& other) noexcept
    : arrays_(std::move(other.arrays_)),
      offsets_(std::move(other.offsets_)),
      fd_(std::exchange(other.fd_, -1)) {}

ActivationStore& ActivationStore::operator=(ActivationStore&& other) noexcept {
  std::swap(arrays_, other.arrays_);
  std::swap(offsets_, other.offsets_);
  std::swap(fd_, other.fd_);
  return *this;
}

ActivationStore::~ActivationStore() {
  if (fd_ >= 0) close(fd_);
}

absl::Status ActivationStore::Put(int64_t i, std::vector<float> values) {
  if (in_memory()) {
    arrays_[i] = std::move(values);
    return absl::OkStatus();
  }
  const char* from = reinterpret_cast<const char*>(values.data());
  for (int64_t at = offsets_[i]; at < offsets_[i + 1];) {
    const ssize_t written = pwrite(fd_, from, offsets_[i + 1] - at, at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FileError("cannot write", errno);
    from += written;
    at += written;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<float>> ActivationStore::Take(int64_t i) {
  if (in_memory()) return std::move(arrays_[i]);
  std::vector<float> values((offsets_[i + 1] - offsets_[i]) / sizeof(float));
  char* to = reinterpret_cast<char*>(values.data());
  for (int64_t at = offsets_[i]; at < offsets_[i + 1];) {
    const ssize_t got = pread(fd_, to, offsets_[i + 1] - at, at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return FileError("cannot read", got < 0 ? errno : EIO);
    to += got;
    at += got;
  }
  return values;
}

}  // namespace quant_curve
