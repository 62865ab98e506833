#include "tools/audit/dependencies.h"

#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/frame.h"
#include "lib/artifact/status_macros.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/stage_rules.h"

namespace quant_curve {
namespace {

constexpr absl::string_view kPublicationStage = "publish";

absl::Status Refuse(absl::string_view field, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", why));
}

// Which annotations a descriptor may have; it always has the kind.
struct Annotated {
  bool size;
  bool flag;
  // Schema version, points and script, where the kind has them.
  bool contents;
};
constexpr Annotated kNothing = {false, false, false};
constexpr Annotated kFlag = {false, true, false};
constexpr Annotated kSize = {true, false, false};
constexpr Annotated kEverything = {true, true, true};

bool KindHasTensors(absl::string_view name) {
  ArtifactKind kind;
  return ArtifactKind_Parse(std::string(name), &kind) && HasTensors(kind);
}

absl::Status CheckAnnotations(const ResourceDescriptor& resource,
                              const std::string& field,
                              const Annotated& allowed) {
  const Annotations& annotations = resource.annotations();
  if (!allowed.size && annotations.size_bytes() != 0) {
    return Refuse(field, "annotations.sizeBytes does not belong here");
  }
  if (allowed.flag != !annotations.flag().empty()) {
    return Refuse(field, allowed.flag
                             ? "annotations.flag is missing"
                             : "annotations.flag does not belong here");
  }
  if (!allowed.contents && annotations.schema_version() != 0) {
    return Refuse(field, "annotations.schemaVersion does not belong here");
  }
  if (!annotations.contents_sha256().empty() &&
      !(KindHasTensors(annotations.kind()) && (allowed.size || allowed.flag))) {
    return Refuse(field, "annotations.contentsSha256 does not belong here");
  }
  if (!allowed.contents && !annotations.points().empty()) {
    return Refuse(field, "annotations.points do not belong here");
  }
  if (!allowed.contents && !annotations.script_sha256().empty()) {
    return Refuse(field, "annotations.scriptSha256 does not belong here");
  }
  return absl::OkStatus();
}

absl::Status CheckKind(const ResourceDescriptor& resource,
                       const std::string& field, absl::string_view kind) {
  if (resource.annotations().kind() == kind) return absl::OkStatus();
  return Refuse(
      field, absl::StrCat("annotations.kind is ", resource.annotations().kind(),
                          ", expected ", kind));
}

absl::Status CheckManifestOf(const ResourceDescriptor& file,
                             const ResourceDescriptor& manifest,
                             const std::string& field) {
  RETURN_IF_ERROR(CheckKind(manifest, field, kManifestKind));
  RETURN_IF_ERROR(CheckAnnotations(manifest, field, kNothing));
  if (manifest.name() == ManifestPath(file.name())) return absl::OkStatus();
  return Refuse(field,
                absl::StrCat("name is ", manifest.name(),
                             ", expected the manifest of ", file.name()));
}

absl::Status CheckTool(const Statement& statement,
                       const ResourceDescriptor& tool,
                       const std::string& field) {
  RETURN_IF_ERROR(CheckKind(tool, field, kToolKind));
  RETURN_IF_ERROR(CheckAnnotations(tool, field, kNothing));
  if (tool.name() == StageOf(statement)) return absl::OkStatus();
  return Refuse(field, absl::StrCat("name is ", tool.name(), ", the stage is ",
                                    StageOf(statement)));
}

bool IsInput(const ResourceDescriptor& resource) {
  const std::string& kind = resource.annotations().kind();
  return kind != kManifestKind && kind != kToolKind && kind != kProgramKind &&
         kind != kSchemaKind;
}

// The entries of resolvedDependencies, taken one after another.
class Reader {
 public:
  explicit Reader(const Statement& statement)
      : entries_(
            statement.predicate().build_definition().resolved_dependencies()) {}

  // Null at the end.
  const ResourceDescriptor* Peek() const {
    return next_ < entries_.size() ? &entries_[next_] : nullptr;
  }
  bool IsNext(absl::string_view kind) const {
    return Peek() != nullptr && Peek()->annotations().kind() == kind;
  }
  std::string Field() const { return DependencyField(next_); }
  void Advance() { ++next_; }

 private:
  const google::protobuf::RepeatedPtrField<ResourceDescriptor>& entries_;
  int next_ = 0;
};

absl::Status ReadTool(const Statement& statement, Reader& reader,
                      Dependencies& dependencies) {
  if (reader.Peek() == nullptr) {
    return Refuse(reader.Field(), "the tool is missing");
  }
  RETURN_IF_ERROR(CheckTool(statement, *reader.Peek(), reader.Field()));
  dependencies.tool = reader.Peek();
  reader.Advance();
  return absl::OkStatus();
}

// An input, and its manifest unless it comes from outside.
absl::StatusOr<FileAndManifest> ReadInput(Reader& reader) {
  FileAndManifest input = {reader.Peek(), nullptr, reader.Field(), ""};
  RETURN_IF_ERROR(CheckAnnotations(*input.file, input.file_field, kFlag));
  reader.Advance();
  if (input.file->annotations().kind() == kFileKind) return input;
  input.manifest = reader.Peek();
  input.manifest_field = reader.Field();
  if (input.manifest == nullptr) {
    return Refuse(
        input.manifest_field,
        absl::StrCat("the manifest of ", input.file->name(), " is missing"));
  }
  RETURN_IF_ERROR(
      CheckManifestOf(*input.file, *input.manifest, input.manifest_field));
  reader.Advance();
  return input;
}

absl::Status ReadInputs(Reader& reader, Dependencies& dependencies) {
  while (reader.Peek() != nullptr && IsInput(*reader.Peek())) {
    ASSIGN_OR_RETURN(dependencies.files.emplace_back(), ReadInput(reader));
  }
  return absl::OkStatus();
}

absl::Status CheckEnd(const Reader& reader) {
  if (reader.Peek() == nullptr) return absl::OkStatus();
  return Refuse(reader.Field(),
                absl::StrCat("a ", reader.Peek()->annotations().kind(),
                             " does not belong here"));
}

}  // namespace

std::string DependencyField(int index) {
  return absl::StrCat("predicate.buildDefinition.resolvedDependencies[", index,
                      "]");
}

absl::StatusOr<Dependencies> DependenciesOfStage(const Statement& statement) {
  RETURN_IF_ERROR(CheckNamesAndValues(statement));
  if (StageOf(statement) == kPublicationStage) {
    return Refuse("predicate.buildDefinition.buildType",
                  "a publication's manifest is manifest.json");
  }
  if (statement.subject_size() != 1) {
    return Refuse(
        "subject",
        absl::StrCat(statement.subject_size(),
                     " entries, the manifest of a stage has exactly one"));
  }
  RETURN_IF_ERROR(
      CheckAnnotations(statement.subject(0), "subject[0]", kEverything));
  Dependencies dependencies = {};
  Reader reader(statement);
  RETURN_IF_ERROR(ReadInputs(reader, dependencies));
  RETURN_IF_ERROR(ReadTool(statement, reader, dependencies));
  while (reader.IsNext(kProgramKind)) {
    RETURN_IF_ERROR(CheckAnnotations(*reader.Peek(), reader.Field(), kFlag));
    dependencies.programs.push_back(reader.Peek());
    reader.Advance();
  }
  if (reader.IsNext(kSchemaKind)) {
    RETURN_IF_ERROR(CheckAnnotations(*reader.Peek(), reader.Field(), kNothing));
    dependencies.schema = reader.Peek();
    reader.Advance();
  }
  RETURN_IF_ERROR(CheckEnd(reader));
  RETURN_IF_ERROR(CheckStageRules(statement, dependencies));
  return dependencies;
}

absl::StatusOr<Dependencies> DependenciesOfPublication(
    const Statement& statement) {
  RETURN_IF_ERROR(CheckNamesAndValues(statement));
  if (StageOf(statement) != kPublicationStage) {
    return Refuse("predicate.buildDefinition.buildType",
                  absl::StrCat("the stage is ", StageOf(statement),
                               ", must be ", kPublicationStage));
  }
  if (statement.predicate().build_definition().has_external_parameters()) {
    return Refuse("predicate.buildDefinition.externalParameters",
                  "a publication has none");
  }
  Dependencies dependencies = {};
  std::set<std::string> names;
  Reader reader(statement);
  for (int i = 0; i < statement.subject_size(); ++i) {
    const ResourceDescriptor& file = statement.subject(i);
    const std::string field = absl::StrCat("subject[", i, "]");
    RETURN_IF_ERROR(CheckAnnotations(file, field, kSize));
    if (!names.insert(file.name()).second) {
      return Refuse(field, absl::StrCat(file.name(), " occurs twice"));
    }
    if (reader.Peek() == nullptr) {
      return Refuse(reader.Field(), absl::StrCat("the manifest of ",
                                                 file.name(), " is missing"));
    }
    RETURN_IF_ERROR(CheckManifestOf(file, *reader.Peek(), reader.Field()));
    dependencies.files.push_back({&file, reader.Peek(), field, reader.Field()});
    reader.Advance();
  }
  RETURN_IF_ERROR(ReadTool(statement, reader, dependencies));
  RETURN_IF_ERROR(CheckEnd(reader));
  return dependencies;
}

}  // namespace quant_curve
