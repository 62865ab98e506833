#include "lib/artifact/payload.h"

#include <mutex>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/sha256.h"

namespace quant_curve {
namespace {

absl::Status Refuse(const Tensor& tensor, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("tensor '", tensor.name(), "': ", why));
}

}  // namespace

struct Payload::File {
  absl::string_view bytes;
  std::shared_ptr<const MappedFile> mapped;  // null: `owned` holds the bytes
  std::string owned;

  std::mutex mutex;
  absl::flat_hash_set<uint64_t> checked;  // offsets of records
};

Payload::Payload(std::shared_ptr<const MappedFile> file) {
  auto place = std::make_shared<File>();
  place->bytes = file->bytes();
  place->mapped = std::move(file);
  size_ = place->bytes.size();
  places_.push_back({0, std::move(place)});
}

Payload::Payload(std::string file) {
  auto place = std::make_shared<File>();
  place->owned = std::move(file);
  place->bytes = place->owned;
  size_ = place->bytes.size();
  places_.push_back({0, std::move(place)});
}

const Payload::Place* Payload::Find(const Tensor& tensor) const {
  const Place* found = nullptr;
  for (const Place& place : places_) {
    if (place.start <= tensor.offset()) found = &place;
  }
  if (found == nullptr) return nullptr;
  const uint64_t size = found->file->bytes.size();
  const uint64_t offset = tensor.offset() - found->start;
  const bool inside = offset <= size && tensor.size_bytes() <= size - offset;
  return inside ? found : nullptr;
}

absl::StatusOr<TensorView> Payload::View(const Tensor& tensor) const {
  if (tensor.sha256().empty()) return TensorView(tensor);
  const Place* const place = Find(tensor);
  if (place == nullptr) return Refuse(tensor, "its record is in no open file");
  const uint64_t offset = tensor.offset() - place->start;
  const absl::string_view bytes =
      place->file->bytes.substr(offset, tensor.size_bytes());
  {
    const std::lock_guard<std::mutex> lock(place->file->mutex);
    if (place->file->checked.contains(offset)) return TensorView(tensor, bytes);
  }
  if (Sha256(bytes) != tensor.sha256()) {
    return Refuse(tensor,
                  "the SHA-256 of its record does not match: the file was "
                  "changed or damaged");
  }
  const std::lock_guard<std::mutex> lock(place->file->mutex);
  place->file->checked.insert(offset);
  return TensorView(tensor, bytes);
}

void Payload::Drop(const Tensor& tensor) const {
  if (tensor.sha256().empty()) return;
  const Place* const place = Find(tensor);
  if (place == nullptr || place->file->mapped == nullptr) return;
  place->file->mapped->Drop(place->file->bytes.substr(
      tensor.offset() - place->start, tensor.size_bytes()));
}

uint64_t Payload::Append(const Payload& other) {
  const uint64_t start = size_;
  for (const Place& place : other.places_) {
    places_.push_back({start + place.start, place.file});
  }
  size_ += other.size_;
  return start;
}

}  // namespace quant_curve
