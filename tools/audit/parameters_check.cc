#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "lib/artifact/sha256.h"
#include "lib/provenance/manifest.h"
#include "lib/provenance/parameters.h"
#include "tools/audit/checks.h"

namespace quant_curve {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Parameters = std::map<std::string, std::string>;

constexpr absl::string_view kField =
    "predicate.buildDefinition.externalParameters.artifact";

// Where an artifact keeps the digest of what its tool read, and the flag that
// named it.
struct InnerDigest {
  const char* field;
  const char* flag;
};
constexpr InnerDigest kInnerDigests[] = {{"checkpoint_sha256", "checkpoint"},
                                         {"corpus_sha256", "corpus"},
                                         {"calibration_sha256", "hessians"},
                                         {"quantized_model_sha256", "model"},
                                         {"reference_sha256", "reference"}};

void CompareMaps(const Stage& stage, const Parameters& own,
                 Findings& findings) {
  const auto& fields = stage.build().external_parameters().artifact();
  const Parameters stated(fields.begin(), fields.end());
  const auto refuse = [&](const std::string& name, absl::string_view why) {
    findings.Add(Check::kParameters, stage.manifest->path(),
                 absl::StrCat(kField, ".", name), why);
  };
  for (const auto& [name, value] : own) {
    const auto found = stated.find(name);
    if (found == stated.end()) {
      refuse(name, absl::StrCat("missing, the artifact says ", value));
    } else if (found->second != value) {
      refuse(name,
             absl::StrCat("is ", found->second, ", the artifact says ", value));
    }
  }
  for (const auto& [name, value] : stated) {
    if (own.count(name) > 0) continue;
    refuse(name, absl::StrCat("is ", value, ", the artifact says nothing"));
  }
}

// The stage's inputs with the flag; where it merged shards, theirs.
std::vector<const ResourceDescriptor*> InputsOfShards(const Chain& chain,
                                                      const Stage& stage,
                                                      const std::string& flag) {
  std::vector<const ResourceDescriptor*> inputs = InputsOf(stage, flag);
  const std::vector<FileAndManifest>& files =
      stage.manifest->dependencies().files;
  for (size_t i = 0; i < files.size(); ++i) {
    const bool is_shard = files[i].file->annotations().flag() == "shards";
    if (!is_shard || stage.inputs[i] < 0) continue;
    for (const ResourceDescriptor* input :
         InputsOf(chain.stages[stage.inputs[i]], flag)) {
      inputs.push_back(input);
    }
  }
  return inputs;
}

void CompareDigest(const Chain& chain, const Stage& stage,
                   const std::string& inside, const InnerDigest& digest,
                   Findings& findings) {
  findings.Count(Check::kParameters);
  // A model keeps the corpus that its checkpoint was trained on. That of its
  // own manifest is the calibration's (CheckRoots).
  const bool is_inherited =
      stage.kind() == ArtifactKind_Name(QUANTIZED_MODEL) &&
      digest.flag == absl::string_view("corpus");
  std::vector<const ResourceDescriptor*> inputs;
  if (!is_inherited) inputs = InputsOfShards(chain, stage, digest.flag);
  const auto refuse = [&](absl::string_view why) {
    findings.Add(Check::kParameters, stage.path, digest.field,
                 absl::StrCat(stage.manifest->path(), ": ", why));
  };
  for (const ResourceDescriptor* input : inputs) {
    if (Sha256Of(*input) == inside) continue;
    return refuse(absl::StrCat("names ", input->name(), " with ",
                               Sha256Of(*input), ", the artifact was made of ",
                               inside.empty() ? "none" : inside));
  }
  if (inputs.empty() && !inside.empty() &&
      !WasReadBehind(chain, stage, digest.flag, inside)) {
    refuse(absl::StrCat("neither it nor a stage behind it read the ",
                        digest.flag, " that the artifact was made of, ",
                        inside));
  }
}

void CheckInnerDigests(const Chain& chain, const Stage& stage,
                       const Message& message, Findings& findings) {
  const auto& reflection = *message.GetReflection();
  for (const InnerDigest& digest : kInnerDigests) {
    const FieldDescriptor* field =
        message.GetDescriptor()->FindFieldByName(digest.field);
    if (field == nullptr) continue;
    const std::string raw = reflection.GetString(message, field);
    CompareDigest(chain, stage, raw.empty() ? "" : HexDigest(raw), digest,
                  findings);
  }
}

void CheckMessage(const Chain& chain, const Stage& stage, ArtifactKind kind,
                  Recomputed& recomputed, Findings& findings) {
  const auto message = stage.file->ArtifactOf(kind);
  if (!message.ok()) {
    findings.Add(Check::kParameters, stage.path, "",
                 message.status().message());
    return;
  }
  CompareMaps(stage, ArtifactParameters(kind, **message), findings);
  CheckInnerDigests(chain, stage, **message, findings);
  if (kind != MEASUREMENT) return;
  const Measurement& measurement = static_cast<const Measurement&>(**message);
  if (measurement.has_paired()) {
    CheckInnerDigests(chain, stage, measurement.paired(), findings);
  }
  if (measurement.has_shard()) return;  // its summaries come with the merge
  const absl::Status summaries =
      recomputed.CheckSummaries(*stage.file, measurement);
  if (summaries.ok()) return;
  findings.Add(Check::kParameters, stage.path, "", summaries.message());
}

}  // namespace

void CheckParameters(const Chain& chain, Recomputed& recomputed,
                     Findings& findings) {
  for (const Stage& stage : chain.stages) {
    ArtifactKind kind;
    if (!IsArtifactKind(stage.kind(), &kind)) {
      CompareMaps(stage, {}, findings);
      continue;
    }
    if (stage.file == nullptr) continue;
    findings.Count(Check::kParameters);
    CheckMessage(chain, stage, kind, recomputed, findings);
  }
}

}  // namespace quant_curve
