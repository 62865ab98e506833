#include "lib/artifact/artifact.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/artifact/byte_sink.h"
#include "lib/artifact/mapped_file.h"
#include "lib/artifact/part_name.h"
#include "lib/artifact/serialize.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/tensor_frame.h"

namespace quant_curve {
namespace {

using google::protobuf::Message;

static_assert(kMaxPayloadBytes + kHeaderBytes + kDigestBytes == kMaxFileBytes);

// The length that the header says and `size`, that of the file.
absl::Status CheckLength(absl::string_view head, int64_t size,
                         const std::string& path) {
  if (size < static_cast<int64_t>(kHeaderBytes + kDigestBytes)) {
    return RefuseFile(path, absl::StrCat("truncated: ", size,
                                         " bytes, an artifact has at least ",
                                         kHeaderBytes + kDigestBytes));
  }
  const uint64_t length = LittleEndianAt(head, 24, 8);
  const uint64_t present = size - kHeaderBytes - kDigestBytes;
  if (length == present) return absl::OkStatus();
  return RefuseFile(
      path, absl::StrCat(length > present ? "truncated: " : "trailing bytes: ",
                         "the header says ", length,
                         " payload bytes, the file has ", present));
}

// A wrong file is refused by its first bytes, however large it is.
absl::Status CheckHeadOf(absl::string_view head, int64_t size,
                         ArtifactKind kind, const std::string& path) {
  RETURN_IF_ERROR(CheckHeader(head, kind, path));
  return CheckLength(head, size, path);
}

// The message inside a frame of version 1.
absl::StatusOr<absl::string_view> MessageIn(absl::string_view file,
                                            ArtifactKind kind,
                                            const std::string& path) {
  RETURN_IF_ERROR(CheckHeadOf(file.substr(0, kHeaderBytes),
                              static_cast<int64_t>(file.size()), kind, path));
  const size_t framed = file.size() - kDigestBytes;
  if (Sha256(file.substr(0, framed)) != file.substr(framed)) {
    return RefuseFile(
        path, "SHA-256 does not match: the file was changed or damaged");
  }
  return file.substr(kHeaderBytes, framed - kHeaderBytes);
}

absl::StatusOr<std::string> ReadTensors(const std::string& path,
                                        ArtifactKind kind, Message& message,
                                        Payload& payload) {
  ASSIGN_OR_RETURN(std::shared_ptr<const MappedFile> file,
                   MappedFile::Open(path));
  RETURN_IF_ERROR(ReadTensorFrame(file->bytes(), kind, path, message));
  payload = Payload(std::move(file));
  return ContentsSha256(kind, message);
}

absl::StatusOr<size_t> MessageBytes(const Message& message) {
  const size_t bytes = message.ByteSizeLong();
  if (bytes <= static_cast<size_t>(kMaxPayloadBytes)) return bytes;
  return absl::ResourceExhaustedError(absl::StrCat(
      message.GetTypeName(), " of ", bytes,
      " bytes: an artifact that is one protocol buffer holds at most ",
      kMaxPayloadBytes));
}

}  // namespace

std::string Frame(ArtifactKind kind, absl::string_view payload) {
  if (!HasTensors(kind)) {
    std::string file = absl::StrCat(FrameHeader(kind, payload.size()), payload);
    file.append(Sha256(file));
    return file;
  }
  const std::string header = FrameHeader(kind, 0);
  const std::string padding(kRecordAlignment - header.size(), '\0');
  return absl::StrCat(header, padding, payload,
                      TensorFrameTrailer(header, kRecordAlignment, payload));
}

absl::StatusOr<absl::string_view> Unframe(absl::string_view file,
                                          ArtifactKind kind,
                                          const std::string& path) {
  return HasTensors(kind) ? TensorFrameFooter(file, kind, path)
                          : MessageIn(file, kind, path);
}

const Message* PrototypeOf(ArtifactKind kind) {
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
    case ACTIVATIONS:
      return &ActivationStreams::default_instance();
    default:
      return nullptr;
  }
}

absl::StatusOr<std::vector<std::string>> PartPathsOf(const std::string& path) {
  ASSIGN_OR_RETURN(const ArtifactKind kind, KindOfFile(path));
  if (!HasTensors(kind)) return std::vector<std::string>();
  const std::unique_ptr<Message> message(PrototypeOf(kind)->New());
  ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file,
                   MappedFile::Open(path));
  RETURN_IF_ERROR(ReadTensorFrame(file->bytes(), kind, path, *message));
  std::vector<std::string> paths = PartNamesIn(*message);
  for (std::string& name : paths) name = BesidePath(path, name);
  return paths;
}

absl::StatusOr<ArtifactKind> KindOfFile(const std::string& path) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file,
                   MappedFile::Open(path));
  return KindInHeader(file->bytes().substr(0, kHeaderBytes), path);
}

absl::StatusOr<std::string> ReadArtifactInto(const std::string& path,
                                             ArtifactKind kind,
                                             Message& message,
                                             Payload& payload) {
  if (HasTensors(kind)) return ReadTensors(path, kind, message, payload);
  const auto check_head = [&](absl::string_view head, int64_t size) {
    return CheckHeadOf(head, size, kind, path);
  };
  ASSIGN_OR_RETURN(const std::string file,
                   ReadFile(path, kMaxFileBytes, kHeaderBytes, check_head));
  ASSIGN_OR_RETURN(const absl::string_view bytes, MessageIn(file, kind, path));
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return RefuseFile(path, absl::StrCat("the payload is not a valid ",
                                         message.GetTypeName()));
  }
  return Sha256(file);
}

absl::StatusOr<std::string> ArtifactBytes(ArtifactKind kind,
                                          const Message& message,
                                          const std::string& path,
                                          const Payload& payload) {
  if (HasTensors(kind)) {
    StringSink sink;
    RETURN_IF_ERROR(WriteTensorFrame(kind, message, payload, sink).status());
    return std::move(sink.contents);
  }
  const absl::StatusOr<size_t> bytes = MessageBytes(message);
  if (!bytes.ok()) {
    return absl::Status(bytes.status().code(),
                        absl::StrCat(path, ": ", bytes.status().message()));
  }
  // The message goes straight into the frame, without a copy of its own.
  std::string file = FrameHeader(kind, *bytes);
  file.reserve(kHeaderBytes + *bytes + kDigestBytes);
  AppendDeterministically(message, file);
  file.append(Sha256(file));
  return file;
}

}  // namespace quant_curve
