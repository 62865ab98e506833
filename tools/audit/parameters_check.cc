#include <map>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "lib/artifact/frame.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor_frame.h"
#include "lib/provenance/manifest.h"
#include "lib/provenance/parameters.h"
#include "tools/audit/checks.h"
#include "tools/audit/model_facts.h"

namespace quant_curve {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Parameters = std::map<std::string, std::string>;

constexpr absl::string_view kField =
    "predicate.buildDefinition.externalParameters.artifact";
constexpr absl::string_view kSchemePrefix = "scheme.";

// Where an artifact keeps the digest of what its tool read, and the flag that
// named it.
struct InnerDigest {
  const char* field;
  const char* flag;
};
constexpr InnerDigest kInnerDigests[] = {
    {"checkpoint_sha256", "checkpoint"},
    {"corpus_sha256", "corpus"},
    {"calibration_sha256", "hessians"},
    {"quantized_model_sha256", "model"},
    {"reference_sha256", "reference"},
    {"reference_model_sha256", "reference_model"}};

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
      refuse(name, absl::StrCat("missing, the artifact holds ", value));
    } else if (found->second != value) {
      refuse(name, absl::StrCat("the manifest says ", found->second,
                                ", the artifact holds ", value));
    }
  }
  for (const auto& [name, value] : stated) {
    if (own.count(name) > 0) continue;
    refuse(name, absl::StrCat("the manifest says ", value,
                              ", the artifact has no such field"));
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
    if (ContentsSha256Of(*input) == inside) continue;
    return refuse(absl::StrCat(
        "names ", input->name(), " with ", ContentsSha256Of(*input),
        ", the artifact was made from ", inside.empty() ? "none" : inside));
  }
  if (inputs.empty() && !inside.empty() &&
      !WasReadBehind(chain, stage, digest.flag, inside)) {
    refuse(absl::StrCat("neither it nor a stage behind it read the ",
                        digest.flag, " that the artifact was made from, ",
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

// The stage that made the model of a measurement, or, of a measurement that was
// merged, of its first shard. Null when a manifest is missing.
const Stage* ModelOf(const Chain& chain, const Stage& measurement) {
  for (const char* flag : {"model", "shards"}) {
    const std::vector<const Stage*> stages = StagesOf(chain, measurement, flag);
    if (stages.empty() || stages[0] == nullptr) continue;
    return flag == absl::string_view("model") ? stages[0]
                                              : ModelOf(chain, *stages[0]);
  }
  return nullptr;
}

// The stage that made the checkpoint behind a model; null as above.
const Stage* CheckpointOf(const Chain& chain, const Stage& model) {
  for (const char* flag : {"checkpoint", "shards"}) {
    const std::vector<const Stage*> stages = StagesOf(chain, model, flag);
    if (stages.empty() || stages[0] == nullptr) continue;
    return flag == absl::string_view("checkpoint")
               ? stages[0]
               : CheckpointOf(chain, *stages[0]);
  }
  return nullptr;
}

Parameters StatedBy(const Stage& stage) {
  const auto& fields = stage.build().external_parameters().artifact();
  return Parameters(fields.begin(), fields.end());
}

// A measurement is of the scheme that its model's manifest states.
void CompareSchemes(const Stage& stage, const Stage& model,
                    Findings& findings) {
  const Parameters of_model = StatedBy(model);
  for (const auto& [name, value] : StatedBy(stage)) {
    if (!absl::StartsWith(name, kSchemePrefix)) continue;
    findings.Count(Check::kParameters);
    const auto found = of_model.find(name);
    const std::string is = found == of_model.end() ? "" : found->second;
    if (is == value) continue;
    findings.Add(Check::kParameters, stage.manifest->path(),
                 absl::StrCat(kField, ".", name),
                 absl::StrCat("is ", value, ", of its model ",
                              model.manifest->path(), " it is ", is));
  }
}

// The scheme that a model was quantized with is the one that --scheme named. A
// path was refused before (stage_rules.h): nothing is read here.
void CheckSchemeFlag(const Stage& stage, Rendered& rendered,
                     Findings& findings) {
  if (stage.stage != "quantize") return;
  findings.Count(Check::kParameters);
  const std::string flag = FlagOf(stage, "scheme");
  const auto refuse = [&](absl::string_view why) {
    findings.Add(Check::kParameters, stage.manifest->path(),
                 "predicate.buildDefinition.externalParameters.flags.scheme",
                 absl::StrCat("'", flag, "': ", why));
  };
  const auto meant = rendered.SchemeOf(flag);
  if (!meant.ok()) return refuse(meant.status().message());
  const Parameters stated = StatedBy(stage);
  for (const auto& [name, value] : *meant) {
    if (!absl::StartsWith(name, kSchemePrefix)) continue;
    const auto found = stated.find(name);
    if (found != stated.end() && found->second == value) continue;
    return refuse(absl::StrCat("means ", name, " = ", value,
                               ", the manifest states ",
                               found == stated.end() ? "none" : found->second));
  }
}

// What a measurement says of its model, as far as there is evidence.
absl::Status CheckModelFacts(const Chain& chain, const Stage& stage,
                             const Measurement& measurement,
                             Findings& findings) {
  RETURN_IF_ERROR(CheckListedLinears(measurement));
  const Stage* model = ModelOf(chain, stage);
  if (model == nullptr) {
    return absl::InvalidArgumentError("no manifest behind it is of its model");
  }
  CompareSchemes(stage, *model, findings);
  if (model->file != nullptr) {
    ASSIGN_OR_RETURN(const QuantizedModel* quantized,
                     model->file->Get<QuantizedModel>());
    const absl::Status same = CheckAgainstModel(measurement, *quantized);
    model->file->DropMessage();
    RETURN_IF_ERROR(same);
  }
  const Stage* checkpoint = CheckpointOf(chain, *model);
  if (checkpoint == nullptr) {
    return absl::InvalidArgumentError(
        "no manifest behind it is of its checkpoint");
  }
  const auto config = ConfigFromParameters(StatedBy(*checkpoint));
  if (!config.ok()) {
    findings.Add(Check::kParameters, checkpoint->manifest->path(), kField,
                 config.status().message());
    return absl::OkStatus();
  }
  return CheckAgainstConfig(measurement, *config);
}

// The differences to the reference that the measurement holds, where that is at
// hand.
absl::Status CheckPaired(const Chain& chain, const Stage& stage,
                         const Measurement& measurement, Rendered& rendered) {
  const std::vector<const Stage*> references =
      StagesOf(chain, stage, "reference");
  if (!measurement.has_paired() || references.empty() ||
      references[0] == nullptr || references[0]->file == nullptr) {
    return absl::OkStatus();
  }
  return rendered.CheckPaired(*stage.file, measurement, *references[0]->file);
}

void CheckMeasurementOf(const Chain& chain, const Stage& stage,
                        const Measurement& measurement, Rendered& rendered,
                        Findings& findings) {
  if (measurement.has_paired()) {
    CheckInnerDigests(chain, stage, measurement.paired(), findings);
  }
  const auto note = [&](const absl::Status& status) {
    if (status.ok()) return;
    findings.Add(Check::kParameters, stage.path, "", status.message());
  };
  note(CheckModelFacts(chain, stage, measurement, findings));
  if (measurement.has_shard()) return;  // its summaries come with the merge
  note(rendered.CheckOf(*stage.file, measurement));
  note(CheckPaired(chain, stage, measurement, rendered));
}

// The manifest's digest of the contents is that of what the file holds.
void CheckContents(const Stage& stage, ArtifactKind kind,
                   const Message& message, Findings& findings) {
  if (!HasTensors(kind)) return;
  findings.Count(Check::kParameters);
  const std::string& stated = stage.subject().annotations().contents_sha256();
  const std::string holds = HexDigest(ContentsSha256(kind, message));
  if (stated == holds) return;
  findings.Add(Check::kParameters, stage.manifest->path(),
               "subject[0].annotations.contentsSha256",
               absl::StrCat("the manifest says ", stated,
                            ", the artifact holds ", holds));
}

void CheckMessage(const Chain& chain, const Stage& stage, ArtifactKind kind,
                  Rendered& rendered, Findings& findings) {
  const auto message = stage.file->ArtifactOf(kind);
  if (!message.ok()) {
    findings.Add(Check::kParameters, stage.path, "",
                 message.status().message());
    return;
  }
  CompareMaps(stage, ArtifactParameters(kind, **message), findings);
  CheckContents(stage, kind, **message, findings);
  CheckInnerDigests(chain, stage, **message, findings);
  if (kind == MEASUREMENT) {
    CheckMeasurementOf(chain, stage, static_cast<const Measurement&>(**message),
                       rendered, findings);
  } else if (kind != TIMING) {
    stage.file->DropMessage();  // models are large and nothing else reads them
  }
}

}  // namespace

void CheckParameters(const Chain& chain, Rendered& rendered,
                     Findings& findings) {
  for (const Stage& stage : chain.stages) {
    ArtifactKind kind;
    if (!IsArtifactKind(stage.kind(), &kind)) {
      CompareMaps(stage, {}, findings);
      continue;
    }
    CheckSchemeFlag(stage, rendered, findings);
    if (stage.file == nullptr) {
      if (stage.published) findings.NotCompared(Check::kParameters, stage.path);
      continue;
    }
    findings.Count(Check::kParameters);
    CheckMessage(chain, stage, kind, rendered, findings);
  }
}

}  // namespace quant_curve
