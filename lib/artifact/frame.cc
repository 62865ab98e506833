#include "lib/artifact/frame.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

// The line ending betrays a transfer that rewrote text, as in PNG.
constexpr absl::string_view kMagic = "QCURVE\r\n";
static_assert(kMagic.size() == kMagicBytes);

// What a file is that somebody took for an artifact.
absl::string_view DescribeOther(absl::string_view head) {
  if (head.empty()) return "it is empty";
  if (absl::StartsWith(head, "GGUF")) return "it is a GGUF file";
  if (absl::StartsWith(head, "version https://git-lfs")) {
    return "it is a Git LFS pointer; run git lfs pull";
  }
  if (absl::StartsWith(head, "{")) return "it looks like JSON";
  return "wrong magic bytes";
}

// `what` names the version: "CORPUS schema version".
absl::Status CheckVersion(absl::string_view what, uint64_t version,
                          uint64_t readable, const std::string& path) {
  if (version == readable) return absl::OkStatus();
  return RefuseFile(
      path,
      absl::StrCat(what, " ", version, ", this tool reads ", readable,
                   version < readable ? "; run the stage that made it again"
                                      : "; use a newer version of this tool"));
}

}  // namespace

uint32_t FormatVersion(ArtifactKind kind) {
  switch (kind) {
    case CHECKPOINT:
    case CALIBRATION:
    case QUANTIZED_MODEL:
    case ACTIVATIONS:
      return kTensorFrame;
    default:
      return kMessageFrame;
  }
}

bool HasArtifactMagic(absl::string_view head) {
  return absl::StartsWith(head, kMagic);
}

bool HasTensors(ArtifactKind kind) {
  return FormatVersion(kind) == kTensorFrame;
}

// docs/formats.md says what each version changed.
uint32_t SchemaVersion(ArtifactKind kind) {
  switch (kind) {
    case CORPUS:
    case TOKENIZER:
      return 2;
    case ACTIVATIONS:
    case MEASUREMENT:
      return 3;
    case CALIBRATION:
      return 4;
    case CHECKPOINT:
      return 5;
    case QUANTIZED_MODEL:
    case TIMING:
      return 6;
    default:
      return 0;
  }
}

void AppendLittleEndian(uint64_t value, int bytes, std::string& out) {
  for (int i = 0; i < bytes; ++i) {
    out.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
  }
}

uint64_t LittleEndianAt(absl::string_view bytes, size_t offset, int count) {
  uint64_t value = 0;
  for (int i = count - 1; i >= 0; --i) {
    value = (value << 8) | static_cast<unsigned char>(bytes[offset + i]);
  }
  return value;
}

std::string FrameHeader(ArtifactKind kind, uint64_t payload_bytes) {
  std::string header(kMagic.data(), kMagic.size());
  AppendLittleEndian(FormatVersion(kind), 4, header);
  AppendLittleEndian(kind, 4, header);
  AppendLittleEndian(SchemaVersion(kind), 4, header);
  AppendLittleEndian(0, 4, header);
  AppendLittleEndian(payload_bytes, 8, header);
  return header;
}

absl::StatusOr<ArtifactKind> KindInHeader(absl::string_view head,
                                          const std::string& path) {
  if (!HasArtifactMagic(head)) {
    return RefuseFile(path, absl::StrCat("not a quant_curve artifact (",
                                         DescribeOther(head), ")"));
  }
  if (head.size() < kHeaderBytes) {
    return RefuseFile(path, absl::StrCat("truncated: ", head.size(),
                                         " bytes, an artifact has at least ",
                                         kHeaderBytes + kDigestBytes));
  }
  const uint64_t kind = LittleEndianAt(head, 12, 4);
  if (kind > ArtifactKind_MAX ||
      !ArtifactKind_IsValid(static_cast<int>(kind))) {
    return RefuseFile(path, absl::StrCat("holds unknown kind ", kind));
  }
  return static_cast<ArtifactKind>(kind);
}

absl::Status CheckHeader(absl::string_view head, ArtifactKind kind,
                         const std::string& path) {
  ASSIGN_OR_RETURN(const ArtifactKind found, KindInHeader(head, path));
  if (found != kind) {
    return RefuseFile(
        path, absl::StrCat("holds ", ArtifactKind_Name(found), ", expected ",
                           ArtifactKind_Name(kind)));
  }
  const std::string& name = ArtifactKind_Name(kind);
  RETURN_IF_ERROR(CheckVersion(absl::StrCat(name, " in format version"),
                               LittleEndianAt(head, 8, 4), FormatVersion(kind),
                               path));
  RETURN_IF_ERROR(CheckVersion(absl::StrCat(name, " schema version"),
                               LittleEndianAt(head, 16, 4), SchemaVersion(kind),
                               path));
  if (LittleEndianAt(head, 20, 4) != 0) {
    return RefuseFile(path, "reserved header bytes 20-23 are not zero");
  }
  return absl::OkStatus();
}

absl::Status RefuseFile(const std::string& path, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", why));
}

}  // namespace quant_curve
