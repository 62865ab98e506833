// JSON from untrusted files: bounded, strict, and without exceptions.
//
// Read with ParseJson or ReadJsonFile, then look at the document through
// JsonView, which checks every type and names file and field in its errors:
// "model/config.json: rope_scaling.type: is 7, expected a string".
#ifndef QUANT_CURVE_LIB_JSON_JSON_H_
#define QUANT_CURVE_LIB_JSON_JSON_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace quant_curve {

// Objects keep their members in the order of their keys.
using Json = nlohmann::json;

struct JsonLimits {
  int64_t max_bytes = int64_t{64} << 20;
  int max_depth = 64;  // of arrays and objects inside one another
  // Of every kind, inner ones too: each takes some 100 bytes of memory.
  int64_t max_values = int64_t{1} << 22;
};

// Parses one JSON text (RFC 8259). InvalidArgument, naming `source` (a path)
// and the position, for: text beyond the limits, anything that is not JSON, a
// key that occurs twice in an object, strings that are not UTF-8 (lone
// surrogates too), numbers beyond double, and text after the value.
absl::StatusOr<Json> ParseJson(absl::string_view text, absl::string_view source,
                               const JsonLimits& limits = {});

// The same from a regular file; NotFound when it is absent.
absl::StatusOr<Json> ReadJsonFile(const std::string& path,
                                  const JsonLimits& limits = {});

// At most 80 bytes of `text` in single quotes, other than printable ASCII
// escaped: what a file says of itself, fit for a one-line message.
std::string Excerpt(absl::string_view text);

// A value and its position in the text. It does not own the value: the document
// must outlive its views. Cheap for the dozens of fields of a config; a large
// array is better walked through value().
class JsonView {
 public:
  // `where` names the value in errors; for a whole document, its path.
  JsonView(const Json& value, absl::string_view where);

  const Json& value() const { return *value_; }
  const std::string& where() const { return where_; }
  bool IsNull() const { return value_->is_null(); }

  // InvalidArgument "<where>: <why>".
  absl::Status Refuse(absl::string_view why) const;

  // A member of this object; fails when it is absent or this is not an object.
  absl::StatusOr<JsonView> Member(absl::string_view key) const;
  // The same, but a view of null when it is absent.
  absl::StatusOr<JsonView> MemberOrNull(absl::string_view key) const;

  absl::Status CheckObject() const;
  absl::Status CheckArray() const;
  size_t size() const { return value_->size(); }
  // An element of an array that CheckArray found to be one; index < size().
  JsonView Element(size_t index) const;

  // The value, when it is of that type. Integers are written without fraction
  // and exponent; Uint is in [0, max].
  absl::StatusOr<bool> Bool() const;
  absl::StatusOr<uint64_t> Uint(uint64_t max) const;
  absl::StatusOr<double> Number() const;
  absl::StatusOr<std::string> String() const;

  // The same, but `fallback` for null.
  absl::StatusOr<bool> BoolOr(bool fallback) const;
  absl::StatusOr<uint64_t> UintOr(uint64_t fallback, uint64_t max) const;
  absl::StatusOr<double> NumberOr(double fallback) const;
  absl::StatusOr<std::string> StringOr(absl::string_view fallback) const;

 private:
  absl::Status Expected(absl::string_view what) const;
  // "<where>.<key>", or "<where>: <key>" right below the document.
  std::string WhereOf(absl::string_view key) const;

  const Json* value_;
  std::string where_;
  bool is_document_ = true;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_JSON_JSON_H_
