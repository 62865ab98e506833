#include "lib/json/json.h"

#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/file.h"
#include "lib/artifact/foreign_format.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

constexpr size_t kExcerptBytes = 80;
constexpr size_t kMessageBytes = 200;

// Walks the text once before a document is built and keeps the first error.
// Every handler returns whether to go on.
class Validator : public nlohmann::json_sax<Json> {
 public:
  explicit Validator(const JsonLimits& limits) : limits_(limits) {}

  const std::string& error() const { return error_; }

  bool null() override { return Count(); }
  bool boolean(bool) override { return Count(); }
  bool number_integer(number_integer_t) override { return Count(); }
  bool number_unsigned(number_unsigned_t) override { return Count(); }
  bool number_float(number_float_t, const string_t&) override {
    return Count();
  }
  bool string(string_t&) override { return Count(); }
  bool binary(binary_t&) override { return Count(); }
  bool start_object(size_t) override { return Open(); }
  bool start_array(size_t) override { return Open(); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(string_t& key) override {
    if (keys_.back().insert(key).second) return true;
    error_ = absl::StrCat("key ", Excerpt(key), " occurs twice in an object");
    return false;
  }

  bool parse_error(size_t, const std::string&,
                   const Json::exception& error) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: …"
    absl::string_view text = error.what();
    const size_t bracket = text.find("] ");
    if (bracket != absl::string_view::npos) text.remove_prefix(bracket + 2);
    error_ = absl::CHexEscape(text.substr(0, kMessageBytes));
    return false;
  }

 private:
  bool Count() {
    if (++num_values_ <= limits_.max_values) return true;
    error_ = absl::StrCat("holds more than ", limits_.max_values, " values");
    return false;
  }
  bool Open() {
    if (keys_.size() >= static_cast<size_t>(limits_.max_depth)) {
      error_ =
          absl::StrCat("nested deeper than ", limits_.max_depth, " levels");
      return false;
    }
    keys_.emplace_back();
    return Count();
  }
  bool Close() {
    keys_.pop_back();
    return true;
  }

  const JsonLimits& limits_;
  int64_t num_values_ = 0;
  std::vector<absl::flat_hash_set<std::string>> keys_;  // of each open level
  std::string error_;
};

}  // namespace

absl::StatusOr<Json> ParseJson(absl::string_view text, absl::string_view source,
                               const JsonLimits& limits) {
  if (text.size() > static_cast<uint64_t>(limits.max_bytes)) {
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": ", text.size(), " bytes of JSON, at most ",
                     limits.max_bytes, " are read"));
  }
  // The parser takes it for the end and would not look at what follows.
  const size_t nul = text.find('\0');
  if (nul != absl::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": parse error at byte ", nul, ": a NUL"));
  }
  Validator validator(limits);
  if (!Json::sax_parse(text.begin(), text.end(), &validator)) {
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": ", validator.error()));
  }
  return Json::parse(text.begin(), text.end(), /*cb=*/nullptr,
                     /*allow_exceptions=*/false);
}

absl::StatusOr<Json> ReadJsonFile(const std::string& path,
                                  const JsonLimits& limits) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, limits.max_bytes));
  const std::string foreign = ForeignFormat(text);
  if (!foreign.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", foreign));
  }
  return ParseJson(text, path, limits);
}

std::string Excerpt(absl::string_view text) {
  return absl::StrCat("'", absl::CHexEscape(text.substr(0, kExcerptBytes)),
                      text.size() > kExcerptBytes ? "…'" : "'");
}

JsonView::JsonView(const Json& value, absl::string_view where)
    : value_(&value), where_(where) {}

absl::Status JsonView::Refuse(absl::string_view why) const {
  return absl::InvalidArgumentError(absl::StrCat(where_, ": ", why));
}

absl::Status JsonView::Expected(absl::string_view what) const {
  if (value_->is_structured()) {
    return Refuse(
        absl::StrCat("is an ", value_->type_name(), ", expected ", what));
  }
  if (value_->is_string()) {
    return Refuse(absl::StrCat("is ",
                               Excerpt(*value_->get_ptr<const std::string*>()),
                               ", expected ", what));
  }
  return Refuse(absl::StrCat("is ", value_->dump(), ", expected ", what));
}

std::string JsonView::WhereOf(absl::string_view key) const {
  return absl::StrCat(where_, is_document_ ? ": " : ".",
                      absl::CHexEscape(key.substr(0, kExcerptBytes)));
}

absl::StatusOr<JsonView> JsonView::MemberOrNull(absl::string_view key) const {
  static const Json* const kNull = new Json();
  RETURN_IF_ERROR(CheckObject());
  const auto member = value_->find(std::string(key));
  JsonView view(member == value_->end() ? *kNull : *member, WhereOf(key));
  view.is_document_ = false;
  return view;
}

absl::StatusOr<JsonView> JsonView::Member(absl::string_view key) const {
  ASSIGN_OR_RETURN(JsonView view, MemberOrNull(key));
  if (!value_->contains(std::string(key))) {
    return view.Refuse("is missing");
  }
  return view;
}

absl::Status JsonView::CheckObject() const {
  return value_->is_object() ? absl::OkStatus() : Expected("an object");
}

absl::Status JsonView::CheckArray() const {
  return value_->is_array() ? absl::OkStatus() : Expected("an array");
}

JsonView JsonView::Element(size_t index) const {
  JsonView view((*value_)[index], absl::StrCat(where_, "[", index, "]"));
  view.is_document_ = false;
  return view;
}

absl::StatusOr<bool> JsonView::Bool() const {
  if (!value_->is_boolean()) return Expected("true or false");
  return value_->get<bool>();
}

absl::StatusOr<uint64_t> JsonView::Uint(uint64_t max) const {
  if (!value_->is_number_unsigned() || value_->get<uint64_t>() > max) {
    return Expected(absl::StrCat("an integer in [0, ", max, "]"));
  }
  return value_->get<uint64_t>();
}

absl::StatusOr<double> JsonView::Number() const {
  if (!value_->is_number()) return Expected("a number");
  return value_->get<double>();
}

absl::StatusOr<std::string> JsonView::String() const {
  if (!value_->is_string()) return Expected("a string");
  return value_->get<std::string>();
}

absl::StatusOr<bool> JsonView::BoolOr(bool fallback) const {
  if (IsNull()) return fallback;
  return Bool();
}

absl::StatusOr<uint64_t> JsonView::UintOr(uint64_t fallback,
                                          uint64_t max) const {
  if (IsNull()) return fallback;
  return Uint(max);
}

absl::StatusOr<double> JsonView::NumberOr(double fallback) const {
  if (IsNull()) return fallback;
  return Number();
}

absl::StatusOr<std::string> JsonView::StringOr(
    absl::string_view fallback) const {
  if (IsNull()) return std::string(fallback);
  return String();
}

}  // namespace quant_curve
