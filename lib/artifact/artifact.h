// Framed, versioned protobuf files: the only thing that stages exchange.
//
// docs/formats.md describes every byte. A reader checks the magic, both
// versions, the kind, the length and the SHA-256 before it parses anything. The
// tensors of checkpoints, calibrations and quantized models are records outside
// of the message (tensor_frame.h): the file is mapped, and the bytes of a
// record are read, and its SHA-256 checked, when a tool asks for them.
#ifndef QUANT_CURVE_LIB_ARTIFACT_ARTIFACT_H_
#define QUANT_CURVE_LIB_ARTIFACT_ARTIFACT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "lib/artifact/file.h"
#include "lib/artifact/frame.h"
#include "lib/artifact/payload.h"
#include "lib/artifact/status_macros.h"
#include "proto/activations.pb.h"
#include "proto/artifact.pb.h"
#include "proto/calibration.pb.h"
#include "proto/checkpoint.pb.h"
#include "proto/corpus.pb.h"
#include "proto/measurement.pb.h"
#include "proto/quantized_model.pb.h"
#include "proto/timing.pb.h"
#include "proto/tokenizer.pb.h"

namespace quant_curve {

// The frame around it makes a file of kMaxFileBytes.
inline constexpr int64_t kMaxPayloadBytes = kMaxFileBytes - 64;

template <typename Message>
constexpr ArtifactKind KindOf() = delete;
template <>
constexpr ArtifactKind KindOf<Corpus>() {
  return CORPUS;
}
template <>
constexpr ArtifactKind KindOf<Checkpoint>() {
  return CHECKPOINT;
}
template <>
constexpr ArtifactKind KindOf<Calibration>() {
  return CALIBRATION;
}
template <>
constexpr ArtifactKind KindOf<QuantizedModel>() {
  return QUANTIZED_MODEL;
}
template <>
constexpr ArtifactKind KindOf<Measurement>() {
  return MEASUREMENT;
}
template <>
constexpr ArtifactKind KindOf<Timing>() {
  return TIMING;
}
template <>
constexpr ArtifactKind KindOf<BpeTokenizer>() {
  return TOKENIZER;
}
template <>
constexpr ArtifactKind KindOf<ActivationStreams>() {
  return ACTIVATIONS;
}

// A message as read.
template <typename Message>
struct Artifact {
  Message message;
  // 32 raw bytes by which other artifacts name this one: the digest of the
  // file's bytes; of kinds with tensors ContentsSha256 (tensor_frame.h).
  std::string sha256;
  // The records of the message's tensors; of kinds without, nothing.
  Payload payload = {};
};

// The file's bytes for a serialized payload; of kinds with tensors, a footer of
// a file without records.
std::string Frame(ArtifactKind kind, absl::string_view payload);

// The payload inside `file` (the footer), a view into it. `path` is for
// messages only.
absl::StatusOr<absl::string_view> Unframe(absl::string_view file,
                                          ArtifactKind kind,
                                          const std::string& path);

// Fills `message` and `payload` from the file and returns Artifact::sha256.
absl::StatusOr<std::string> ReadArtifactInto(const std::string& path,
                                             ArtifactKind kind,
                                             google::protobuf::Message& message,
                                             Payload& payload);

// The kind that the file says it holds; only the header is read.
absl::StatusOr<ArtifactKind> KindOfFile(const std::string& path);

// The paths of the other files that hold records of the artifact: of an index
// its parts, of other artifacts none. The parts are not opened.
absl::StatusOr<std::vector<std::string>> PartPathsOf(const std::string& path);

// An empty message of the kind; null for an unknown kind.
const google::protobuf::Message* PrototypeOf(ArtifactKind kind);

// Errors name the file and what is wrong with it.
template <typename Message>
absl::StatusOr<Artifact<Message>> ReadArtifact(const std::string& path) {
  Artifact<Message> artifact;
  ASSIGN_OR_RETURN(artifact.sha256,
                   ReadArtifactInto(path, KindOf<Message>(), artifact.message,
                                    artifact.payload));
  return artifact;
}

// The bytes of a whole artifact file. Tensors hold their bytes or name records
// of `payload`. Fails when a message without records is larger than
// kMaxPayloadBytes. `path` is for messages only.
absl::StatusOr<std::string> ArtifactBytes(
    ArtifactKind kind, const google::protobuf::Message& message,
    const std::string& path, const Payload& payload = {});

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_ARTIFACT_H_
