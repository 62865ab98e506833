#include "lib/measurement/results_json.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"

namespace quant_curve {

namespace {

absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status =
      google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) {
    return absl::InternalError(
        absl::StrCat("cannot print as JSON: ", status.ToString()));
  }
  return json;
}

}  // namespace

absl::StatusOr<std::string> ResultsToJson(const Results& results) {
  return ToJson(results);
}

absl::StatusOr<std::string> SpeedToJson(const Speed& speed) {
  return ToJson(speed);
}

absl::StatusOr<Results> ResultsFromJson(absl::string_view json) {
  Results results;
  const auto status = google::protobuf::util::JsonStringToMessage(
      {json.data(), json.size()}, &results);
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a results.json: ", status.ToString()));
  }
  return results;
}

}  // namespace quant_curve
