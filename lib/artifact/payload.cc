#include "lib/artifact/payload.h"

#include <mutex>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "lib/artifact/frame.h"
#include "lib/artifact/part_name.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

constexpr absl::string_view kPartRemedy =
    "keep the parts that were written with the index in its folder, or make "
    "them again";

}  // namespace

struct Payload::File {
  absl::string_view bytes;
  std::shared_ptr<const MappedFile> mapped;  // null: `owned` holds the bytes
  std::string owned;

  // Of a mapped file.
  const std::string& path() const { return mapped->path(); }

  void Map(std::shared_ptr<const MappedFile> file) {
    bytes = file->bytes();
    mapped = std::move(file);
  }

  // The record's bytes, not checked; none when they are not in the file.
  absl::optional<absl::string_view> Find(const Tensor& tensor) const {
    if (tensor.offset() > bytes.size() ||
        tensor.size_bytes() > bytes.size() - tensor.offset()) {
      return absl::nullopt;
    }
    return bytes.substr(tensor.offset(), tensor.size_bytes());
  }

  // SHA-256 of a piece of the file, computed once.
  std::string DigestOf(absl::string_view piece) {
    const std::pair<size_t, size_t> place = {piece.data() - bytes.data(),
                                             piece.size()};
    {
      const std::lock_guard<std::mutex> lock(mutex);
      const auto found = digests.find(place);
      if (found != digests.end()) return found->second;
    }
    // Without the lock: other threads view other records meanwhile.
    std::string digest = Sha256(piece);
    const std::lock_guard<std::mutex> lock(mutex);
    return digests.emplace(place, std::move(digest)).first->second;
  }

  std::mutex mutex;
  // By offset and length: an empty record is at the same offset as the next.
  absl::flat_hash_map<std::pair<size_t, size_t>, std::string> digests;
};

// The other files of an index.
struct Payload::Parts {
  // Opened, when it is not open yet.
  absl::StatusOr<File*> Get(const File& index, const std::string& name) {
    const std::lock_guard<std::mutex> lock(mutex);
    std::unique_ptr<File>& part = open[name];
    if (part == nullptr) {
      ASSIGN_OR_RETURN(part, Open(index, name));
    }
    return part.get();
  }

  absl::Status CheckUnchanged() {
    const std::lock_guard<std::mutex> lock(mutex);
    for (const auto& [name, part] : open) {
      if (part != nullptr) RETURN_IF_ERROR(part->mapped->CheckUnchanged());
    }
    return absl::OkStatus();
  }

  static absl::StatusOr<std::unique_ptr<File>> Open(const File& index,
                                                    const std::string& name) {
    RETURN_IF_ERROR(CheckPartName(name));
    const std::string path = BesidePath(index.path(), name);
    if (path == index.path()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, " names itself as a part; make it again"));
    }
    const auto mapped = MappedFile::Open(path);
    if (!mapped.ok()) {
      return absl::Status(
          mapped.status().code(),
          absl::StrCat(mapped.status().message(), " (a part of the index ",
                       index.path(), "); ", kPartRemedy));
    }
    auto part = std::make_unique<File>();
    part->Map(*mapped);
    // Files of one kind and schema version begin with the same header.
    if (part->bytes.substr(0, kHeaderBytes) !=
        index.bytes.substr(0, kHeaderBytes)) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": is not a part of the index ", index.path(),
                       ", which has another header; ", kPartRemedy));
    }
    return part;
  }

  std::mutex mutex;
  absl::flat_hash_map<std::string, std::unique_ptr<File>> open;
};

Payload::Payload(std::shared_ptr<const MappedFile> file)
    : file_(std::make_shared<File>()), parts_(std::make_shared<Parts>()) {
  file_->Map(std::move(file));
}

Payload::Payload(std::string file) : file_(std::make_shared<File>()) {
  file_->owned = std::move(file);
  file_->bytes = file_->owned;
}

absl::StatusOr<Payload::File*> Payload::FileOf(const Tensor& tensor) const {
  if (file_ == nullptr) return Refuse(tensor, "its record is in no open file");
  if (tensor.file().empty()) return file_.get();
  if (parts_ == nullptr) {
    return Refuse(tensor,
                  "its record is in another file, which the file in "
                  "memory that names it does not have");
  }
  absl::StatusOr<File*> part = parts_->Get(*file_, tensor.file());
  if (part.ok()) return part;
  return absl::Status(part.status().code(),
                      RefuseTensor(tensor, part.status().message()).message());
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
  ASSIGN_OR_RETURN(File* const file, FileOf(tensor));
  const std::string of_part =
      tensor.file().empty()
          ? ""
          : absl::StrCat(" (", file->path(), ", a part of the index ",
                         file_->path(), "); ", kPartRemedy);
  const absl::optional<absl::string_view> record = file->Find(tensor);
  if (!record.has_value()) {
    return Refuse(tensor,
                  tensor.file().empty()
                      ? "its record is in no open file"
                      : absl::StrCat("its record of ", tensor.size_bytes(),
                                     " bytes at byte ", tensor.offset(),
                                     " goes beyond the ", file->bytes.size(),
                                     " bytes of its file", of_part));
  }
  if (file->DigestOf(*record) != tensor.sha256()) {
    return Refuse(tensor,
                  absl::StrCat("the SHA-256 of its record does not match: the "
                               "file was changed or damaged",
                               of_part));
  }
  return TensorView(tensor, *record);
}

void Payload::Drop(const Tensor& tensor) const {
  if (tensor.sha256().empty()) return;
  const absl::StatusOr<File*> file = FileOf(tensor);
  if (!file.ok() || (*file)->mapped == nullptr) return;
  const absl::optional<absl::string_view> record = (*file)->Find(tensor);
  if (record.has_value()) (*file)->mapped->Drop(*record);
}

absl::Status Payload::Load(Tensor& tensor) const {
  if (tensor.sha256().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const TensorView view, View(tensor));
  tensor.set_data(view.bytes.data(), view.bytes.size());
  Drop(tensor);
  tensor.clear_file();
  tensor.clear_offset();
  tensor.clear_size_bytes();
  tensor.clear_sha256();
  return absl::OkStatus();
}

absl::Status Payload::CheckUnchanged() const {
  if (file_ == nullptr || file_->mapped == nullptr) return absl::OkStatus();
  RETURN_IF_ERROR(file_->mapped->CheckUnchanged());
  return parts_->CheckUnchanged();
}

}  // namespace quant_curve
