#include "lib/provenance/stage_run.h"

#include <utility>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "lib/artifact/file.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_macros.h"
#include "lib/provenance/parameters.h"
#include "lib/provenance/stages.h"

namespace quant_curve {
namespace {

absl::StatusOr<ResourceDescriptor> DescribeFile(const std::string& path,
                                                absl::string_view kind) {
  ASSIGN_OR_RETURN(const std::string contents, ReadFile(path));
  return Describe(path, Sha256(contents), kind);
}

// The manifest of `path`, after a check that it is about the bytes with this
// digest.
absl::StatusOr<ResourceDescriptor> ManifestBeside(const std::string& path,
                                                  absl::string_view sha256,
                                                  std::string& kind) {
  const std::string manifest_path = ManifestPath(path);
  const auto json = ReadFile(manifest_path, kMaxManifestBytes);
  if (absl::IsNotFound(json.status())) {
    return absl::NotFoundError(absl::StrCat(
        path, ": no manifest ", BaseName(manifest_path),
        " in its folder; copy it there, or run the stage that wrote it"));
  }
  RETURN_IF_ERROR(json.status());
  ASSIGN_OR_RETURN(const Statement statement,
                   ManifestFromJson(*json, manifest_path));
  for (const ResourceDescriptor& subject : statement.subject()) {
    if (Sha256Of(subject) != HexDigest(sha256)) continue;
    kind = subject.annotations().kind();
    return Describe(manifest_path, Sha256(*json), kManifestKind);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      manifest_path, ": is about other bytes: subject[0].digest is ",
      Sha256Of(statement.subject(0)), ", ", path, " has ", HexDigest(sha256),
      "; they come from different runs"));
}

}  // namespace

absl::StatusOr<StageRun> StageRun::Begin(absl::string_view stage) {
  StageRun run;
  run.stage_ = std::string(stage);
  ASSIGN_OR_RETURN(run.tool_, DescribeFile("/proc/self/exe", kToolKind));
  run.tool_.set_name(run.stage_);
  const StageSpec* spec = FindStage(stage);
  if (spec == nullptr) return run;
  for (const FlagSpec& known : spec->flags) {
    const absl::CommandLineFlag* flag = absl::FindCommandLineFlag(known.name);
    if (flag == nullptr) continue;
    const std::string value = flag->CurrentValue();
    const bool recorded = IsRecordedAsText(known.kind) ||
                          (!known.no_file.empty() && value == known.no_file);
    if (!recorded || (value.empty() && flag->DefaultValue().empty())) continue;
    run.flags_[std::string(known.name)] = value;
  }
  return run;
}

absl::Status StageRun::AddInput(absl::string_view flag, const std::string& path,
                                absl::string_view sha256) {
  std::string kind;
  ASSIGN_OR_RETURN(ResourceDescriptor manifest,
                   ManifestBeside(path, sha256, kind));
  ResourceDescriptor input = Describe(path, sha256, kind);
  input.mutable_annotations()->set_flag(std::string(flag));
  inputs_.push_back(std::move(input));
  inputs_.push_back(std::move(manifest));
  return absl::OkStatus();
}

absl::StatusOr<std::string> StageRun::ReadOutsideFile(absl::string_view flag,
                                                      const std::string& path) {
  ASSIGN_OR_RETURN(std::string contents, ReadFile(path));
  AddFile(flag, path, Sha256(contents));
  return contents;
}

void StageRun::AddFile(absl::string_view flag, const std::string& path,
                       absl::string_view sha256) {
  ResourceDescriptor file = Describe(path, sha256, kFileKind);
  file.mutable_annotations()->set_flag(std::string(flag));
  inputs_.push_back(std::move(file));
}

absl::Status StageRun::AddProgram(absl::string_view flag,
                                  const std::string& path) {
  ASSIGN_OR_RETURN(ResourceDescriptor program,
                   DescribeFile(path, kProgramKind));
  program.mutable_annotations()->set_flag(std::string(flag));
  programs_.push_back(std::move(program));
  return absl::OkStatus();
}

void StageRun::SetFlag(absl::string_view flag, absl::string_view value) {
  flags_[std::string(flag)] = std::string(value);
}

absl::Status StageRun::WriteArtifactOfKind(
    absl::string_view flag, const std::string& path, ArtifactKind kind,
    const google::protobuf::Message& message) {
  ASSIGN_OR_RETURN(std::string bytes, ArtifactBytes(kind, message, path));
  ResourceDescriptor subject =
      Describe(path, Sha256(bytes), ArtifactKind_Name(kind));
  subject.mutable_annotations()->set_schema_version(SchemaVersion(kind));
  subject.mutable_annotations()->set_size_bytes(bytes.size());
  ASSIGN_OR_RETURN(std::string manifest,
                   ManifestOf(flag, std::move(subject), message.GetDescriptor(),
                              ArtifactParameters(kind, message)));
  return Write(path, std::move(bytes), std::move(manifest));
}

absl::Status StageRun::WriteFile(absl::string_view flag,
                                 const std::string& path, std::string contents,
                                 const FileKind& kind) {
  ResourceDescriptor subject = Describe(path, Sha256(contents), kind.kind);
  subject.mutable_annotations()->set_size_bytes(contents.size());
  for (const PlottedPoint& point : kind.points) {
    *subject.mutable_annotations()->add_points() = point;
  }
  subject.mutable_annotations()->set_script_sha256(kind.script_sha256);
  ASSIGN_OR_RETURN(std::string manifest,
                   ManifestOf(flag, std::move(subject), kind.schema, {}));
  return Write(path, std::move(contents), std::move(manifest));
}

absl::Status StageRun::Write(const std::string& path, std::string contents,
                             std::string manifest) {
  if (!holds_) {
    return WriteFilesAtomically(
        {{path, contents}, {ManifestPath(path), manifest}});
  }
  held_.push_back({path, std::move(contents)});
  held_.push_back({ManifestPath(path), std::move(manifest)});
  return absl::OkStatus();
}

absl::Status StageRun::WriteTogether(absl::FunctionRef<absl::Status()> write) {
  holds_ = true;
  const absl::Status status = write();
  holds_ = false;
  const std::vector<HeldFile> held = std::move(held_);
  held_.clear();
  RETURN_IF_ERROR(status);
  std::vector<FileContents> files;
  for (const HeldFile& file : held) files.push_back({file.path, file.contents});
  return WriteFilesAtomically(files);
}

// A statement with everything that was noted so far but the flags.
Statement StageRun::Begun() const {
  Statement statement = NewStatement(stage_);
  BuildDefinition& build =
      *statement.mutable_predicate()->mutable_build_definition();
  for (const ResourceDescriptor& input : inputs_) {
    *build.add_resolved_dependencies() = input;
  }
  *build.add_resolved_dependencies() = tool_;
  for (const ResourceDescriptor& program : programs_) {
    *build.add_resolved_dependencies() = program;
  }
  return statement;
}

absl::StatusOr<std::string> StageRun::ManifestOf(
    absl::string_view flag, ResourceDescriptor subject,
    const google::protobuf::Descriptor* schema,
    std::map<std::string, std::string> parameters) const {
  subject.mutable_annotations()->set_flag(std::string(flag));
  Statement statement = Begun();
  *statement.add_subject() = std::move(subject);
  BuildDefinition& build =
      *statement.mutable_predicate()->mutable_build_definition();
  ExternalParameters& external = *build.mutable_external_parameters();
  external.mutable_flags()->insert(flags_.begin(), flags_.end());
  external.mutable_artifact()->insert(parameters.begin(), parameters.end());
  if (schema != nullptr) {
    *build.add_resolved_dependencies() =
        Describe(schema->full_name(), SchemaSha256(*schema), kSchemaKind);
  }
  return ManifestToJson(statement);
}

absl::Status StageRun::AddPublished(const std::string& path,
                                    absl::string_view contents) {
  const std::string sha256 = Sha256(contents);
  std::string kind;
  ASSIGN_OR_RETURN(ResourceDescriptor manifest,
                   ManifestBeside(path, sha256, kind));
  ResourceDescriptor subject = Describe(path, sha256, kind);
  subject.mutable_annotations()->set_size_bytes(contents.size());
  for (const ResourceDescriptor& other : published_) {
    if (other.name() == subject.name()) {
      return absl::InvalidArgumentError(absl::StrCat(
          path, ": a file called ", subject.name(), " is published already"));
    }
  }
  published_.push_back(std::move(subject));
  inputs_.push_back(std::move(manifest));
  return absl::OkStatus();
}

Statement StageRun::PublicationManifest() const {
  Statement statement = Begun();
  for (const ResourceDescriptor& subject : published_) {
    *statement.add_subject() = subject;
  }
  return statement;
}

}  // namespace quant_curve
