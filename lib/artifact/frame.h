// Bytes that both versions of the frame share (docs/formats.md).
#ifndef QUANT_CURVE_LIB_ARTIFACT_FRAME_H_
#define QUANT_CURVE_LIB_ARTIFACT_FRAME_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/artifact.pb.h"

namespace quant_curve {

inline constexpr size_t kHeaderBytes = 32;
inline constexpr size_t kDigestBytes = 32;

// Version 1: the message in one piece. Version 2: tensors as records outside of
// the message (tensor_frame.h).
inline constexpr uint32_t kMessageFrame = 1;
inline constexpr uint32_t kTensorFrame = 2;

// The version of a kind's frame, and the newest schema of the kind.
uint32_t FormatVersion(ArtifactKind kind);
bool HasTensors(ArtifactKind kind);  // version 2
uint32_t SchemaVersion(ArtifactKind kind);

// How many of a file's first bytes HasArtifactMagic needs.
inline constexpr size_t kMagicBytes = 8;
// Whether a file that begins with `head` is an artifact.
bool HasArtifactMagic(absl::string_view head);

void AppendLittleEndian(uint64_t value, int bytes, std::string& out);
uint64_t LittleEndianAt(absl::string_view bytes, size_t offset, int count);

// The 32 bytes at the start of a file. Bytes 24-31 are `payload_bytes`.
std::string FrameHeader(ArtifactKind kind, uint64_t payload_bytes);

// Reads `head`, the first bytes of a file (all of them when it has fewer than
// 32), as such a header, whose magic bytes must be right and whose kind must be
// known; versions are not checked. `path` is for messages only.
absl::StatusOr<ArtifactKind> KindInHeader(absl::string_view head,
                                          const std::string& path);

// Refuses a header of another kind, frame or schema version than this tool
// reads.
absl::Status CheckHeader(absl::string_view head, ArtifactKind kind,
                         const std::string& path);

// InvalidArgument "<path>: <why>".
absl::Status RefuseFile(const std::string& path, absl::string_view why);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_FRAME_H_
