#include "lib/families/config_fields.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

constexpr uint32_t kMaxUint32 = std::numeric_limits<uint32_t>::max();
// A file of a megabyte may be wrong in a hundred thousand places.
constexpr size_t kMaxListBytes = 4096;
constexpr size_t kMaxKeyBytes = 80;

absl::StatusOr<uint32_t> ReadSize(const JsonView& field) {
  ASSIGN_OR_RETURN(const uint64_t value, field.Uint(kMaxUint32));
  if (value == 0) return field.Refuse("is 0, expected at least 1");
  return static_cast<uint32_t>(value);
}

absl::StatusOr<float> ReadPositive(const JsonView& field) {
  ASSIGN_OR_RETURN(const double value, field.Number());
  if (value >= std::numeric_limits<float>::min() &&
      value <= std::numeric_limits<float>::max()) {
    return static_cast<float>(value);
  }
  return field.Refuse(absl::StrCat(
      "is ", value, ", expected a positive number that a float holds"));
}

absl::StatusOr<std::vector<uint32_t>> ReadTokenIds(const JsonView& field) {
  const bool is_list = field.value().is_array() && field.size() > 0;
  std::vector<uint32_t> ids;
  for (size_t i = 0; i < (is_list ? field.size() : 1); ++i) {
    const JsonView one = is_list ? field.Element(i) : field;
    ASSIGN_OR_RETURN(const uint64_t id, one.Uint(kMaxUint32));
    ids.push_back(static_cast<uint32_t>(id));
  }
  return ids;
}

std::string Listed(const std::vector<std::string>& parts,
                   absl::string_view separator) {
  std::string list;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (list.size() > kMaxListBytes) {
      return absl::StrCat(list, separator, "and ", parts.size() - i, " more");
    }
    absl::StrAppend(&list, i == 0 ? "" : separator, parts[i]);
  }
  return list;
}

absl::StatusOr<std::vector<int>> ReadEachOf(
    const JsonView& field, absl::Span<const absl::string_view> supported) {
  RETURN_IF_ERROR(field.CheckArray());
  std::vector<int> places;
  for (size_t i = 0; i < field.size(); ++i) {
    const JsonView one = field.Element(i);
    ASSIGN_OR_RETURN(const std::string value, one.String());
    const auto found = std::find(supported.begin(), supported.end(), value);
    if (found == supported.end()) {
      return one.Refuse(absl::StrCat("is ", Excerpt(value), ", supported: ",
                                     absl::StrJoin(supported, ", ")));
    }
    places.push_back(static_cast<int>(found - supported.begin()));
  }
  return places;
}

absl::StatusOr<std::vector<bool>> ReadBits(const JsonView& field) {
  RETURN_IF_ERROR(field.CheckArray());
  std::vector<bool> bits;
  for (size_t i = 0; i < field.size(); ++i) {
    ASSIGN_OR_RETURN(const uint64_t bit, field.Element(i).Uint(1));
    bits.push_back(bit == 1);
  }
  return bits;
}

}  // namespace

ConfigFields::ConfigFields(const JsonView& object)
    : ConfigFields(object, object.where()) {}

ConfigFields::ConfigFields(const JsonView& object, std::string path)
    : object_(object), path_(std::move(path)) {
  const absl::Status status = object_.CheckObject();
  if (!status.ok()) Refuse(status);
}

uint32_t ConfigFields::Size(absl::Span<const absl::string_view> names) {
  absl::optional<std::pair<absl::string_view, uint32_t>> first;
  for (const absl::string_view name : names) {
    const uint32_t value = SizeOr(name, 0);
    if (value == 0) continue;
    if (!first.has_value()) {
      first.emplace(name, value);
    } else if (first->second != value) {
      has_sizes_ = false;
      Refuse(Find(name).Refuse(absl::StrCat("is ", value, ", but ",
                                            first->first, " is ", first->second,
                                            ": they must agree")));
    }
  }
  if (first.has_value()) return first->second;
  has_sizes_ = false;
  const JsonView field = Find(names[0]);
  if (field.IsNull()) Refuse(field.Refuse("is missing"));
  return 1;
}

uint32_t ConfigFields::Size(absl::string_view name) {
  return Size(absl::Span<const absl::string_view>(&name, 1));
}

uint32_t ConfigFields::SizeOr(absl::string_view name, uint32_t fallback) {
  const JsonView field = Find(name);
  if (field.IsNull()) return fallback;
  const absl::StatusOr<uint32_t> size = ReadSize(field);
  has_sizes_ &= size.ok();
  return Keep(size, fallback);
}

bool ConfigFields::FlagOr(absl::string_view name, bool fallback) {
  return Keep(Find(name).BoolOr(fallback), fallback);
}

absl::optional<float> ConfigFields::Positive(absl::string_view name) {
  const JsonView field = Find(name);
  if (field.IsNull()) return absl::nullopt;
  const absl::StatusOr<float> value = ReadPositive(field);
  if (value.ok()) return *value;
  Refuse(value.status());
  return absl::nullopt;
}

std::vector<uint32_t> ConfigFields::TokenIds(absl::string_view name) {
  const JsonView field = Find(name);
  if (field.IsNull()) return {};
  return Keep(ReadTokenIds(field), {});
}

std::vector<int> ConfigFields::EachOf(
    absl::string_view name, absl::Span<const absl::string_view> supported) {
  const JsonView field = Find(name);
  if (field.IsNull()) return {};
  return Keep(ReadEachOf(field, supported), {});
}

std::vector<bool> ConfigFields::Bits(absl::string_view name) {
  const JsonView field = Find(name);
  if (field.IsNull()) return {};
  return Keep(ReadBits(field), {});
}

absl::optional<ConfigFields> ConfigFields::Object(absl::string_view name) {
  const JsonView field = Find(name);
  if (field.IsNull()) return absl::nullopt;
  return ConfigFields(field, path_);
}

void ConfigFields::Take(const ConfigFields& nested) {
  refusals_.insert(refusals_.end(), nested.refusals_.begin(),
                   nested.refusals_.end());
  for (const std::string& key : nested.UnknownKeys()) {
    const std::string name = absl::StrCat(nested.object_.where(), ".", key);
    unknown_of_nested_.emplace_back(
        absl::StripPrefix(name, absl::StrCat(path_, ": ")));
  }
}

bool ConfigFields::Has(absl::string_view name) const {
  return object_.value().is_object() &&
         object_.value().contains(std::string(name));
}

bool ConfigFields::Knows(absl::string_view name) const {
  return known_.contains(name);
}

void ConfigFields::RequirePresent(absl::string_view name) {
  const JsonView field = Find(name);
  if (field.IsNull()) Refuse(field.Refuse("is missing"));
}

void ConfigFields::RequireNull(absl::string_view name) {
  const JsonView field = Find(name);
  if (!field.IsNull()) {
    Refuse(field.Refuse("is not supported: only null is"));
  }
}

void ConfigFields::RequireFlag(absl::string_view name, bool only) {
  if (FlagOr(name, only) == only) return;
  Refuse(Find(name).Refuse(absl::StrCat("is ", only ? "false" : "true",
                                        ", only ", only ? "true" : "false",
                                        " is supported")));
}

void ConfigFields::RequireNumber(absl::string_view name, double only) {
  const double value = Keep(Find(name).NumberOr(only), only);
  if (value == only) return;
  Refuse(Find(name).Refuse(
      absl::StrCat("is ", value, ", only ", only, " is supported")));
}

absl::optional<std::string> ConfigFields::OneOf(
    absl::string_view name, absl::Span<const absl::string_view> supported) {
  const JsonView field = Find(name);
  if (field.IsNull()) return absl::nullopt;
  const std::string fallback(supported[0]);
  const std::string value = Keep(field.StringOr(fallback), fallback);
  for (const absl::string_view one : supported) {
    if (value == one) return value;
  }
  Refuse(field.Refuse(absl::StrCat(
      "is ", Excerpt(value), ", supported: ", absl::StrJoin(supported, ", "))));
  return absl::nullopt;
}

void ConfigFields::RequireOneOf(absl::string_view name,
                                absl::Span<const absl::string_view> supported) {
  OneOf(name, supported);
}

void ConfigFields::RequireEmpty(absl::string_view name) {
  const JsonView field = Find(name);
  if (field.value().empty() && !field.value().is_string()) return;
  Refuse(field.Refuse("is not supported: only null or nothing in it is"));
}

void ConfigFields::RequireAll(absl::string_view name, absl::string_view only) {
  const JsonView field = Find(name);
  if (field.IsNull()) return;
  bool same = field.value().is_array();
  for (size_t i = 0; same && i < field.size(); ++i) {
    same = field.value()[i] == std::string(only);
  }
  if (same) return;
  Refuse(field.Refuse(
      absl::StrCat("is supported only as a list of '", only, "'")));
}

void ConfigFields::RequireSame(absl::Span<const absl::string_view> others,
                               double value, absl::string_view name) {
  for (const absl::string_view other : others) {
    const double said = Keep(Find(other).NumberOr(value), value);
    // The value in effect is a size or a float.
    if (static_cast<float>(said) == static_cast<float>(value)) continue;
    Refuse(Find(other).Refuse(absl::StrCat("is ", said, ", but ", name, " is ",
                                           value, ": they must agree")));
  }
}

void ConfigFields::Ignore(absl::Span<const absl::string_view> names) {
  for (const absl::string_view name : names) known_.emplace(name);
}

void ConfigFields::Refuse(const absl::Status& refusal) {
  if (refusal.ok()) return;
  // Without the path, which is written once.
  refusals_.emplace_back(
      absl::StripPrefix(refusal.message(), absl::StrCat(path_, ": ")));
}

absl::Status ConfigFields::Refusals() const {
  if (refusals_.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(path_, ": ", Listed(refusals_, "; ")));
}

absl::Status ConfigFields::Finish() const {
  std::vector<std::string> unknown = UnknownKeys();
  unknown.insert(unknown.end(), unknown_of_nested_.begin(),
                 unknown_of_nested_.end());
  if (unknown.empty()) return Refusals();
  return absl::InvalidArgumentError(absl::StrCat(
      path_, ": ", Listed(refusals_, "; "), refusals_.empty() ? "" : "; ",
      "unknown keys that may change what the model computes: ",
      Listed(unknown, ", "), " (remove from the file those that do not)"));
}

JsonView ConfigFields::Find(absl::string_view name) {
  known_.emplace(name);
  static const Json* const kNull = new Json();
  absl::StatusOr<JsonView> field = object_.MemberOrNull(name);
  // The constructor has refused what is not an object.
  return field.ok() ? *std::move(field) : JsonView(*kNull, object_.where());
}

template <typename Value>
Value ConfigFields::Keep(absl::StatusOr<Value> value, Value fallback) {
  if (value.ok()) return *std::move(value);
  Refuse(value.status());
  return fallback;
}

std::vector<std::string> ConfigFields::UnknownKeys() const {
  std::vector<std::string> unknown;
  if (!object_.value().is_object()) return unknown;
  for (const auto& item : object_.value().items()) {
    if (item.value().is_null() || known_.contains(item.key())) continue;
    unknown.push_back(absl::CHexEscape(item.key().substr(0, kMaxKeyBytes)));
  }
  return unknown;
}

}  // namespace quant_curve
