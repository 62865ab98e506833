// Framed, versioned protobuf files: the only thing that stages exchange.
//
// docs/formats.md describes every byte. A reader checks the magic, both
// versions, the kind, the length and the SHA-256 before it parses anything.
#ifndef QUANT_CURVE_LIB_ARTIFACT_ARTIFACT_H_
#define QUANT_CURVE_LIB_ARTIFACT_ARTIFACT_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message_lite.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_macros.h"
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

// The frame's own version, and the newest schema of each kind.
inline constexpr uint32_t kFormatVersion = 1;
uint32_t SchemaVersion(ArtifactKind kind);

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

// A message as read, and the digest of the file's bytes.
template <typename Message>
struct Artifact {
  Message message;
  std::string sha256;  // 32 raw bytes, over the whole file
};

// The file's bytes for a serialized payload.
std::string Frame(ArtifactKind kind, absl::string_view payload);

// What an artifact file holds. Refuses damage and kinds that this tool does not
// know. `path` is for messages alone.
absl::StatusOr<ArtifactKind> KindOfFrame(absl::string_view file,
                                         const std::string& path);

// The payload inside `file`, a view into it. `path` is for messages alone.
absl::StatusOr<absl::string_view> Unframe(absl::string_view file,
                                          ArtifactKind kind,
                                          const std::string& path);

// Serializes with map entries in order: equal messages give equal bytes.
// Fails when the message is larger than kMaxPayloadBytes.
absl::StatusOr<std::string> SerializeDeterministically(
    const google::protobuf::MessageLite& message);

// Fills `message` from the file and returns the file's SHA-256.
absl::StatusOr<std::string> ReadArtifactInto(
    const std::string& path, ArtifactKind kind,
    google::protobuf::MessageLite& message);

// Errors name the file and what is wrong with it.
template <typename Message>
absl::StatusOr<Artifact<Message>> ReadArtifact(const std::string& path) {
  Artifact<Message> artifact;
  ASSIGN_OR_RETURN(artifact.sha256,
                   ReadArtifactInto(path, KindOf<Message>(), artifact.message));
  return artifact;
}

// The bytes of a whole artifact file. `path` is for messages alone.
absl::StatusOr<std::string> ArtifactBytes(
    ArtifactKind kind, const google::protobuf::MessageLite& message,
    const std::string& path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_ARTIFACT_H_
