// The fields of a config.json, read one by one; every refusal is kept, so that
// the user sees all of them at once.
//
//   ConfigFields fields(JsonView(json, path));
//   model.set_d_model(fields.Size("hidden_size"));
//   fields.RequireFlag("add_cross_attention", false);
//   RETURN_IF_ERROR(fields.Finish());
#ifndef QUANT_CURVE_LIB_FAMILIES_CONFIG_FIELDS_H_
#define QUANT_CURVE_LIB_FAMILIES_CONFIG_FIELDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "lib/json/json.h"

namespace quant_curve {

// A function that reads a key also marks it as understood. What is refused
// reads as the fallback (sizes as 1), and Finish() reports it. Null stands for
// an absent key everywhere.
class ConfigFields {
 public:
  // `object` is a document or a member of one, and outlives this.
  explicit ConfigFields(const JsonView& object);

  // An integer in [1, 2^32); refuses an absent one. Of several names, any may
  // be present; those that are must agree.
  uint32_t Size(absl::Span<const absl::string_view> names);
  uint32_t Size(absl::string_view name);
  uint32_t SizeOr(absl::string_view name, uint32_t fallback);
  bool FlagOr(absl::string_view name, bool fallback);
  // One of the strings `supported`; nothing when absent or refused.
  absl::optional<std::string> OneOf(
      absl::string_view name, absl::Span<const absl::string_view> supported);
  // A positive number that a float holds.
  absl::optional<float> Positive(absl::string_view name);
  // One token id or a list of them; empty when absent.
  std::vector<uint32_t> TokenIds(absl::string_view name);
  // Of a list of strings: the place of each in `supported`; empty when absent
  // or refused.
  std::vector<int> EachOf(absl::string_view name,
                          absl::Span<const absl::string_view> supported);
  // A list of zeros and ones; empty when absent or refused.
  std::vector<bool> Bits(absl::string_view name);
  // The fields of a nested object; nothing when it is absent.
  absl::optional<ConfigFields> Object(absl::string_view name);
  // Adds the refusals and the unknown keys of a nested object.
  void Take(const ConfigFields& nested);

  // Whether the key is there, also with null.
  bool Has(absl::string_view name) const;
  // Whether a function has read or ignored the key.
  bool Knows(absl::string_view name) const;

  void RequirePresent(absl::string_view name);
  // These let a key only say what is implemented.
  void RequireNull(absl::string_view name);
  void RequireFlag(absl::string_view name, bool only);
  void RequireNumber(absl::string_view name, double only);
  void RequireOneOf(absl::string_view name,
                    absl::Span<const absl::string_view> supported);
  void RequireEmpty(absl::string_view name);  // an array or object
  void RequireAll(absl::string_view name, absl::string_view only);  // an array
  // Other names for what `name` says, as `value` in effect: each must say it.
  void RequireSame(absl::Span<const absl::string_view> others, double value,
                   absl::string_view name);

  // Keys that do not change what the model computes.
  void Ignore(absl::Span<const absl::string_view> names);

  // An OK status is not a refusal.
  void Refuse(const absl::Status& refusal);

  // Whether no size was refused.
  bool has_sizes() const { return has_sizes_; }

  // InvalidArgument "<path>: <refusal>; <refusal>; …" with every refusal.
  absl::Status Refusals() const;
  // The same, with all keys that nothing read or ignored and that are not null.
  absl::Status Finish() const;

 private:
  // `path` begins the messages.
  ConfigFields(const JsonView& object, std::string path);
  // A view of the member (of null when it is absent), marked as understood.
  JsonView Find(absl::string_view name);
  template <typename Value>
  Value Keep(absl::StatusOr<Value> value, Value fallback);
  std::vector<std::string> UnknownKeys() const;

  JsonView object_;
  std::string path_;
  absl::flat_hash_set<std::string> known_;
  std::vector<std::string> refusals_;
  std::vector<std::string> unknown_of_nested_;
  bool has_sizes_ = true;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FAMILIES_CONFIG_FIELDS_H_
