#include "lib/artifact/wire_elements.h"

#include <cstddef>
#include <limits>

#include "absl/status/status.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// Protobuf's own limit.
constexpr int kMaxDepth = 100;

absl::Status Malformed() {
  return absl::InvalidArgumentError("not a valid message");
}

absl::Status AddElements(const Descriptor& type, absl::string_view bytes,
                         int depth, uint64_t& count) {
  if (depth > kMaxDepth ||
      bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max())) {
    return Malformed();
  }
  CodedInputStream stream(reinterpret_cast<const uint8_t*>(bytes.data()),
                          static_cast<int>(bytes.size()));
  while (stream.CurrentPosition() < static_cast<int>(bytes.size())) {
    const uint32_t tag = stream.ReadTag();
    if (tag == 0) return Malformed();
    const FieldDescriptor* field =
        type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    if (WireFormatLite::GetTagWireType(tag) !=
        WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      count += field == nullptr;
      if (!WireFormatLite::SkipField(&stream, tag)) return Malformed();
      continue;
    }
    uint32_t length;
    if (!stream.ReadVarint32(&length)) return Malformed();
    const size_t begin = stream.CurrentPosition();
    if (length > bytes.size() - begin) return Malformed();
    // Packed numbers are not objects of their own.
    count += field == nullptr || !field->is_packable();
    if (field != nullptr && field->type() == FieldDescriptor::TYPE_MESSAGE) {
      RETURN_IF_ERROR(AddElements(*field->message_type(),
                                  bytes.substr(begin, length), depth + 1,
                                  count));
    }
    if (!stream.Skip(static_cast<int>(length))) return Malformed();
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<uint64_t> CountWireElements(const Descriptor& type,
                                           absl::string_view bytes) {
  uint64_t count = 0;
  RETURN_IF_ERROR(AddElements(type, bytes, 0, count));
  return count;
}

}  // namespace quant_curve
