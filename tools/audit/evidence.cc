#include "tools/audit/evidence.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_macros.h"
#include "lib/provenance/manifest.h"

namespace quant_curve {
namespace {

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

const google::protobuf::Message* PrototypeOf(ArtifactKind kind) {
  switch (kind) {
    case CORPUS:
      return &Corpus::default_instance();
    case CHECKPOINT:
      return &Checkpoint::default_instance();
    case CALIBRATION:
      return &Calibration::default_instance();
    case QUANTIZED_MODEL:
      return &QuantizedModel::default_instance();
    case MEASUREMENT:
      return &Measurement::default_instance();
    case TIMING:
      return &Timing::default_instance();
    case TOKENIZER:
      return &BpeTokenizer::default_instance();
    default:
      return nullptr;
  }
}

EvidenceFile::EvidenceFile(std::string path, std::string bytes)
    : path_(std::move(path)),
      bytes_(std::move(bytes)),
      sha256_(HexDigest(Sha256(bytes_))),
      is_manifest_(path_ == kRootManifest ||
                   absl::EndsWith(path_, kManifestSuffix)),
      dependencies_({}) {
  if (is_manifest_) manifest_status_ = WithoutPath(ParseManifest(), path_);
}

absl::Status EvidenceFile::ParseManifest() {
  ASSIGN_OR_RETURN(statement_, ManifestFromJson(bytes_, path_));
  ASSIGN_OR_RETURN(dependencies_, path_ == kRootManifest
                                      ? DependenciesOfPublication(statement_)
                                      : DependenciesOfStage(statement_));
  return absl::OkStatus();
}

absl::StatusOr<const google::protobuf::Message*> EvidenceFile::ArtifactOf(
    ArtifactKind kind) const {
  const google::protobuf::Message* prototype = PrototypeOf(kind);
  if (prototype == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("unknown kind ", kind));
  }
  if (parsed_kind_ != kind) {
    parsed_kind_ = kind;
    const absl::StatusOr<absl::string_view> payload =
        Unframe(bytes_, kind, path_);
    if (!payload.ok()) {
      parsed_ = WithoutPath(payload.status(), path_);
    } else {
      parsed_ = std::unique_ptr<google::protobuf::Message>(prototype->New());
      if (!(*parsed_)->ParseFromArray(payload->data(),
                                      static_cast<int>(payload->size()))) {
        parsed_ = absl::InvalidArgumentError(
            absl::StrCat("the payload is no valid ", prototype->GetTypeName()));
      }
    }
  }
  RETURN_IF_ERROR(parsed_.status());
  return parsed_->get();
}

void Evidence::Set(const std::string& path, std::string bytes) {
  files_[path] = std::make_shared<EvidenceFile>(path, std::move(bytes));
}

void Evidence::Remove(const std::string& path) { files_.erase(path); }

void Evidence::AddElsewhere(const std::string& path, std::string bytes) {
  auto file = std::make_shared<EvidenceFile>(path, std::move(bytes));
  elsewhere_[file->sha256()] = file;
}

const EvidenceFile* Evidence::Find(absl::string_view path) const {
  const auto found = files_.find(std::string(path));
  return found == files_.end() ? nullptr : found->second.get();
}

const EvidenceFile* Evidence::FindByDigest(absl::string_view sha256_hex) const {
  for (const auto& [path, file] : files_) {
    if (file->sha256() == sha256_hex) return file.get();
  }
  const auto found = elsewhere_.find(std::string(sha256_hex));
  return found == elsewhere_.end() ? nullptr : found->second.get();
}

}  // namespace quant_curve
