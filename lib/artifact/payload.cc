#include "lib/artifact/payload.h"

#include <mutex>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
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

  // SHA-256 of a part of the file, computed once.
  std::string DigestOf(uint64_t offset, uint64_t size) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      const auto found = digests.find({offset, size});
      if (found != digests.end()) return found->second;
    }
    // Without the lock: other threads view other records meanwhile.
    std::string digest = Sha256(bytes.substr(offset, size));
    const std::lock_guard<std::mutex> lock(mutex);
    return digests.emplace(std::make_pair(offset, size), std::move(digest))
        .first->second;
  }

  std::mutex mutex;
  // By offset and length: an empty record is at the same offset as the next.
  absl::flat_hash_map<std::pair<uint64_t, uint64_t>, std::string> digests;
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
  const uint64_t size = tensor.size_bytes();
  if (place->file->DigestOf(offset, size) != tensor.sha256()) {
    return Refuse(tensor,
                  "the SHA-256 of its record does not match: the file was "
                  "changed or damaged");
  }
  return TensorView(tensor, place->file->bytes.substr(offset, size));
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
