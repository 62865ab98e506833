#include "lib/artifact/payload.h"

#include <mutex>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {

struct Payload::File {
  absl::string_view bytes;
  std::shared_ptr<const MappedFile> mapped;  // null: `owned` holds the bytes
  std::string owned;

  // SHA-256 of a part of the file, computed once.
  std::string DigestOf(absl::string_view part) {
    const std::pair<size_t, size_t> place = {part.data() - bytes.data(),
                                             part.size()};
    {
      const std::lock_guard<std::mutex> lock(mutex);
      const auto found = digests.find(place);
      if (found != digests.end()) return found->second;
    }
    // Without the lock: other threads view other records meanwhile.
    std::string digest = Sha256(part);
    const std::lock_guard<std::mutex> lock(mutex);
    return digests.emplace(place, std::move(digest)).first->second;
  }

  std::mutex mutex;
  // By offset and length: an empty record is at the same offset as the next.
  absl::flat_hash_map<std::pair<size_t, size_t>, std::string> digests;
};

Payload::Payload(std::shared_ptr<const MappedFile> file)
    : file_(std::make_shared<File>()) {
  file_->bytes = file->bytes();
  file_->mapped = std::move(file);
}

Payload::Payload(std::string file) : file_(std::make_shared<File>()) {
  file_->owned = std::move(file);
  file_->bytes = file_->owned;
}

absl::optional<absl::string_view> Payload::Find(const Tensor& tensor) const {
  if (file_ == nullptr) return absl::nullopt;
  const absl::string_view bytes = file_->bytes;
  if (tensor.offset() > bytes.size() ||
      tensor.size_bytes() > bytes.size() - tensor.offset()) {
    return absl::nullopt;
  }
  return bytes.substr(tensor.offset(), tensor.size_bytes());
}

absl::Status Payload::Refuse(const Tensor& tensor,
                             absl::string_view why) const {
  const absl::Status status = RefuseTensor(tensor, why);
  if (file_ == nullptr || file_->mapped == nullptr) return status;
  return absl::Status(status.code(), absl::StrCat(file_->mapped->path(), ": ",
                                                  status.message()));
}

absl::StatusOr<TensorView> Payload::View(const Tensor& tensor) const {
  if (tensor.sha256().empty()) return TensorView(tensor);
  const absl::optional<absl::string_view> record = Find(tensor);
  if (!record.has_value())
    return Refuse(tensor, "its record is in no open file");
  if (file_->DigestOf(*record) != tensor.sha256()) {
    return Refuse(tensor,
                  "the SHA-256 of its record does not match: the file was "
                  "changed or damaged");
  }
  return TensorView(tensor, *record);
}

void Payload::Drop(const Tensor& tensor) const {
  if (tensor.sha256().empty()) return;
  const absl::optional<absl::string_view> record = Find(tensor);
  if (!record.has_value() || file_->mapped == nullptr) return;
  file_->mapped->Drop(*record);
}

absl::Status Payload::Load(Tensor& tensor) const {
  if (tensor.sha256().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const TensorView view, View(tensor));
  tensor.set_data(view.bytes.data(), view.bytes.size());
  Drop(tensor);
  tensor.clear_offset();
  tensor.clear_size_bytes();
  tensor.clear_sha256();
  return absl::OkStatus();
}

absl::Status Payload::CheckUnchanged() const {
  if (file_ == nullptr || file_->mapped == nullptr) return absl::OkStatus();
  return file_->mapped->CheckUnchanged();
}

}  // namespace quant_curve
