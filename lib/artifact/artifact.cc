#include "lib/artifact/artifact.h"

#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "lib/artifact/file.h"
#include "lib/artifact/sha256.h"

namespace quant_curve {
namespace {

// The line ending betrays a transfer that rewrote text, as in PNG.
constexpr absl::string_view kMagic = "QCURVE\r\n";
constexpr size_t kHeaderBytes = 32;
constexpr size_t kDigestBytes = 32;
static_assert(kMaxPayloadBytes + kHeaderBytes + kDigestBytes == kMaxFileBytes);

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

absl::Status Refuse(const std::string& path, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", why));
}

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

// What the first bytes of a file of `size` bytes say, whatever kind it holds:
// all that can be checked before the rest is read.
absl::Status CheckHead32(absl::string_view head, int64_t size,
                         const std::string& path) {
  if (head.substr(0, kMagic.size()) != kMagic) {
    return Refuse(path, absl::StrCat("not a quant_curve artifact (",
                                     DescribeOther(head), ")"));
  }
  if (size < static_cast<int64_t>(kHeaderBytes + kDigestBytes)) {
    return Refuse(path, absl::StrCat("truncated: ", size,
                                     " bytes, an artifact has at least ",
                                     kHeaderBytes + kDigestBytes));
  }
  const uint64_t format = LittleEndianAt(head, 8, 4);
  if (format != kFormatVersion) {
    return Refuse(path, absl::StrCat("format version ", format,
                                     ", this tool reads ", kFormatVersion));
  }
  const uint64_t length = LittleEndianAt(head, 24, 8);
  const uint64_t present = size - kHeaderBytes - kDigestBytes;
  if (length != present) {
    return Refuse(path, absl::StrCat(length > present ? "truncated: "
                                                      : "trailing bytes: ",
                                     "the header says ", length,
                                     " payload bytes, the file has ", present));
  }
  return absl::OkStatus();
}

// Everything that does not depend on what the frame holds.
absl::Status CheckFrame(absl::string_view file, const std::string& path) {
  RETURN_IF_ERROR(CheckHead32(file.substr(0, kHeaderBytes),
                              static_cast<int64_t>(file.size()), path));
  const size_t framed = file.size() - kDigestBytes;
  if (Sha256(file.substr(0, framed)) != file.substr(framed)) {
    return Refuse(path,
                  "SHA-256 does not match: the file was changed or damaged");
  }
  return absl::OkStatus();
}

absl::StatusOr<ArtifactKind> KindInHead(absl::string_view head,
                                        const std::string& path) {
  const uint64_t kind = LittleEndianAt(head, 12, 4);
  if (kind > ArtifactKind_MAX ||
      !ArtifactKind_IsValid(static_cast<int>(kind))) {
    return Refuse(path, absl::StrCat("holds unknown kind ", kind));
  }
  return static_cast<ArtifactKind>(kind);
}

absl::Status CheckKindAndSchema(absl::string_view head, ArtifactKind kind,
                                const std::string& path) {
  ASSIGN_OR_RETURN(const ArtifactKind found_kind, KindInHead(head, path));
  if (found_kind != kind) {
    return Refuse(path, absl::StrCat("holds ", ArtifactKind_Name(found_kind),
                                     ", expected ", ArtifactKind_Name(kind)));
  }
  const uint64_t schema = LittleEndianAt(head, 16, 4);
  if (schema != SchemaVersion(kind)) {
    return Refuse(
        path, absl::StrCat(ArtifactKind_Name(kind), " schema version ", schema,
                           ", this tool reads ", SchemaVersion(kind)));
  }
  if (LittleEndianAt(head, 20, 4) != 0) {
    return Refuse(path, "reserved header bytes 20-23 are not zero");
  }
  return absl::OkStatus();
}

// Magic and header; there is room for the rest of the file.
std::string BeginFrame(ArtifactKind kind, size_t payload_bytes) {
  std::string file;
  file.reserve(kHeaderBytes + payload_bytes + kDigestBytes);
  file.append(kMagic.data(), kMagic.size());
  AppendLittleEndian(kFormatVersion, 4, file);
  AppendLittleEndian(kind, 4, file);
  AppendLittleEndian(SchemaVersion(kind), 4, file);
  AppendLittleEndian(0, 4, file);
  AppendLittleEndian(payload_bytes, 8, file);
  return file;
}

// Sizes that AppendMessage relies on.
absl::StatusOr<size_t> PayloadBytes(
    const google::protobuf::MessageLite& message) {
  const size_t bytes = message.ByteSizeLong();
  if (bytes <= static_cast<size_t>(kMaxPayloadBytes)) return bytes;
  return absl::ResourceExhaustedError(
      absl::StrCat(message.GetTypeName(), " of ", bytes,
                   " bytes: an artifact, which is one protocol buffer, holds "
                   "at most ",
                   kMaxPayloadBytes));
}

void AppendMessage(const google::protobuf::MessageLite& message,
                   std::string& out) {
  google::protobuf::io::StringOutputStream stream(&out);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeWithCachedSizes(&coded);
}

}  // namespace

// docs/formats.md says what each version changed.
uint32_t SchemaVersion(ArtifactKind kind) {
  switch (kind) {
    case CORPUS:
    case TOKENIZER:
      return 1;
    case CHECKPOINT:
    case QUANTIZED_MODEL:
    case MEASUREMENT:
      return 2;
    case CALIBRATION:
    case TIMING:
      return 3;
    default:
      return 0;
  }
}

std::string Frame(ArtifactKind kind, absl::string_view payload) {
  std::string file = BeginFrame(kind, payload.size());
  file.append(payload.data(), payload.size());
  file.append(Sha256(file));
  return file;
}

absl::StatusOr<ArtifactKind> KindOfFrame(absl::string_view file,
                                         const std::string& path) {
  RETURN_IF_ERROR(CheckFrame(file, path));
  return KindInHead(file, path);
}

absl::StatusOr<absl::string_view> Unframe(absl::string_view file,
                                          ArtifactKind kind,
                                          const std::string& path) {
  RETURN_IF_ERROR(CheckFrame(file, path));
  RETURN_IF_ERROR(CheckKindAndSchema(file, kind, path));
  return file.substr(kHeaderBytes, file.size() - kHeaderBytes - kDigestBytes);
}

absl::StatusOr<std::string> SerializeDeterministically(
    const google::protobuf::MessageLite& message) {
  ASSIGN_OR_RETURN(const size_t bytes, PayloadBytes(message));
  std::string payload;
  payload.reserve(bytes);
  AppendMessage(message, payload);
  return payload;
}

absl::StatusOr<std::string> ReadArtifactInto(
    const std::string& path, ArtifactKind kind,
    google::protobuf::MessageLite& message) {
  // A wrong file is refused by its first bytes, however large it is.
  const auto check_head = [&](absl::string_view head, int64_t size) {
    const absl::Status status = CheckHead32(head, size, path);
    return status.ok() ? CheckKindAndSchema(head, kind, path) : status;
  };
  ASSIGN_OR_RETURN(const std::string file,
                   ReadFile(path, kMaxFileBytes, kHeaderBytes, check_head));
  ASSIGN_OR_RETURN(const absl::string_view payload, Unframe(file, kind, path));
  if (!message.ParseFromArray(payload.data(),
                              static_cast<int>(payload.size()))) {
    return Refuse(
        path, absl::StrCat("the payload is no valid ", message.GetTypeName()));
  }
  return Sha256(file);
}

// The message goes straight into the frame: a payload of its own would be a
// third copy of what may be a gigabyte.
absl::StatusOr<std::string> ArtifactBytes(
    ArtifactKind kind, const google::protobuf::MessageLite& message,
    const std::string& path) {
  const absl::StatusOr<size_t> bytes = PayloadBytes(message);
  if (!bytes.ok()) {
    return absl::Status(bytes.status().code(),
                        absl::StrCat(path, ": ", bytes.status().message()));
  }
  std::string file = BeginFrame(kind, *bytes);
  AppendMessage(message, file);
  file.append(Sha256(file));
  return file;
}

}  // namespace quant_curve
