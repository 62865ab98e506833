// Version 2 of the frame: a protobuf message as a footer, and the tensors that
// it describes as raw records before it. Files of any size are written in one
// pass and read through mmap. docs/formats.md describes every byte.
#ifndef QUANT_CURVE_LIB_ARTIFACT_TENSOR_FRAME_H_
#define QUANT_CURVE_LIB_ARTIFACT_TENSOR_FRAME_H_

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "lib/artifact/byte_sink.h"
#include "lib/artifact/payload.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/tensor.h"
#include "proto/artifact.pb.h"
#include "proto/tensor.pb.h"

namespace quant_curve {

inline constexpr uint64_t kRecordAlignment = 256;
inline constexpr uint64_t kMaxFooterBytes = uint64_t{1} << 28;

// The digests and size by which others refer to a finished file.
struct FileDigests {
  std::string sha256;           // of its bytes; 32 raw bytes
  std::string contents_sha256;  // ContentsSha256 of its message
  uint64_t size_bytes = 0;
};

// All tensors in a message, at any depth, in the order of the fields.
std::vector<Tensor*> TensorsIn(google::protobuf::Message& message);

// The other files that hold records of the message's tensors, each once, in the
// order of the tensors. Only an index has any (docs/formats.md).
std::vector<std::string> PartNamesIn(google::protobuf::Message& message);

// SHA-256 of kind, schema version and message, which holds its tensors as
// records, without their places (file and offset): equal contents have equal
// digests, however they are spread over files.
std::string ContentsSha256(ArtifactKind kind,
                           const google::protobuf::Message& message);

// The end of a file, after its footer: the footer's place, and a
// digest of it, the footer and the header.
std::string TensorFrameTrailer(absl::string_view header, uint64_t footer_offset,
                               absl::string_view footer);

// Writes one file. Records lie in the order in which they are added:
//
//   TensorFrameWriter writer(CHECKPOINT, sink);
//   for (...) RETURN_IF_ERROR(writer.Add(*checkpoint.mutable_tensors(i)));
//   ASSIGN_OR_RETURN(FileDigests digests, writer.Finish(checkpoint));
class TensorFrameWriter {
 public:
  // `sink` outlives the writer.
  TensorFrameWriter(ArtifactKind kind, ByteSink& sink);

  // Writes the tensor's bytes as the next record and puts the record's place
  // and digest into `tensor` instead of them. Fails when it is a record
  // already.
  absl::Status Add(Tensor& tensor);
  // The same of bytes that are elsewhere.
  absl::Status Add(absl::string_view bytes, Tensor& tensor);

  // Makes the file an index: the tensor stays the record of `file`, a file in
  // the same folder, or of the file that it names already. Nothing is read.
  absl::Status Refer(absl::string_view file, Tensor& tensor);

  // Adds the tensors of `message` that still hold their bytes, and writes the
  // footer. Fails when the message has other records than those added or
  // referred to; those added must all be in it.
  absl::StatusOr<FileDigests> Finish(google::protobuf::Message& message);

 private:
  // File, offset, length, digest.
  using Record = std::tuple<std::string, uint64_t, uint64_t, std::string>;

  static Record RecordOf(const Tensor& tensor);

  absl::Status Write(absl::string_view bytes);
  absl::Status PadToAlignment();

  ArtifactKind kind_;
  ByteSink& sink_;
  Sha256Stream digest_;
  std::string header_;
  uint64_t written_ = 0;
  std::set<Record> records_;
};

// Writes a whole file: the tensors of `message` hold their bytes or name
// records of `payload`.
absl::StatusOr<FileDigests> WriteTensorFrame(
    ArtifactKind kind, const google::protobuf::Message& message,
    const Payload& payload, ByteSink& sink);

// The footer of a whole file, after a check of header, footer and their digest,
// all that can be said without touching a record.
absl::StatusOr<absl::string_view> TensorFrameFooter(absl::string_view file,
                                                    ArtifactKind kind,
                                                    const std::string& path);

// Parses the footer into `message` and checks that its records fill the file:
// one after another, each at its alignment, zeros between them, with the
// lengths that dtype and shape say. The bytes of records are not read. Records
// of other files may be anywhere in those, which are not opened.
absl::Status ReadTensorFrame(absl::string_view file, ArtifactKind kind,
                             const std::string& path,
                             google::protobuf::Message& message);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_TENSOR_FRAME_H_
