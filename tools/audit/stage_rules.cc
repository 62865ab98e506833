#include "tools/audit/stage_rules.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/provenance/manifest.h"
#include "lib/provenance/stages.h"

namespace quant_curve {
namespace {

// The stages that can lie behind a published file. The others write nothing
// that is published, or publish.
constexpr absl::string_view kPublishedStages[] = {
    "corpus",   "text",  "train",     "import", "calibrate", "quantize",
    "evaluate", "merge", "benchmark", "plot",   "report"};
// Leaves room for ".manifest.json" and ".from" in the 255 of a file system.
constexpr size_t kMaxNameBytes = 200;
constexpr absl::string_view kFlags =
    "predicate.buildDefinition.externalParameters.flags.";

absl::Status Refuse(absl::string_view field, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", why));
}

bool HasControlCharacter(absl::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_iscntrl(c); });
}

// Lists of files are joined with commas, and names follow a folder and a slash.
absl::Status CheckName(const ResourceDescriptor& resource,
                       const std::string& field) {
  const std::string& name = resource.name();
  const bool plain =
      !name.empty() && name.size() <= kMaxNameBytes && name[0] != '-' &&
      name[0] != '.' && !absl::StrContains(name, ',') &&
      !absl::StrContains(name, '\\') && !HasControlCharacter(name);
  if (plain) return absl::OkStatus();
  return Refuse(field,
                absl::StrCat("name '", name, "': must be 1 to ", kMaxNameBytes,
                             " bytes without comma, backslash and control "
                             "characters, and not begin with a dash or a dot"));
}

absl::Status CheckFileFlag(const StageSpec& stage,
                           const ResourceDescriptor& file, FlagKind kind,
                           const std::string& field) {
  const std::string& name = file.annotations().flag();
  const FlagSpec* flag = stage.FindFlag(name);
  if (flag == nullptr || flag->kind != kind) {
    return Refuse(field,
                  absl::StrCat("annotations.flag is ", name, ": the stage ",
                               stage.name, " has no such flag for this"));
  }
  const bool has_kinds = kind == FlagKind::kInput || kind == FlagKind::kOutput;
  if (!has_kinds || AllowsFileKind(*flag, file.annotations().kind())) {
    return absl::OkStatus();
  }
  return Refuse(field,
                absl::StrCat("annotations.kind is ", file.annotations().kind(),
                             ": the stage ", stage.name, " does not ",
                             kind == FlagKind::kInput ? "read" : "write",
                             " one with --", name));
}

absl::Status CheckInput(const StageSpec& stage, const FileAndManifest& input) {
  const bool outside = input.manifest == nullptr;
  return CheckFileFlag(stage, *input.file,
                       outside ? FlagKind::kFile : FlagKind::kInput,
                       input.file_field);
}

// A value that was recorded as text: a parameter, or "none" instead of a file.
absl::Status CheckParameter(const StageSpec& stage, const std::string& name,
                            const std::string& value) {
  const std::string field = absl::StrCat(kFlags, name);
  const FlagSpec* flag = stage.FindFlag(name);
  if (flag == nullptr) {
    return Refuse(field,
                  absl::StrCat("the stage ", stage.name, " has no such flag"));
  }
  if (flag->kind == FlagKind::kFile && !flag->no_file.empty() &&
      value == flag->no_file) {
    return absl::OkStatus();
  }
  if (!IsRecordedAsText(flag->kind)) {
    return Refuse(field, absl::StrCat("'", value,
                                      "' does not belong here: files are "
                                      "subjects or dependencies"));
  }
  if (flag->kind == FlagKind::kScheme && absl::EndsWith(value, ".textproto")) {
    return Refuse(field, absl::StrCat("'", value,
                                      "' names a file; a manifest holds the "
                                      "scheme's name or its text"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckNamesAndValues(const Statement& statement) {
  for (int i = 0; i < statement.subject_size(); ++i) {
    RETURN_IF_ERROR(
        CheckName(statement.subject(i), absl::StrCat("subject[", i, "]")));
  }
  const BuildDefinition& build = statement.predicate().build_definition();
  for (int i = 0; i < build.resolved_dependencies_size(); ++i) {
    RETURN_IF_ERROR(
        CheckName(build.resolved_dependencies(i), DependencyField(i)));
  }
  for (const auto& [name, value] : build.external_parameters().flags()) {
    if (!HasControlCharacter(value)) continue;
    return Refuse(absl::StrCat(kFlags, name),
                  absl::StrCat("'", value, "' has a control character"));
  }
  return absl::OkStatus();
}

absl::Status CheckStageRules(const Statement& statement,
                             const Dependencies& dependencies) {
  const std::string name = StageOf(statement);
  const StageSpec* stage = FindStage(name);
  if (stage == nullptr || std::count(std::begin(kPublishedStages),
                                     std::end(kPublishedStages), name) == 0) {
    return Refuse("predicate.buildDefinition.buildType",
                  absl::StrCat("no publication has files of a stage ", name));
  }
  RETURN_IF_ERROR(CheckFileFlag(*stage, statement.subject(0), FlagKind::kOutput,
                                "subject[0]"));
  for (const FileAndManifest& input : dependencies.files) {
    RETURN_IF_ERROR(CheckInput(*stage, input));
    const Annotations& annotations = input.file->annotations();
    const std::string& kind = statement.subject(0).annotations().kind();
    if (annotations.flag() == "shards" && annotations.kind() != kind) {
      return Refuse(input.file_field,
                    absl::StrCat("annotations.kind is ", annotations.kind(),
                                 ": a ", kind, " has shards of its kind"));
    }
  }
  for (const ResourceDescriptor* program : dependencies.programs) {
    RETURN_IF_ERROR(CheckFileFlag(*stage, *program, FlagKind::kProgram,
                                  absl::StrCat("program ", program->name())));
  }
  for (const auto& [flag, value] :
       statement.predicate().build_definition().external_parameters().flags()) {
    RETURN_IF_ERROR(CheckParameter(*stage, flag, value));
  }
  return absl::OkStatus();
}

}  // namespace quant_curve
