// One run of one tool: it notes what was read and told, and writes a manifest
// beside each file that the tool writes.
#ifndef QUANT_CURVE_LIB_PROVENANCE_STAGE_RUN_H_
#define QUANT_CURVE_LIB_PROVENANCE_STAGE_RUN_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "lib/artifact/artifact.h"
#include "lib/provenance/manifest.h"
#include "proto/provenance.pb.h"

namespace quant_curve {

// A file that is no artifact: its kind, "FIGURE", the schema of its contents
// (null when it has none), and a figure's dots.
struct FileKind {
  absl::string_view kind;
  const google::protobuf::Descriptor* schema = nullptr;
  std::vector<PlottedPoint> points = {};
};

class StageRun {
 public:
  // For the running program, which is tool `stage`: hashes its binary and notes
  // the flags that its main defines, but for empty ones and --threads.
  static absl::StatusOr<StageRun> Begin(absl::string_view stage);

  // Notes an input artifact that --`flag` names. Fails when no manifest stands
  // beside it, or one that is not about these bytes. `sha256` are the 32 raw
  // bytes of the digest of what was read.
  absl::Status AddInput(absl::string_view flag, const std::string& path,
                        absl::string_view sha256);
  // The same for each of a list, hashing the files.
  absl::Status AddInputs(absl::string_view flag,
                         const std::vector<std::string>& paths);
  // Notes a file that no stage wrote and no manifest stands beside: a model or
  // a text from outside. A flag may have several.
  absl::Status AddFile(absl::string_view flag, const std::string& path);
  // Notes a program that the tool calls.
  absl::Status AddProgram(absl::string_view flag, const std::string& path);

  // What the manifest says of a flag instead of the command line's text: where
  // that may be a path, or changes the output unlike --threads elsewhere.
  void SetFlag(absl::string_view flag, absl::string_view value);

  // Writes the file that --`flag` names and its manifest, both or neither. A
  // process killed between the two renames leaves a manifest that is missing or
  // of other bytes: AddInput refuses the file then.
  template <typename Message>
  absl::Status WriteArtifact(absl::string_view flag, const std::string& path,
                             const Message& message) {
    return WriteArtifactOfKind(flag, path, KindOf<Message>(), message);
  }
  absl::Status WriteArtifactOfKind(absl::string_view flag,
                                   const std::string& path, ArtifactKind kind,
                                   const google::protobuf::Message& message);
  absl::Status WriteFile(absl::string_view flag, const std::string& path,
                         absl::string_view contents, const FileKind& kind);

  // Of a publication, which writes one manifest over many files: notes a file
  // with a manifest beside it as a subject, and that manifest as a dependency.
  absl::Status AddPublished(const std::string& path,
                            absl::string_view contents);
  // The manifest over all that AddPublished took.
  Statement PublicationManifest() const;

 private:
  StageRun() = default;
  Statement Begun() const;
  absl::Status Write(absl::string_view flag, const std::string& path,
                     absl::string_view contents, ResourceDescriptor subject,
                     const google::protobuf::Descriptor* schema,
                     std::map<std::string, std::string> parameters);

  std::string stage_;
  ResourceDescriptor tool_;
  std::map<std::string, std::string> flags_;
  std::vector<ResourceDescriptor> inputs_;
  std::vector<ResourceDescriptor> programs_;
  std::vector<ResourceDescriptor> published_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_PROVENANCE_STAGE_RUN_H_
