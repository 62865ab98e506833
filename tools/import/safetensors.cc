#include "tools/import/safetensors.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/json/json.h"

namespace quant_curve {
namespace {

constexpr uint64_t kLengthBytes = 8;
constexpr size_t kMaxRank = 8;
constexpr uint64_t kMaxInt64 = std::numeric_limits<int64_t>::max();

// Bytes per element; 0 for a text that is not a dtype of the format.
uint64_t ElementBytes(absl::string_view dtype) {
  static constexpr struct {
    absl::string_view dtype;
    uint64_t bytes;
  } kDtypes[] = {{"F64", 8},     {"F32", 4},     {"F16", 2}, {"BF16", 2},
                 {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"I64", 8}, {"I32", 4},
                 {"I16", 2},     {"I8", 1},      {"U64", 8}, {"U32", 4},
                 {"U16", 2},     {"U8", 1},      {"BOOL", 1}};
  for (const auto& known : kDtypes) {
    if (dtype == known.dtype) return known.bytes;
  }
  return 0;
}

absl::StatusOr<Shape> ReadShape(const JsonView& field) {
  RETURN_IF_ERROR(field.CheckArray());
  if (field.size() > kMaxRank) {
    return field.Refuse(absl::StrCat("has ", field.size(),
                                     " dimensions, at most ", kMaxRank,
                                     " are supported"));
  }
  Shape shape;
  for (size_t i = 0; i < field.size(); ++i) {
    ASSIGN_OR_RETURN(const uint64_t extent, field.Element(i).Uint(kMaxInt64));
    shape.push_back(extent);
  }
  return shape;
}

// The bytes that dtype and shape ask for.
absl::StatusOr<uint64_t> SizeBytes(const JsonView& dtype_field,
                                   const JsonView& shape_field,
                                   const SafetensorsEntry& entry) {
  const uint64_t element_bytes = ElementBytes(entry.dtype);
  if (element_bytes == 0) {
    return dtype_field.Refuse(absl::StrCat(
        "is ", Excerpt(entry.dtype), ", which is not a dtype of this format"));
  }
  const auto elements = NumElements(entry.shape);
  if (!elements.ok() || *elements > kMaxInt64 / element_bytes) {
    return shape_field.Refuse(
        absl::StrCat(ShapeText(entry.shape), " of ", entry.dtype,
                     " needs more bytes than fit in 63 bits"));
  }
  return *elements * element_bytes;
}

// `entry.offset` counts from the start of the file's data.
absl::StatusOr<SafetensorsEntry> ReadEntry(const std::string& name,
                                           const JsonView& fields) {
  SafetensorsEntry entry;
  entry.name = name;
  ASSIGN_OR_RETURN(const JsonView dtype, fields.Member("dtype"));
  ASSIGN_OR_RETURN(const JsonView shape, fields.Member("shape"));
  ASSIGN_OR_RETURN(const JsonView offsets, fields.Member("data_offsets"));
  if (fields.size() != 3) {
    return fields.Refuse("has fields other than dtype, shape and data_offsets");
  }
  ASSIGN_OR_RETURN(entry.dtype, dtype.String());
  ASSIGN_OR_RETURN(entry.shape, ReadShape(shape));
  ASSIGN_OR_RETURN(entry.size_bytes, SizeBytes(dtype, shape, entry));
  RETURN_IF_ERROR(offsets.CheckArray());
  if (offsets.size() != 2) return offsets.Refuse("is not [begin, end]");
  // CheckCover compares the whole with the file.
  ASSIGN_OR_RETURN(entry.offset, offsets.Element(0).Uint(kMaxInt64));
  ASSIGN_OR_RETURN(const uint64_t end, offsets.Element(1).Uint(kMaxInt64));
  if (end < entry.offset || end - entry.offset != entry.size_bytes) {
    return offsets.Refuse(absl::StrCat(
        "[", entry.offset, ", ", end, "] does not span the ", entry.size_bytes,
        " bytes of ", entry.dtype, " ", ShapeText(entry.shape)));
  }
  return entry;
}

// Sorts by offset and checks that the tensors cover the data, each byte once.
absl::Status CheckCover(const InputFile& file, uint64_t data_bytes,
                        std::vector<SafetensorsEntry>& entries) {
  std::sort(entries.begin(), entries.end(),
            [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
              return std::tie(a.offset, a.size_bytes, a.name) <
                     std::tie(b.offset, b.size_bytes, b.name);
            });
  uint64_t end = 0;
  for (const SafetensorsEntry& entry : entries) {
    if (entry.offset != end) {
      return file.Refuse(absl::StrCat(
          "tensor ", Excerpt(entry.name), " starts at data byte ", entry.offset,
          entry.offset < end ? ", inside the tensor before it, which ends at "
                             : ", leaving a gap after the one that ends at ",
          end));
    }
    end += entry.size_bytes;
  }
  if (end > data_bytes) {
    return file.Refuse(absl::StrCat("truncated: the tensors take ", end,
                                    " bytes, of which the file has ",
                                    data_bytes, ": fetch it again"));
  }
  if (end != data_bytes) {
    return file.Refuse(absl::StrCat("tensors end at data byte ", end,
                                    ", but there are ", data_bytes,
                                    " bytes of data"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Json> ReadHeader(const InputFile& file, uint64_t& header_bytes) {
  RETURN_IF_ERROR(file.CheckFormat());
  if (file.size_bytes() < kLengthBytes) {
    return file.Refuse(
        absl::StrCat(file.size_bytes(), " bytes: too short for safetensors"));
  }
  ASSIGN_OR_RETURN(const std::string length, file.ReadString(0, kLengthBytes));
  std::memcpy(&header_bytes, length.data(), kLengthBytes);
  if (header_bytes > kMaxSafetensorsHeaderBytes) {
    return file.Refuse(absl::StrCat(
        "not a safetensors file: its first 8 bytes say a header of ",
        header_bytes, " bytes, at most ", kMaxSafetensorsHeaderBytes,
        " are read"));
  }
  if (header_bytes > file.size_bytes() - kLengthBytes) {
    return file.Refuse(absl::StrCat(
        "truncated: ", file.size_bytes(), " bytes, shorter than the header of ",
        header_bytes, " bytes that it begins with: fetch it again"));
  }
  ASSIGN_OR_RETURN(const std::string header,
                   file.ReadString(kLengthBytes, header_bytes));
  JsonLimits limits;
  limits.max_depth = 3;
  return ParseJson(header, file.path(), limits);
}

// The dtypes of weights.
DType DTypeOf(absl::string_view dtype) {
  if (dtype == "F32") return FLOAT32;
  if (dtype == "F16") return FLOAT16;
  return dtype == "BF16" ? BFLOAT16 : DTYPE_UNSPECIFIED;
}

}  // namespace

absl::StatusOr<SafetensorsFile> SafetensorsFile::Open(const std::string& path) {
  ASSIGN_OR_RETURN(InputFile input, InputFile::Open(path));
  SafetensorsFile file(std::move(input));
  uint64_t header_bytes;
  ASSIGN_OR_RETURN(const Json header, ReadHeader(file.file_, header_bytes));
  const JsonView view(header, path);
  RETURN_IF_ERROR(view.CheckObject());
  const uint64_t data_start = kLengthBytes + header_bytes;
  const uint64_t data_bytes = file.file_.size_bytes() - data_start;
  for (const auto& [name, value] : header.items()) {
    ASSIGN_OR_RETURN(const JsonView fields, view.Member(name));
    RETURN_IF_ERROR(fields.CheckObject());
    if (name == "__metadata__") {
      for (const auto& [key, text] : value.items()) {
        ASSIGN_OR_RETURN(const JsonView field, fields.Member(key));
        ASSIGN_OR_RETURN(file.metadata_[key], field.String());
      }
      continue;
    }
    ASSIGN_OR_RETURN(SafetensorsEntry entry, ReadEntry(name, fields));
    file.entries_.push_back(std::move(entry));
  }
  RETURN_IF_ERROR(CheckCover(file.file_, data_bytes, file.entries_));
  for (SafetensorsEntry& entry : file.entries_) entry.offset += data_start;
  return file;
}

absl::StatusOr<Tensor> SafetensorsFile::Read(
    const SafetensorsEntry& entry) const {
  const std::string where = absl::StrCat("tensor ", Excerpt(entry.name), ": ");
  Tensor tensor;
  tensor.set_name(entry.name);
  tensor.set_dtype(DTypeOf(entry.dtype));
  if (tensor.dtype() == DTYPE_UNSPECIFIED) {
    return file_.Refuse(absl::StrCat(where, "dtype ", entry.dtype,
                                     ": only F32, F16 and BF16 are supported"));
  }
  for (const uint64_t extent : entry.shape) tensor.add_shape(extent);
  ASSIGN_OR_RETURN(*tensor.mutable_data(),
                   file_.ReadString(entry.offset, entry.size_bytes));
  const absl::optional<uint64_t> bad = FirstNotFinite(tensor);
  if (!bad) return tensor;
  return file_.Refuse(absl::StrCat(where, "element ", *bad, " is not finite"));
}

}  // namespace quant_curve
