// One run of one tool: records what it read and its parameters, and writes a
// manifest next to each file that the tool writes.
#ifndef QUANT_CURVE_LIB_PROVENANCE_STAGE_RUN_H_
#define QUANT_CURVE_LIB_PROVENANCE_STAGE_RUN_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/byte_sink.h"
#include "lib/artifact/payload.h"
#include "lib/artifact/replacement.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor_frame.h"
#include "lib/provenance/manifest.h"
#include "proto/provenance.pb.h"

namespace quant_curve {

// A file that is not an artifact: its kind, "FIGURE", the schema of its
// contents (null when it has none), and of a figure its dots and the SHA-256
// (hexadecimal) of the script that it was drawn from.
struct FileKind {
  absl::string_view kind;
  const google::protobuf::Descriptor* schema = nullptr;
  std::vector<PlottedPoint> points = {};
  std::string script_sha256 = "";
};

// An artifact with tensors while it is written (StageRun::BeginTensors).
class TensorOutput : private ByteSink {
 public:
  TensorOutput(Replacement file, ArtifactKind kind);

  const std::string& path() const { return file_.path(); }
  TensorFrameWriter& writer() { return writer_; }

 private:
  friend class StageRun;
  absl::Status Append(absl::string_view bytes) override;

  Replacement file_;
  ArtifactKind kind_;
  TensorFrameWriter writer_;
};

class StageRun {
 public:
  // For the running program, which is tool `stage`: hashes its binary and
  // records the parameters among its flags (stages.h), except empty ones that
  // are empty by default. A program that is not a stage has no parameters.
  static absl::StatusOr<StageRun> Begin(absl::string_view stage);

  // Reads the artifact that --`flag` names with `reader`, which returns
  // StatusOr<Artifact<…>>, and records it as its manifest describes it. Fails
  // when the file has no manifest, or one that names neither the digest of the
  // file nor that of its contents (Artifact::sha256). A file that is written in
  // place afterwards makes the functions below that write fail with Aborted.
  //
  //   ASSIGN_OR_RETURN(const Artifact<Corpus> corpus,
  //                    run.Read("corpus", path, ReadCorpus));
  template <typename Reader>
  auto Read(absl::string_view flag, const std::string& path, Reader reader)
      -> decltype(reader(path)) {
    auto artifact = reader(path);
    RETURN_IF_ERROR(artifact.status());
    RETURN_IF_ERROR(AddInput(flag, path, artifact->sha256, artifact->payload));
    return artifact;
  }
  // Records an input that was read already; `sha256` and `payload` are those of
  // its Artifact. Keeps the payload's file open.
  absl::Status AddInput(absl::string_view flag, const std::string& path,
                        absl::string_view sha256, const Payload& payload = {});
  // Reads a file from outside, which no stage wrote and which has no manifest,
  // and records it. A flag may have several.
  absl::StatusOr<std::string> ReadOutsideFile(absl::string_view flag,
                                              const std::string& path);
  // Records one that was read already; `sha256` as above (file.h has the digest
  // of a file that is read in pieces).
  void AddFile(absl::string_view flag, const std::string& path,
               absl::string_view sha256);
  // Records a program that the tool calls.
  absl::Status AddProgram(absl::string_view flag, const std::string& path);

  // The value of a flag in the manifest where the command line's may name a
  // file.
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

  // The same for artifacts with tensors, of any size: `fill` fills `message`
  // and adds its tensors to the writer one after another.
  //
  //   Checkpoint checkpoint;
  //   RETURN_IF_ERROR(run.WriteTensors("output", path, checkpoint,
  //       [&](TensorFrameWriter& writer) -> absl::Status {
  //         for (...) RETURN_IF_ERROR(writer.Add(*checkpoint.add_tensors()));
  //         return absl::OkStatus();
  //       }));
  template <typename Message>
  absl::Status WriteTensors(
      absl::string_view flag, const std::string& path, Message& message,
      absl::FunctionRef<absl::Status(TensorFrameWriter&)> fill) {
    return WriteTensorsOfKind(
        flag, path, KindOf<Message>(),
        [&](TensorFrameWriter& writer)
            -> absl::StatusOr<google::protobuf::Message*> {
          RETURN_IF_ERROR(fill(writer));
          return &message;
        });
  }
  // `fill` returns the message.
  absl::Status WriteTensorsOfKind(
      absl::string_view flag, const std::string& path, ArtifactKind kind,
      absl::FunctionRef<
          absl::StatusOr<google::protobuf::Message*>(TensorFrameWriter&)>
          fill);
  // The same in two steps, for a tool that writes several files at once. A file
  // that is not finished leaves nothing behind.
  static absl::StatusOr<std::unique_ptr<TensorOutput>> BeginTensors(
      const std::string& path, ArtifactKind kind);
  absl::Status FinishTensors(absl::string_view flag,
                             std::unique_ptr<TensorOutput> output,
                             google::protobuf::Message& message);
  // The same for other files: `fill` appends the contents piece by piece.
  // Returns their size.
  absl::StatusOr<uint64_t> WriteStream(
      absl::string_view flag, const std::string& path, const FileKind& kind,
      absl::FunctionRef<absl::Status(ByteSink&)> fill);

  // Several outputs of one run: those that `write` writes with the functions
  // above appear when it is done, all of them or, on an error, none.
  //
  //   RETURN_IF_ERROR(run.WriteTogether([&]() -> absl::Status {
  //     RETURN_IF_ERROR(run.WriteArtifact("output", path, checkpoint));
  //     return run.WriteArtifact("tokenizer_output", other_path, tokenizer);
  //   }));
  absl::Status WriteTogether(absl::FunctionRef<absl::Status()> write);

  // Of a publication, which writes one manifest over many files: notes a file
  // that has a manifest as a subject, and that manifest as a dependency.
  absl::Status AddPublished(const std::string& path,
                            absl::string_view contents);
  // The manifest over all that AddPublished took.
  Statement PublicationManifest() const;

 private:
  StageRun() = default;
  Statement Begun() const;
  // The manifest of the file that --`flag` names.
  absl::StatusOr<std::string> ManifestOf(
      absl::string_view flag, ResourceDescriptor subject,
      const google::protobuf::Descriptor* schema,
      std::map<std::string, std::string> parameters) const;
  // The manifest of an artifact of `kind` with these digests.
  absl::StatusOr<std::string> ManifestOfArtifact(
      absl::string_view flag, const std::string& path, ArtifactKind kind,
      const google::protobuf::Message& message,
      const FileDigests& digests) const;
  // Puts the finished file and its manifest in place, or holds them for
  // WriteTogether.
  absl::Status Write(Replacement file, absl::string_view manifest);

  std::string stage_;
  ResourceDescriptor tool_;
  std::map<std::string, std::string> flags_;
  std::vector<ResourceDescriptor> inputs_;
  std::vector<Payload> payloads_;  // of the inputs
  std::vector<ResourceDescriptor> programs_;
  std::vector<ResourceDescriptor> published_;

  bool holds_ = false;
  std::vector<Replacement> held_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_PROVENANCE_STAGE_RUN_H_
