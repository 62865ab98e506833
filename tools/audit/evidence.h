// The input of an audit: the files of a published folder, and artifacts that
// lie elsewhere. Manifests are in memory; of the others a path and a size, and
// their bytes are read when a check asks for them.
#ifndef QUANT_CURVE_TOOLS_AUDIT_EVIDENCE_H_
#define QUANT_CURVE_TOOLS_AUDIT_EVIDENCE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "lib/artifact/artifact.h"
#include "proto/artifact.pb.h"
#include "proto/provenance.pb.h"
#include "tools/audit/dependencies.h"

namespace quant_curve {

inline constexpr absl::string_view kRootManifest = "manifest.json";
inline constexpr absl::string_view kArtifactsFolder = "artifacts/";
inline constexpr absl::string_view kProvenanceFolder = "provenance/";
// No README, JSON file or figure is larger.
inline constexpr int64_t kMaxPublishedBytes = int64_t{64} << 20;

// Whether a kind's name is that of an artifact, "CHECKPOINT"; fills `kind`.
bool IsArtifactKind(absl::string_view name, ArtifactKind* kind);

// SHA-256, 64 hexadecimal digits, of a regular file of any size; it is read in
// pieces. Refuses links unless `follow_links`.
absl::StatusOr<std::string> HashFile(const std::string& path,
                                     bool follow_links);

// One file and all that follows from its bytes. For one thread. Errors do not
// repeat the path.
class EvidenceFile {
 public:
  // In memory.
  EvidenceFile(std::string path, std::string bytes);
  // On disk at `disk_path`, of `size` bytes when it was listed. A manifest is
  // read at once.
  EvidenceFile(std::string path, std::string disk_path, uint64_t size);
  EvidenceFile(const EvidenceFile&) = delete;
  EvidenceFile& operator=(const EvidenceFile&) = delete;

  const std::string& path() const { return path_; }
  uint64_t size() const { return size_; }

  // Hexadecimal; computed when it is first asked for, in pieces.
  absl::StatusOr<std::string> Sha256Hex() const;
  // The same; "" when the file cannot be read.
  std::string sha256() const { return Sha256Hex().value_or(""); }

  // The file's bytes, which have the digest above. Refuses more than
  // `max_bytes`.
  absl::StatusOr<std::string> Read(int64_t max_bytes = kMaxFileBytes) const;
  // "" when the file cannot be read.
  std::string bytes() const { return Read().value_or(""); }
  // Copies the file, which must have the digest above, to `path`.
  absl::Status CopyTo(const std::string& path) const;

  // Of manifest.json and *.manifest.json: whether it is a well-formed manifest.
  bool is_manifest() const { return is_manifest_; }
  const absl::Status& manifest_status() const { return manifest_status_; }
  const Statement& statement() const { return statement_; }
  const Dependencies& dependencies() const { return dependencies_; }

  // Refuses a file whose first bytes are not those of an artifact: nothing more
  // of it is read.
  absl::Status CheckArtifactHead() const;
  // The message in an artifact of `kind`; it stays until DropMessage.
  absl::StatusOr<const google::protobuf::Message*> ArtifactOf(
      ArtifactKind kind) const;
  template <typename Message>
  absl::StatusOr<const Message*> Get() const {
    ASSIGN_OR_RETURN(const google::protobuf::Message* message,
                     ArtifactOf(KindOf<Message>()));
    return static_cast<const Message*>(message);
  }
  void DropMessage() const { parsed_kind_ = ARTIFACT_KIND_UNSPECIFIED; }

 private:
  bool in_memory() const { return disk_path_.empty(); }
  absl::Status ParseManifest();
  absl::Status Parse(ArtifactKind kind,
                     google::protobuf::Message& message) const;
  absl::Status ParseTensors(ArtifactKind kind,
                            google::protobuf::Message& message) const;

  std::string path_;
  std::string disk_path_;  // empty: in memory
  std::string bytes_;      // in memory, or of a manifest
  uint64_t size_ = 0;
  bool is_manifest_;
  absl::Status manifest_status_;
  Statement statement_;
  Dependencies dependencies_;
  mutable std::string sha256_;  // empty: not yet computed
  // Parsed when it is first asked for. Bytes and kind decide it.
  mutable ArtifactKind parsed_kind_ = ARTIFACT_KIND_UNSPECIFIED;
  mutable absl::StatusOr<std::unique_ptr<google::protobuf::Message>> parsed_;
};

// A published folder, and artifacts that lie elsewhere. Copies share the files.
class Evidence {
 public:
  // A file of the folder, by its path in it; replaces an older one.
  void Set(const std::string& path, std::string bytes);
  void SetFile(const std::string& path, const std::string& disk_path,
               uint64_t size);
  void Remove(const std::string& path);
  // An artifact from elsewhere: only its digest can find it.
  void AddElsewhere(const std::string& path, std::string bytes);
  // The same for a file on disk, whose digest the caller has computed.
  void AddElsewhereFile(const std::string& disk_path, uint64_t size,
                        const std::string& sha256);

  const std::map<std::string, std::shared_ptr<const EvidenceFile>>& files()
      const {
    return files_;
  }
  // A file of the folder; null when there is none.
  const EvidenceFile* Find(absl::string_view path) const;
  // A file from elsewhere; null when there is none.
  const EvidenceFile* FindElsewhere(absl::string_view sha256_hex) const;

 private:
  std::map<std::string, std::shared_ptr<const EvidenceFile>> files_;
  // By digest.
  std::map<std::string, std::shared_ptr<const EvidenceFile>> elsewhere_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_EVIDENCE_H_
