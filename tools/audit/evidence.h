// What an audit looks at: files in memory, each with the digest of its bytes.
#ifndef QUANT_CURVE_TOOLS_AUDIT_EVIDENCE_H_
#define QUANT_CURVE_TOOLS_AUDIT_EVIDENCE_H_

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

// Whether a kind's name is that of an artifact, "CHECKPOINT"; fills `kind`.
bool IsArtifactKind(absl::string_view name, ArtifactKind* kind);

// The message type that artifacts of a kind hold; null for an unknown kind.
const google::protobuf::Message* PrototypeOf(ArtifactKind kind);

// A file's bytes and all that follows from them alone. For one thread.
class EvidenceFile {
 public:
  EvidenceFile(std::string path, std::string bytes);
  EvidenceFile(const EvidenceFile&) = delete;
  EvidenceFile& operator=(const EvidenceFile&) = delete;

  const std::string& path() const { return path_; }
  const std::string& bytes() const { return bytes_; }
  const std::string& sha256() const { return sha256_; }  // hexadecimal

  // Of manifest.json and *.manifest.json: whether it is a well-formed manifest.
  // The errors do not repeat the path.
  bool is_manifest() const { return is_manifest_; }
  const absl::Status& manifest_status() const { return manifest_status_; }
  const Statement& statement() const { return statement_; }
  const Dependencies& dependencies() const { return dependencies_; }

  // The message in an artifact of `kind`.
  absl::StatusOr<const google::protobuf::Message*> ArtifactOf(
      ArtifactKind kind) const;
  template <typename Message>
  absl::StatusOr<const Message*> Get() const {
    ASSIGN_OR_RETURN(const google::protobuf::Message* message,
                     ArtifactOf(KindOf<Message>()));
    return static_cast<const Message*>(message);
  }

 private:
  absl::Status ParseManifest();

  std::string path_;
  std::string bytes_;
  std::string sha256_;
  bool is_manifest_;
  absl::Status manifest_status_;
  Statement statement_;
  Dependencies dependencies_;
  // Parsed when it is first asked for. Bytes and kind decide it.
  mutable ArtifactKind parsed_kind_ = ARTIFACT_KIND_UNSPECIFIED;
  mutable absl::StatusOr<std::unique_ptr<google::protobuf::Message>> parsed_;
};

// A published folder, and artifacts that lie elsewhere. Copies share the files.
class Evidence {
 public:
  // A file of the folder, by its path in it; replaces an older one.
  void Set(const std::string& path, std::string bytes);
  void Remove(const std::string& path);
  // An artifact from elsewhere: only its digest can find it.
  void AddElsewhere(const std::string& path, std::string bytes);

  const std::map<std::string, std::shared_ptr<const EvidenceFile>>& files()
      const {
    return files_;
  }
  // Null when there is none.
  const EvidenceFile* Find(absl::string_view path) const;
  const EvidenceFile* FindByDigest(absl::string_view sha256_hex) const;

 private:
  std::map<std::string, std::shared_ptr<const EvidenceFile>> files_;
  // By digest.
  std::map<std::string, std::shared_ptr<const EvidenceFile>> elsewhere_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_EVIDENCE_H_
