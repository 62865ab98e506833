#include "tools/export/gguf.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

constexpr uint32_t kVersion = 3;

// The format's numbers of the value types used here.
constexpr uint32_t kUint32 = 4;
constexpr uint32_t kInt32 = 5;
constexpr uint32_t kFloat32 = 6;
constexpr uint32_t kBool = 7;
constexpr uint32_t kString = 8;
constexpr uint32_t kArray = 9;

// The host is little-endian, as docs/numerics.md's baseline says.
template <typename Number>
void Append(Number number, std::string& bytes) {
  char raw[sizeof(number)];
  std::memcpy(raw, &number, sizeof(number));
  bytes.append(raw, sizeof(number));
}

void AppendString(absl::string_view text, std::string& bytes) {
  Append<uint64_t>(text.size(), bytes);
  bytes.append(text.data(), text.size());
}

uint64_t Aligned(uint64_t size) {
  return (size + kGgufAlignment - 1) / kGgufAlignment * kGgufAlignment;
}

void AppendInfo(const GgufTensor& tensor, uint64_t offset, std::string& bytes) {
  AppendString(tensor.name, bytes);
  Append<uint32_t>(tensor.shape.size(), bytes);
  for (auto extent = tensor.shape.rbegin(); extent != tensor.shape.rend();
       ++extent) {
    Append<uint64_t>(*extent, bytes);
  }
  Append(static_cast<uint32_t>(tensor.type), bytes);
  Append(offset, bytes);
}

}  // namespace

void GgufMetadata::Begin(absl::string_view key, uint32_t type) {
  ++count_;
  AppendString(key, bytes_);
  Append(type, bytes_);
}

void GgufMetadata::BeginArray(absl::string_view key, uint32_t type,
                              uint64_t size) {
  Begin(key, kArray);
  Append(type, bytes_);
  Append(size, bytes_);
}

void GgufMetadata::Add(absl::string_view key, absl::string_view text) {
  Begin(key, kString);
  AppendString(text, bytes_);
}

void GgufMetadata::Add(absl::string_view key, uint32_t number) {
  Begin(key, kUint32);
  Append(number, bytes_);
}

void GgufMetadata::Add(absl::string_view key, float number) {
  Begin(key, kFloat32);
  Append(number, bytes_);
}

void GgufMetadata::AddBool(absl::string_view key, bool flag) {
  Begin(key, kBool);
  bytes_.push_back(flag ? 1 : 0);
}

void GgufMetadata::Add(absl::string_view key,
                       absl::Span<const std::string> texts) {
  BeginArray(key, kString, texts.size());
  for (const std::string& text : texts) AppendString(text, bytes_);
}

void GgufMetadata::Add(absl::string_view key,
                       absl::Span<const int32_t> numbers) {
  BeginArray(key, kInt32, numbers.size());
  for (const int32_t number : numbers) Append(number, bytes_);
}

void GgufMetadata::Add(absl::string_view key, absl::Span<const float> numbers) {
  BeginArray(key, kFloat32, numbers.size());
  for (const float number : numbers) Append(number, bytes_);
}

uint64_t RowBytes(GgmlType type, uint64_t columns) {
  constexpr uint64_t kBlock = 32;
  switch (type) {
    case GgmlType::kF32:
      return 4 * columns;
    case GgmlType::kF16:
      return 2 * columns;
    case GgmlType::kQ4_0:
    case GgmlType::kIq4Nl:
      return columns / kBlock * 18;
    case GgmlType::kQ4_1:
      return columns / kBlock * 20;
    case GgmlType::kQ8_0:
      return columns / kBlock * 34;
  }
  return 0;
}

uint64_t GgufTensor::size_bytes() const {
  uint64_t rows = 1;
  for (size_t i = 0; i + 1 < shape.size(); ++i) rows *= shape[i];
  return rows * RowBytes(type, shape.back());
}

absl::Status WriteGguf(const GgufMetadata& metadata,
                       const std::vector<GgufTensor>& tensors, ByteSink& sink,
                       ProgressSink progress) {
  std::string head = "GGUF";
  Append(kVersion, head);
  Append<uint64_t>(tensors.size(), head);
  Append(metadata.count(), head);
  head += metadata.bytes();
  uint64_t offset = 0;
  for (const GgufTensor& tensor : tensors) {
    AppendInfo(tensor, offset, head);
    offset += Aligned(tensor.size_bytes());
  }
  head.resize(Aligned(head.size()));
  RETURN_IF_ERROR(sink.Append(head));
  int64_t done = 0;
  for (const GgufTensor& tensor : tensors) {
    ASSIGN_OR_RETURN(std::string data, tensor.data());
    if (data.size() != tensor.size_bytes()) {
      return absl::InternalError(absl::StrCat(
          "GGUF tensor '", tensor.name, "': ", data.size(),
          " bytes, its shape and type need ", tensor.size_bytes()));
    }
    data.resize(Aligned(tensor.size_bytes()));
    RETURN_IF_ERROR(sink.Append(data));
    progress(++done, static_cast<int64_t>(tensors.size()));
  }
  return absl::OkStatus();
}

}  // namespace quant_curve
