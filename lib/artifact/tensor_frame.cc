#include "lib/artifact/tensor_frame.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "lib/artifact/frame.h"
#include "lib/artifact/part_name.h"
#include "lib/artifact/serialize.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/wire_elements.h"

namespace quant_curve {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Offset and length of the footer, and the digest.
constexpr size_t kTrailerBytes = 8 + 8 + kDigestBytes;

// Messages and strings in a footer: 250 MB when all are records.
constexpr uint64_t kMaxFooterElements = uint64_t{1} << 21;

// Offsets and lengths of a part's records: their sums do not overflow.
constexpr uint64_t kMaxPartBytes = uint64_t{1} << 62;

uint64_t Aligned(uint64_t size) {
  return (size + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
}

void CollectTensors(Message& message, std::vector<Tensor*>& tensors) {
  if (message.GetDescriptor() == Tensor::descriptor()) {
    tensors.push_back(static_cast<Tensor*>(&message));
    return;
  }
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      CollectTensors(*reflection.MutableMessage(&message, field), tensors);
      continue;
    }
    const int count = reflection.FieldSize(message, field);
    for (int i = 0; i < count; ++i) {
      CollectTensors(*reflection.MutableRepeatedMessage(&message, field, i),
                     tensors);
    }
  }
}

// One tensor's record, without regard to the others.
absl::Status CheckRecord(const Tensor& tensor) {
  const auto refuse = [&tensor](absl::string_view why) {
    return RefuseTensor(tensor, why);
  };
  if (!tensor.data().empty()) return refuse("holds its bytes in the footer");
  if (tensor.sha256().size() != kDigestBytes) {
    return refuse(absl::StrCat("the digest of its record has ",
                               tensor.sha256().size(), " bytes, not 32"));
  }
  if (tensor.dtype() != PACKED_CODES) {
    return CheckSize(tensor, tensor.size_bytes());
  }
  // The length of codes follows from the scheme.
  const auto elements = NumElements(tensor.shape());
  return elements.ok() ? absl::OkStatus() : refuse(elements.status().message());
}

// A record of another file. Payload compares it with that file.
absl::Status CheckForeignRecord(const Tensor& tensor) {
  const absl::Status name = CheckPartName(tensor.file());
  if (!name.ok()) return RefuseTensor(tensor, name.message());
  if (tensor.offset() > kMaxPartBytes || tensor.size_bytes() > kMaxPartBytes) {
    return RefuseTensor(
        tensor, absl::StrCat("its record of ", tensor.size_bytes(),
                             " bytes at byte ", tensor.offset(), " of ",
                             tensor.file(), ": both must be at most 2^62"));
  }
  if (tensor.offset() >= Aligned(kHeaderBytes) &&
      tensor.offset() % kRecordAlignment == 0) {
    return absl::OkStatus();
  }
  return RefuseTensor(
      tensor, absl::StrCat("its record is at byte ", tensor.offset(), " of ",
                           tensor.file(), ", must be at a multiple of ",
                           kRecordAlignment, " behind the header"));
}

// Whether the records of other files are such records and do not overlap.
absl::Status CheckForeignRecords(std::vector<const Tensor*> tensors) {
  for (const Tensor* tensor : tensors) {
    RETURN_IF_ERROR(CheckForeignRecord(*tensor));
  }
  const auto place = [](const Tensor* tensor) {
    return std::make_tuple(absl::string_view(tensor->file()), tensor->offset(),
                           tensor->size_bytes());
  };
  std::stable_sort(
      tensors.begin(), tensors.end(),
      [&](const Tensor* a, const Tensor* b) { return place(a) < place(b); });
  for (size_t i = 1; i < tensors.size(); ++i) {
    const Tensor& before = *tensors[i - 1];
    if (tensors[i]->file() == before.file() &&
        tensors[i]->offset() < before.offset() + before.size_bytes()) {
      return RefuseTensor(*tensors[i],
                          absl::StrCat("its record overlaps with that of '",
                                       before.name(), "' in ", before.file()));
    }
  }
  return absl::OkStatus();
}

// Whether the file's own records follow one another from the header to
// `footer_offset`, and the others can be records.
absl::Status CheckRecords(const std::vector<Tensor*>& all,
                          uint64_t footer_offset) {
  for (const Tensor* tensor : all) RETURN_IF_ERROR(CheckRecord(*tensor));
  std::vector<const Tensor*> tensors;
  std::vector<const Tensor*> foreign;
  for (const Tensor* tensor : all) {
    (tensor->file().empty() ? tensors : foreign).push_back(tensor);
  }
  RETURN_IF_ERROR(CheckForeignRecords(std::move(foreign)));
  std::stable_sort(tensors.begin(), tensors.end(),
                   [](const Tensor* a, const Tensor* b) {
                     return std::make_tuple(a->offset(), a->size_bytes()) <
                            std::make_tuple(b->offset(), b->size_bytes());
                   });
  uint64_t next = Aligned(kHeaderBytes);
  for (const Tensor* tensor : tensors) {
    if (tensor->offset() != next) {
      return RefuseTensor(
          *tensor, absl::StrCat("its record is at byte ", tensor->offset(),
                                ", must be at ", next));
    }
    if (next > footer_offset || tensor->size_bytes() > footer_offset - next) {
      return RefuseTensor(
          *tensor, absl::StrCat("its record of ", tensor->size_bytes(),
                                " bytes at byte ", next,
                                " goes beyond the footer at ", footer_offset));
    }
    next = Aligned(next + tensor->size_bytes());
  }
  if (next == footer_offset) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "the records end at byte ", next, ", the footer is at ", footer_offset));
}

bool IsZero(absl::string_view bytes) {
  return bytes.find_first_not_of('\0') == absl::string_view::npos;
}

// What lies between header, records and footer.
absl::Status CheckPadding(absl::string_view file,
                          const std::vector<Tensor*>& tensors) {
  const auto check = [&](uint64_t end) -> absl::Status {
    if (IsZero(file.substr(end, Aligned(end) - end))) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        "bytes ", end, " to ", Aligned(end) - 1, " are padding, must be zero"));
  };
  RETURN_IF_ERROR(check(kHeaderBytes));
  for (const Tensor* tensor : tensors) {
    if (!tensor->file().empty()) continue;
    RETURN_IF_ERROR(check(tensor->offset() + tensor->size_bytes()));
  }
  return absl::OkStatus();
}

// A footer of empty messages would take sixty times its size in memory. Real
// ones have a record's name and digest, 60 bytes, for most of their messages.
absl::Status CheckDensity(absl::string_view footer, const std::string& path,
                          const Message& message) {
  const absl::StatusOr<uint64_t> count =
      CountWireElements(*message.GetDescriptor(), footer);
  if (!count.ok()) {
    return RefuseFile(path, absl::StrCat("the footer is not a valid ",
                                         message.GetTypeName()));
  }
  const uint64_t most = std::min(kMaxFooterElements, 1024 + footer.size() / 16);
  if (*count > most) {
    return RefuseFile(
        path, absl::StrCat("a footer of ", footer.size(), " bytes with ",
                           *count, " messages and strings: at most ", most));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<Tensor*> TensorsIn(Message& message) {
  std::vector<Tensor*> tensors;
  CollectTensors(message, tensors);
  return tensors;
}

std::string ContentsSha256(ArtifactKind kind, const Message& message) {
  const std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  for (Tensor* tensor : TensorsIn(*copy)) {
    tensor->clear_offset();
    tensor->clear_file();
  }
  Sha256Stream digest;
  digest.Add(FrameHeader(kind, 0));
  std::string bytes;
  AppendDeterministically(*copy, bytes);
  digest.Add(bytes);
  return digest.Finish();
}

std::vector<std::string> PartNamesIn(Message& message) {
  std::vector<std::string> names;
  absl::flat_hash_set<std::string> seen;
  for (const Tensor* tensor : TensorsIn(message)) {
    if (tensor->file().empty() || !seen.insert(tensor->file()).second) continue;
    names.push_back(tensor->file());
  }
  return names;
}

std::string TensorFrameTrailer(absl::string_view header, uint64_t footer_offset,
                               absl::string_view footer) {
  std::string trailer;
  AppendLittleEndian(footer_offset, 8, trailer);
  AppendLittleEndian(footer.size(), 8, trailer);
  return trailer + Sha256(absl::StrCat(header, footer, trailer));
}

TensorFrameWriter::Record TensorFrameWriter::RecordOf(const Tensor& tensor) {
  return {tensor.file(), tensor.offset(), tensor.size_bytes(), tensor.sha256()};
}

TensorFrameWriter::TensorFrameWriter(ArtifactKind kind, ByteSink& sink)
    : kind_(kind), sink_(sink), header_(FrameHeader(kind, 0)) {}

absl::Status TensorFrameWriter::Write(absl::string_view bytes) {
  digest_.Add(bytes);
  written_ += bytes.size();
  return sink_.Append(bytes);
}

// The header goes out with the first padding.
absl::Status TensorFrameWriter::PadToAlignment() {
  if (written_ == 0) RETURN_IF_ERROR(Write(header_));
  return Write(std::string(Aligned(written_) - written_, '\0'));
}

absl::Status TensorFrameWriter::Add(Tensor& tensor) {
  if (!tensor.sha256().empty()) {
    return RefuseTensor(tensor, "is a record already; add its bytes");
  }
  const std::string bytes = std::move(*tensor.mutable_data());
  tensor.clear_data();
  return Add(bytes, tensor);
}

absl::Status TensorFrameWriter::Add(absl::string_view bytes, Tensor& tensor) {
  RETURN_IF_ERROR(PadToAlignment());
  tensor.clear_data();
  tensor.clear_file();
  tensor.set_offset(written_);
  tensor.set_size_bytes(bytes.size());
  tensor.set_sha256(Sha256(bytes));
  records_.insert(RecordOf(tensor));
  return Write(bytes);
}

absl::Status TensorFrameWriter::Refer(absl::string_view file, Tensor& tensor) {
  if (tensor.sha256().empty()) {
    return RefuseTensor(tensor, "is not a record; add its bytes");
  }
  if (tensor.file().empty()) tensor.set_file(std::string(file));
  RETURN_IF_ERROR(CheckForeignRecord(tensor));
  records_.insert(RecordOf(tensor));
  return absl::OkStatus();
}

absl::StatusOr<FileDigests> TensorFrameWriter::Finish(Message& message) {
  const std::vector<Tensor*> tensors = TensorsIn(message);
  for (Tensor* tensor : tensors) {
    if (tensor->sha256().empty()) RETURN_IF_ERROR(Add(*tensor));
    if (records_.count(RecordOf(*tensor)) == 0) {
      return RefuseTensor(*tensor,
                          "is a record of another file; add its bytes");
    }
  }
  RETURN_IF_ERROR(PadToAlignment());
  const uint64_t footer_offset = written_;
  RETURN_IF_ERROR(CheckRecords(tensors, footer_offset));
  if (message.ByteSizeLong() > kMaxFooterBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat(message.GetTypeName(), " of ", message.ByteSizeLong(),
                     " bytes without its tensors: at most ", kMaxFooterBytes));
  }
  std::string footer;
  AppendDeterministically(message, footer);
  RETURN_IF_ERROR(Write(footer));
  RETURN_IF_ERROR(Write(TensorFrameTrailer(header_, footer_offset, footer)));
  FileDigests digests;
  digests.contents_sha256 = ContentsSha256(kind_, message);
  digests.sha256 = digest_.Finish();
  digests.size_bytes = written_;
  return digests;
}

absl::StatusOr<absl::string_view> TensorFrameFooter(absl::string_view file,
                                                    ArtifactKind kind,
                                                    const std::string& path) {
  RETURN_IF_ERROR(CheckHeader(file.substr(0, kHeaderBytes), kind, path));
  const uint64_t least = Aligned(kHeaderBytes) + kTrailerBytes;
  if (file.size() < least) {
    return RefuseFile(
        path,
        absl::StrCat("truncated: ", file.size(),
                     " bytes, an artifact with tensors has at least ", least));
  }
  if (LittleEndianAt(file, 24, 8) != 0) {
    return RefuseFile(path, "reserved header bytes 24-31 are not zero");
  }
  const size_t trailer = file.size() - kTrailerBytes;
  const uint64_t offset = LittleEndianAt(file, trailer, 8);
  const uint64_t length = LittleEndianAt(file, trailer + 8, 8);
  if (offset < Aligned(kHeaderBytes) || offset > trailer ||
      length != trailer - offset) {
    return RefuseFile(
        path, absl::StrCat("truncated or changed: its last bytes say a footer "
                           "of ",
                           length, " bytes at byte ", offset,
                           ", the file ends at byte ", file.size()));
  }
  if (length > kMaxFooterBytes) {
    return RefuseFile(path, absl::StrCat("a footer of ", length,
                                         " bytes: at most ", kMaxFooterBytes));
  }
  const absl::string_view footer = file.substr(offset, length);
  Sha256Stream digest;
  digest.Add(file.substr(0, kHeaderBytes));
  digest.Add(file.substr(offset, length + 16));
  if (digest.Finish() != file.substr(file.size() - kDigestBytes)) {
    return RefuseFile(path,
                      "the SHA-256 of header and footer does not match: the "
                      "file was changed or damaged");
  }
  return footer;
}

absl::Status ReadTensorFrame(absl::string_view file, ArtifactKind kind,
                             const std::string& path, Message& message) {
  ASSIGN_OR_RETURN(const absl::string_view footer,
                   TensorFrameFooter(file, kind, path));
  RETURN_IF_ERROR(CheckDensity(footer, path, message));
  if (!message.ParseFromArray(footer.data(), static_cast<int>(footer.size()))) {
    return RefuseFile(path, absl::StrCat("the footer is not a valid ",
                                         message.GetTypeName()));
  }
  const std::vector<Tensor*> tensors = TensorsIn(message);
  absl::Status status = CheckRecords(tensors, footer.data() - file.data());
  if (status.ok()) status = CheckPadding(file, tensors);
  return status.ok() ? status : RefuseFile(path, status.message());
}

absl::StatusOr<FileDigests> WriteTensorFrame(ArtifactKind kind,
                                             const Message& message,
                                             const Payload& payload,
                                             ByteSink& sink) {
  TensorFrameWriter writer(kind, sink);
  const std::unique_ptr<Message> written(message.New());
  written->CopyFrom(message);
  std::vector<Tensor*> tensors = TensorsIn(*written);
  // What was read is written in the order in which it lay.
  std::stable_sort(tensors.begin(), tensors.end(),
                   [](const Tensor* a, const Tensor* b) {
                     return std::make_pair(a->file(), a->offset()) <
                            std::make_pair(b->file(), b->offset());
                   });
  for (Tensor* tensor : tensors) {
    if (tensor->sha256().empty()) {
      RETURN_IF_ERROR(writer.Add(*tensor));
      continue;
    }
    const Tensor record = *tensor;
    ASSIGN_OR_RETURN(const TensorView view, payload.View(record));
    RETURN_IF_ERROR(writer.Add(view.bytes, *tensor));
    payload.Drop(record);
  }
  return writer.Finish(*written);
}

}  // namespace quant_curve
