#include "tools/import/gguf_values.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/json/json.h"
#include "lib/text/utf8.h"

namespace quant_curve {
namespace {

// The format's value types.
enum ValueType : uint32_t {
  kUint8 = 0,
  kInt8 = 1,
  kUint16 = 2,
  kInt16 = 3,
  kUint32 = 4,
  kInt32 = 5,
  kFloat32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kUint64 = 10,
  kInt64 = 11,
  kFloat64 = 12
};

template <typename Number>
absl::Status TakeNumber(GgufKind kind, absl::string_view what,
                        GgufCursor& cursor, GgufValue& value) {
  ASSIGN_OR_RETURN(const Number number, cursor.Take<Number>(what));
  value.kind = kind;
  value.numbers.push_back(static_cast<double>(number));
  return absl::OkStatus();
}

// Appends one value that is not an array.
absl::Status TakeScalar(uint32_t type, absl::string_view what,
                        GgufCursor& cursor, GgufValue& value) {
  const auto integer = GgufKind::kInteger;
  switch (type) {
    case kUint8:
      return TakeNumber<uint8_t>(integer, what, cursor, value);
    case kInt8:
      return TakeNumber<int8_t>(integer, what, cursor, value);
    case kUint16:
      return TakeNumber<uint16_t>(integer, what, cursor, value);
    case kInt16:
      return TakeNumber<int16_t>(integer, what, cursor, value);
    case kUint32:
      return TakeNumber<uint32_t>(integer, what, cursor, value);
    case kInt32:
      return TakeNumber<int32_t>(integer, what, cursor, value);
    case kUint64:
      return TakeNumber<uint64_t>(integer, what, cursor, value);
    case kInt64:
      return TakeNumber<int64_t>(integer, what, cursor, value);
    case kFloat32:
      return TakeNumber<float>(GgufKind::kFloat, what, cursor, value);
    case kFloat64:
      return TakeNumber<double>(GgufKind::kFloat, what, cursor, value);
    case kBool:
      RETURN_IF_ERROR(
          TakeNumber<uint8_t>(GgufKind::kBool, what, cursor, value));
      if (value.numbers.back() <= 1) return absl::OkStatus();
      return cursor.Refuse(absl::StrCat(what, " is ", value.numbers.back(),
                                        ", but a boolean: must be 0 or 1"));
    case kString: {
      ASSIGN_OR_RETURN(std::string text, cursor.String(what));
      value.kind = GgufKind::kString;
      value.texts.push_back(std::move(text));
      return absl::OkStatus();
    }
    default:
      return cursor.Refuse(absl::StrCat(
          what, type == kArray ? " is an array of arrays: not supported"
                               : absl::StrCat(" has the value type ", type,
                                              ", which is not one of GGUF")));
  }
}

}  // namespace

absl::StatusOr<absl::string_view> GgufCursor::Bytes(uint64_t count,
                                                    absl::string_view what) {
  if (count > left()) {
    return Refuse(absl::StrCat(
        what, " at byte ", at_, " takes ", count, " bytes, of which ",
        bytes_.size() < file_.size_bytes()
            ? absl::StrCat("the first ", kMaxGgufHeaderBytes,
                           ", the most that a header may have, hold ")
            : "the file has ",
        left(), ": it is truncated or damaged"));
  }
  const absl::string_view taken = bytes_.substr(at_, count);
  at_ += count;
  return taken;
}

absl::StatusOr<std::string> GgufCursor::String(absl::string_view what) {
  ASSIGN_OR_RETURN(const uint64_t size, Take<uint64_t>(what));
  ASSIGN_OR_RETURN(const absl::string_view bytes, Bytes(size, what));
  return std::string(bytes);
}

absl::StatusOr<std::string> GgufCursor::Name(uint64_t max_bytes,
                                             absl::string_view what) {
  ASSIGN_OR_RETURN(std::string name, String(what));
  if (name.empty() || name.size() > max_bytes) {
    return Refuse(absl::StrCat(what, " has ", name.size(),
                               " bytes, must have 1 to ", max_bytes));
  }
  const absl::Status utf8 = CheckUtf8(name);
  if (!utf8.ok()) {
    return Refuse(absl::StrCat(what, " ", Excerpt(name), ": ", utf8.message()));
  }
  return name;
}

absl::Status GgufCursor::AddElements(uint64_t count, absl::string_view what) {
  if (count <= kMaxGgufElements - elements_) {
    elements_ += count;
    return absl::OkStatus();
  }
  return Refuse(absl::StrCat(what, " has ", count,
                             " elements, too many: all arrays may have ",
                             kMaxGgufElements));
}

absl::StatusOr<GgufValue> TakeGgufValue(absl::string_view what,
                                        GgufCursor& cursor) {
  GgufValue value;
  ASSIGN_OR_RETURN(const uint32_t type, cursor.Take<uint32_t>(what));
  if (type != kArray) {
    RETURN_IF_ERROR(TakeScalar(type, what, cursor, value));
    return value;
  }
  value.is_array = true;
  ASSIGN_OR_RETURN(const uint32_t of, cursor.Take<uint32_t>(what));
  ASSIGN_OR_RETURN(const uint64_t count, cursor.Take<uint64_t>(what));
  RETURN_IF_ERROR(cursor.AddElements(count, what));
  value.kind = of == kString                      ? GgufKind::kString
               : of == kBool                      ? GgufKind::kBool
               : of == kFloat32 || of == kFloat64 ? GgufKind::kFloat
                                                  : GgufKind::kInteger;
  for (uint64_t i = 0; i < count; ++i) {
    RETURN_IF_ERROR(TakeScalar(of, what, cursor, value));
  }
  return value;
}

}  // namespace quant_curve
