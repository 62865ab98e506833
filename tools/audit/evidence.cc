#include "tools/audit/evidence.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/artifact/file.h"
#include "lib/artifact/frame.h"
#include "lib/artifact/mapped_file.h"
#include "lib/artifact/payload.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/system_error.h"
#include "lib/artifact/tensor_frame.h"
#include "lib/provenance/manifest.h"

namespace quant_curve {
namespace {

bool IsManifestPath(absl::string_view path) {
  return path == kRootManifest || absl::EndsWith(path, kManifestSuffix);
}

// Messages of the libraries begin with the file's name; findings name it, too.
absl::Status WithoutPath(const absl::Status& status, absl::string_view path) {
  absl::string_view message = status.message();
  absl::ConsumePrefix(&message, absl::StrCat(path, ": "));
  return absl::Status(status.code(), message);
}

}  // namespace

bool IsArtifactKind(absl::string_view name, ArtifactKind* kind) {
  return ArtifactKind_Parse(std::string(name), kind) &&
         *kind != ARTIFACT_KIND_UNSPECIFIED;
}

absl::StatusOr<std::string> HashFile(const std::string& path,
                                     bool follow_links) {
  // O_NONBLOCK: opening a pipe would wait for a writer.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK |
                                        (follow_links ? 0 : O_NOFOLLOW));
  if (fd < 0) return SystemError("cannot open", path, errno);
  absl::Cleanup close_file = [fd] { close(fd); };
  struct stat info;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": not a regular file"));
  }
  ASSIGN_OR_RETURN(const std::string digest, Sha256OfDescriptor(fd, path));
  return HexDigest(digest);
}

EvidenceFile::EvidenceFile(std::string path, std::string bytes)
    : path_(std::move(path)),
      bytes_(std::move(bytes)),
      size_(bytes_.size()),
      is_manifest_(IsManifestPath(path_)),
      dependencies_({}) {
  if (is_manifest_) manifest_status_ = WithoutPath(ParseManifest(), path_);
}

EvidenceFile::EvidenceFile(std::string path, std::string disk_path,
                           uint64_t size)
    : path_(std::move(path)),
      disk_path_(std::move(disk_path)),
      size_(size),
      is_manifest_(IsManifestPath(path_)),
      dependencies_({}) {
  if (!is_manifest_) return;
  absl::StatusOr<std::string> bytes = ReadFile(disk_path_, kMaxManifestBytes);
  if (!bytes.ok()) {
    manifest_status_ = WithoutPath(bytes.status(), disk_path_);
    return;
  }
  bytes_ = *std::move(bytes);
  size_ = bytes_.size();
  disk_path_.clear();
  manifest_status_ = WithoutPath(ParseManifest(), path_);
}

absl::StatusOr<std::string> EvidenceFile::Sha256Hex() const {
  if (!sha256_.empty()) return sha256_;
  if (in_memory()) return sha256_ = HexDigest(Sha256(bytes_));
  const auto digest = HashFile(disk_path_, /*follow_links=*/false);
  if (!digest.ok()) return WithoutPath(digest.status(), disk_path_);
  return sha256_ = *digest;
}

absl::StatusOr<std::string> EvidenceFile::Read(int64_t max_bytes) const {
  if (static_cast<int64_t>(size_) > max_bytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "has ", size_, " bytes, a file of its kind has at most ", max_bytes));
  }
  if (in_memory()) return bytes_;
  absl::StatusOr<std::string> bytes = ReadFile(disk_path_, max_bytes);
  if (!bytes.ok()) return WithoutPath(bytes.status(), disk_path_);
  const std::string digest = HexDigest(Sha256(*bytes));
  if (sha256_.empty()) sha256_ = digest;
  if (sha256_ == digest) return bytes;
  return absl::AbortedError("was changed while it was audited");
}

absl::Status EvidenceFile::CopyTo(const std::string& path) const {
  if (in_memory()) return WriteFileAtomically(path, bytes_);
  std::error_code error;
  std::filesystem::copy_file(disk_path_, path, error);
  if (error) {
    return absl::InternalError(absl::StrCat(path, ": cannot copy ", disk_path_,
                                            " there: ", error.message()));
  }
  ASSIGN_OR_RETURN(const std::string copied,
                   HashFile(path, /*follow_links=*/false));
  if (copied == sha256()) return absl::OkStatus();
  return absl::AbortedError("was changed while it was audited");
}

absl::Status EvidenceFile::ParseManifest() {
  ASSIGN_OR_RETURN(statement_, ManifestFromJson(bytes_, path_));
  ASSIGN_OR_RETURN(dependencies_, path_ == kRootManifest
                                      ? DependenciesOfPublication(statement_)
                                      : DependenciesOfStage(statement_));
  return absl::OkStatus();
}

absl::Status EvidenceFile::CheckArtifactHead() const {
  std::string head = bytes_.substr(0, kMagicBytes);
  if (!in_memory()) {
    std::ifstream file(disk_path_, std::ios::binary);
    head.resize(kMagicBytes);
    file.read(&head[0], kMagicBytes);
    head.resize(file.gcount());
  }
  if (HasArtifactMagic(head)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "not a quant_curve artifact (wrong magic bytes)");
}

// Of any size. A manifest names the file, other artifacts its contents: both
// are of the same tensors only when each record has the digest in the footer.
absl::Status EvidenceFile::ParseTensors(
    ArtifactKind kind, google::protobuf::Message& message) const {
  const auto parse = [&](absl::string_view file,
                         const Payload& payload) -> absl::Status {
    RETURN_IF_ERROR(ReadTensorFrame(file, kind, path_, message));
    for (const Tensor* tensor : TensorsIn(message)) {
      RETURN_IF_ERROR(payload.View(*tensor).status());
      payload.Drop(*tensor);
    }
    return absl::OkStatus();
  };
  if (in_memory()) return parse(bytes_, Payload(bytes_));
  const auto file = MappedFile::Open(disk_path_);
  if (!file.ok()) return WithoutPath(file.status(), disk_path_);
  if (HexDigest(Sha256((*file)->bytes())) != sha256()) {
    return absl::AbortedError("was changed while it was audited");
  }
  RETURN_IF_ERROR(
      WithoutPath(parse((*file)->bytes(), Payload(*file)), disk_path_));
  return WithoutPath((*file)->CheckUnchanged(), disk_path_);
}

absl::Status EvidenceFile::Parse(ArtifactKind kind,
                                 google::protobuf::Message& message) const {
  RETURN_IF_ERROR(CheckArtifactHead());
  if (HasTensors(kind)) return ParseTensors(kind, message);
  ASSIGN_OR_RETURN(const std::string bytes, Read());
  ASSIGN_OR_RETURN(const absl::string_view payload,
                   Unframe(bytes, kind, path_));
  if (message.ParseFromArray(payload.data(),
                             static_cast<int>(payload.size()))) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the payload is not a valid ", message.GetTypeName()));
}

absl::StatusOr<const google::protobuf::Message*> EvidenceFile::ArtifactOf(
    ArtifactKind kind) const {
  const google::protobuf::Message* prototype = PrototypeOf(kind);
  if (prototype == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("unknown kind ", kind));
  }
  if (parsed_kind_ != kind) {
    parsed_kind_ = kind;
    std::unique_ptr<google::protobuf::Message> message(prototype->New());
    const absl::Status status = WithoutPath(Parse(kind, *message), path_);
    if (status.ok()) {
      parsed_ = std::move(message);
    } else {
      parsed_ = status;
    }
  }
  RETURN_IF_ERROR(parsed_.status());
  return parsed_->get();
}

void Evidence::Set(const std::string& path, std::string bytes) {
  files_[path] = std::make_shared<EvidenceFile>(path, std::move(bytes));
}

void Evidence::SetFile(const std::string& path, const std::string& disk_path,
                       uint64_t size) {
  files_[path] = std::make_shared<EvidenceFile>(path, disk_path, size);
}

void Evidence::Remove(const std::string& path) { files_.erase(path); }

void Evidence::AddElsewhere(const std::string& path, std::string bytes) {
  auto file = std::make_shared<EvidenceFile>(path, std::move(bytes));
  elsewhere_[file->sha256()] = file;
}

void Evidence::AddElsewhereFile(const std::string& disk_path, uint64_t size,
                                const std::string& sha256) {
  elsewhere_[sha256] =
      std::make_shared<EvidenceFile>(disk_path, disk_path, size);
}

const EvidenceFile* Evidence::Find(absl::string_view path) const {
  const auto found = files_.find(std::string(path));
  return found == files_.end() ? nullptr : found->second.get();
}

const EvidenceFile* Evidence::FindElsewhere(
    absl::string_view sha256_hex) const {
  const auto found = elsewhere_.find(std::string(sha256_hex));
  return found == elsewhere_.end() ? nullptr : found->second.get();
}

}  // namespace quant_curve
