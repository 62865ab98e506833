#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/json_util.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/results_json.h"
#include "tools/audit/checks.h"

namespace quant_curve {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;

// What is compared of one file.
struct Comparison {
  const Stage& stage;
  Findings& findings;
};

// "schemes[fp32]" where entries have names, else "strata[3]".
std::string EntryName(const Message& entry, const std::string& list, int i) {
  const FieldDescriptor* name = entry.GetDescriptor()->FindFieldByName("name");
  if (name == nullptr) return absl::StrCat(list, "[", i, "]");
  return absl::StrCat(list, "[", entry.GetReflection()->GetString(entry, name),
                      "]");
}

// A scalar with all of its digits; `i` is -1 for a singular field.
std::string ScalarText(const Message& message, const FieldDescriptor& field,
                       int i) {
  std::string text;
  TextFormat::Printer().PrintFieldValueToString(message, &field, i, &text);
  return text;
}

void CompareMessages(const Message& is, const Message& should,
                     const std::string& path, const Comparison& comparison);

void CompareScalar(const Message& is, const Message& should,
                   const FieldDescriptor& field, int i, const std::string& path,
                   const Comparison& comparison) {
  comparison.findings.Count(Check::kNumbers);
  const std::string is_text = ScalarText(is, field, i);
  const std::string should_text = ScalarText(should, field, i);
  if (is_text == should_text) return;
  comparison.findings.Add(
      Check::kNumbers, comparison.stage.path, path,
      absl::StrCat("is ", is_text, ", the artifacts give ", should_text));
}

void CompareList(const Message& is, const Message& should,
                 const FieldDescriptor& field, const std::string& path,
                 const Comparison& comparison) {
  const auto& reflection = *is.GetReflection();
  const int size = reflection.FieldSize(is, &field);
  const int expected = reflection.FieldSize(should, &field);
  if (size != expected) {
    comparison.findings.Add(
        Check::kNumbers, comparison.stage.path, path,
        absl::StrCat("has ", size, " entries, the artifacts give ", expected));
    return;
  }
  for (int i = 0; i < size; ++i) {
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      CompareScalar(is, should, field, i, absl::StrCat(path, "[", i, "]"),
                    comparison);
      continue;
    }
    const Message& entry = reflection.GetRepeatedMessage(should, &field, i);
    CompareMessages(reflection.GetRepeatedMessage(is, &field, i), entry,
                    EntryName(entry, path, i), comparison);
  }
}

void CompareMessages(const Message& is, const Message& should,
                     const std::string& path, const Comparison& comparison) {
  const auto& descriptor = *is.GetDescriptor();
  const auto& reflection = *is.GetReflection();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    const std::string inner =
        absl::StrCat(path, path.empty() ? "" : ".", field.name());
    if (field.is_repeated()) {
      CompareList(is, should, field, inner, comparison);
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      CompareMessages(reflection.GetMessage(is, &field),
                      reflection.GetMessage(should, &field), inner, comparison);
    } else {
      CompareScalar(is, should, field, -1, inner, comparison);
    }
  }
}

// `is` is an empty message of the type of `should`.
void CompareJson(const Message& should, const std::string& should_json,
                 Message& is, const Comparison& comparison) {
  const std::string& json = comparison.stage.file->bytes();
  if (json == should_json) return comparison.findings.Count(Check::kNumbers);
  const auto status = google::protobuf::util::JsonStringToMessage(json, &is);
  const auto refuse = [&](absl::string_view why) {
    comparison.findings.Add(Check::kNumbers, comparison.stage.path, "", why);
  };
  if (!status.ok()) {
    return refuse(absl::StrCat("no ", should.GetTypeName(),
                               " in JSON: ", std::string(status.message())));
  }
  const int failed = comparison.findings.NumFailed(Check::kNumbers);
  CompareMessages(is, should, "", comparison);
  if (comparison.findings.NumFailed(Check::kNumbers) > failed) return;
  refuse(
      "the numbers are right, but they are not written as tools/report "
      "writes them");
}

absl::Status CheckResults(const Comparison& comparison,
                          Recomputed& recomputed) {
  ASSIGN_OR_RETURN(const Memo::ResultsAndJson* should,
                   recomputed.ResultsAndJsonFor(comparison.stage));
  Results is;
  CompareJson(should->results, should->json, is, comparison);
  return absl::OkStatus();
}

absl::Status CheckSpeed(const Comparison& comparison, Recomputed& recomputed) {
  ASSIGN_OR_RETURN(const Speed should, recomputed.SpeedFor(comparison.stage));
  ASSIGN_OR_RETURN(const std::string json, SpeedToJson(should));
  Speed is;
  CompareJson(should, json, is, comparison);
  return absl::OkStatus();
}

}  // namespace

void CheckJsonNumbers(const Chain& chain, Recomputed& recomputed,
                      Findings& findings) {
  for (const Stage& stage : chain.stages) {
    if (stage.kind() != "RESULTS" && stage.kind() != "SPEED") continue;
    if (stage.file == nullptr) {
      findings.NotCompared(Check::kNumbers, stage.path);
      continue;
    }
    const Comparison comparison = {stage, findings};
    absl::Status status;
    if (stage.kind() == "RESULTS")
      status = CheckResults(comparison, recomputed);
    if (stage.kind() == "SPEED") status = CheckSpeed(comparison, recomputed);
    if (status.ok()) continue;
    findings.Add(absl::IsNotFound(status) ? Check::kEvidence : Check::kNumbers,
                 stage.path, "", status.message());
  }
}

}  // namespace quant_curve
