#include "lib/provenance/stage_run.h"

#include <memory>
#include <utility>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "lib/artifact/file.h"
#include "lib/artifact/frame.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_macros.h"
#include "lib/provenance/parameters.h"
#include "lib/provenance/stages.h"

namespace quant_curve {
namespace {

absl::StatusOr<ResourceDescriptor> DescribeFile(const std::string& path,
                                                absl::string_view kind) {
  ASSIGN_OR_RETURN(const std::string sha256, Sha256OfFile(path));
  return Describe(path, sha256, kind);
}

// A file's manifest, and what that says about the file.
struct ManifestFile {
  ResourceDescriptor manifest;
  std::string kind;         // of the file
  std::string file_sha256;  // hexadecimal
  std::string contents_sha256;
};

// Whether artifacts of this kind are named by their contents (tensor_frame.h),
// so that their manifests may have a digest of them.
bool HasContentsDigest(const std::string& kind_name) {
  ArtifactKind kind;
  return ArtifactKind_Parse(kind_name, &kind) && HasTensors(kind);
}

// The digests by which a subject of a manifest may be named.
std::string DigestsText(const ResourceDescriptor& subject) {
  const std::string& contents = subject.annotations().contents_sha256();
  return contents.empty()
             ? Sha256Of(subject)
             : absl::StrCat(Sha256Of(subject), " (contents ", contents, ")");
}

// The manifest of `path`, after a check that it is about the bytes or contents
// with this digest.
absl::StatusOr<ManifestFile> ManifestBeside(const std::string& path,
                                            absl::string_view sha256) {
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
  const std::string hex = HexDigest(sha256);
  for (const ResourceDescriptor& subject : statement.subject()) {
    const std::string& kind = subject.annotations().kind();
    const std::string& contents = subject.annotations().contents_sha256();
    if (!contents.empty() && !HasContentsDigest(kind)) {
      return absl::InvalidArgumentError(absl::StrCat(
          manifest_path, ": names contents of a ", kind,
          ", which only artifacts with tensors have; use the manifest that the "
          "stage wrote"));
    }
    if (Sha256Of(subject) != hex && contents != hex) continue;
    return ManifestFile{Describe(manifest_path, Sha256(*json), kManifestKind),
                        kind, Sha256Of(subject), contents};
  }
  return absl::InvalidArgumentError(
      absl::StrCat(manifest_path, ": is about other bytes: it names SHA-256 ",
                   DigestsText(statement.subject(0)), ", ", path, " has ", hex,
                   "; use the file and the manifest of the same run"));
}

// Appends to a file on its way to its name, and digests what it appends.
class DigestingSink : public ByteSink {
 public:
  explicit DigestingSink(Replacement& file) : file_(file) {}
  absl::Status Append(absl::string_view bytes) override {
    digest_.Add(bytes);
    size_bytes_ += bytes.size();
    return file_.Append(bytes);
  }
  std::string Finish() { return digest_.Finish(); }
  uint64_t size_bytes() const { return size_bytes_; }

 private:
  Replacement& file_;
  Sha256Stream digest_;
  uint64_t size_bytes_ = 0;
};

}  // namespace

TensorOutput::TensorOutput(Replacement file, ArtifactKind kind)
    : file_(std::move(file)), kind_(kind), writer_(kind, *this) {}

absl::Status TensorOutput::Append(absl::string_view bytes) {
  return file_.Append(bytes);
}

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
                                absl::string_view sha256,
                                const Payload& payload) {
  ASSIGN_OR_RETURN(ManifestFile found, ManifestBeside(path, sha256));
  ResourceDescriptor input = Describe(path, sha256, found.kind);
  (*input.mutable_digest())["sha256"] = found.file_sha256;
  input.mutable_annotations()->set_flag(std::string(flag));
  input.mutable_annotations()->set_contents_sha256(found.contents_sha256);
  inputs_.push_back(std::move(input));
  inputs_.push_back(std::move(found.manifest));
  payloads_.push_back(payload);
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

absl::StatusOr<std::string> StageRun::ManifestOfArtifact(
    absl::string_view flag, const std::string& path, ArtifactKind kind,
    const google::protobuf::Message& message,
    const FileDigests& digests) const {
  ResourceDescriptor subject =
      Describe(path, digests.sha256, ArtifactKind_Name(kind));
  Annotations& annotations = *subject.mutable_annotations();
  annotations.set_schema_version(SchemaVersion(kind));
  annotations.set_size_bytes(digests.size_bytes);
  if (!digests.contents_sha256.empty()) {
    annotations.set_contents_sha256(HexDigest(digests.contents_sha256));
  }
  return ManifestOf(flag, std::move(subject), message.GetDescriptor(),
                    ArtifactParameters(kind, message));
}

absl::Status StageRun::WriteArtifactOfKind(
    absl::string_view flag, const std::string& path, ArtifactKind kind,
    const google::protobuf::Message& message) {
  if (HasTensors(kind)) {
    const std::unique_ptr<google::protobuf::Message> copy(message.New());
    copy->CopyFrom(message);
    return WriteTensorsOfKind(flag, path, kind,
                              [&](TensorFrameWriter&) { return copy.get(); });
  }
  ASSIGN_OR_RETURN(const std::string bytes, ArtifactBytes(kind, message, path));
  ASSIGN_OR_RETURN(Replacement file, Replacement::Write(path, bytes));
  ASSIGN_OR_RETURN(const std::string manifest,
                   ManifestOfArtifact(flag, path, kind, message,
                                      {Sha256(bytes), "", bytes.size()}));
  return Write(std::move(file), manifest);
}

absl::Status StageRun::WriteTensorsOfKind(
    absl::string_view flag, const std::string& path, ArtifactKind kind,
    absl::FunctionRef<
        absl::StatusOr<google::protobuf::Message*>(TensorFrameWriter&)>
        fill) {
  ASSIGN_OR_RETURN(std::unique_ptr<TensorOutput> output,
                   BeginTensors(path, kind));
  ASSIGN_OR_RETURN(google::protobuf::Message* const message,
                   fill(output->writer()));
  return FinishTensors(flag, std::move(output), *message);
}

absl::StatusOr<std::unique_ptr<TensorOutput>> StageRun::BeginTensors(
    const std::string& path, ArtifactKind kind) {
  ASSIGN_OR_RETURN(Replacement file, Replacement::Create(path));
  return std::make_unique<TensorOutput>(std::move(file), kind);
}

absl::Status StageRun::FinishTensors(absl::string_view flag,
                                     std::unique_ptr<TensorOutput> output,
                                     google::protobuf::Message& message) {
  ASSIGN_OR_RETURN(const FileDigests digests, output->writer_.Finish(message));
  RETURN_IF_ERROR(output->file_.Finish());
  ASSIGN_OR_RETURN(const std::string manifest,
                   ManifestOfArtifact(flag, output->path(), output->kind_,
                                      message, digests));
  return Write(std::move(output->file_), manifest);
}

absl::Status StageRun::WriteFile(absl::string_view flag,
                                 const std::string& path,
                                 absl::string_view contents,
                                 const FileKind& kind) {
  return WriteStream(
             flag, path, kind,
             [contents](ByteSink& sink) { return sink.Append(contents); })
      .status();
}

absl::StatusOr<uint64_t> StageRun::WriteStream(
    absl::string_view flag, const std::string& path, const FileKind& kind,
    absl::FunctionRef<absl::Status(ByteSink&)> fill) {
  ASSIGN_OR_RETURN(Replacement file, Replacement::Create(path));
  DigestingSink sink(file);
  RETURN_IF_ERROR(fill(sink));
  RETURN_IF_ERROR(file.Finish());
  ResourceDescriptor subject = Describe(path, sink.Finish(), kind.kind);
  subject.mutable_annotations()->set_size_bytes(sink.size_bytes());
  for (const PlottedPoint& point : kind.points) {
    *subject.mutable_annotations()->add_points() = point;
  }
  subject.mutable_annotations()->set_script_sha256(kind.script_sha256);
  ASSIGN_OR_RETURN(const std::string manifest,
                   ManifestOf(flag, std::move(subject), kind.schema, {}));
  RETURN_IF_ERROR(Write(std::move(file), manifest));
  return sink.size_bytes();
}

absl::Status StageRun::Write(Replacement file, absl::string_view manifest) {
  ASSIGN_OR_RETURN(Replacement manifest_file,
                   Replacement::Write(ManifestPath(file.path()), manifest));
  held_.push_back(std::move(file));
  held_.push_back(std::move(manifest_file));
  if (holds_) return absl::OkStatus();
  return Replacement::PutAllInPlace(std::exchange(held_, {}));
}

absl::Status StageRun::WriteTogether(absl::FunctionRef<absl::Status()> write) {
  holds_ = true;
  const absl::Status status = write();
  holds_ = false;
  std::vector<Replacement> held = std::exchange(held_, {});
  RETURN_IF_ERROR(status);
  return Replacement::PutAllInPlace(std::move(held));
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
  // What was computed from a file that changed meanwhile is not of the bytes
  // that the manifest names.
  for (const Payload& payload : payloads_) {
    RETURN_IF_ERROR(payload.CheckUnchanged());
  }
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
  ASSIGN_OR_RETURN(ManifestFile found, ManifestBeside(path, sha256));
  ResourceDescriptor subject = Describe(path, sha256, found.kind);
  subject.mutable_annotations()->set_size_bytes(contents.size());
  subject.mutable_annotations()->set_contents_sha256(found.contents_sha256);
  for (const ResourceDescriptor& other : published_) {
    if (other.name() == subject.name()) {
      return absl::InvalidArgumentError(absl::StrCat(
          path, ": a file called ", subject.name(), " is published already"));
    }
  }
  published_.push_back(std::move(subject));
  inputs_.push_back(std::move(found.manifest));
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
