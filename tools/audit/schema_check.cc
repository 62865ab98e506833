#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/sha256.h"
#include "lib/provenance/manifest.h"
#include "lib/provenance/parameters.h"
#include "proto/results.pb.h"
#include "proto/speed.pb.h"
#include "tools/audit/checks.h"

namespace quant_curve {
namespace {

struct ExpectedSchema {
  uint32_t version;  // 0 for files that are not artifacts
  const google::protobuf::Descriptor* descriptor;  // null: none
};

// False for a kind that this build does not know.
bool ExpectedOf(const std::string& kind, ExpectedSchema& expected) {
  ArtifactKind artifact;
  if (IsArtifactKind(kind, &artifact) && PrototypeOf(artifact) != nullptr) {
    expected = {SchemaVersion(artifact),
                PrototypeOf(artifact)->GetDescriptor()};
  } else if (kind == "RESULTS") {
    expected = {0, Results::descriptor()};
  } else if (kind == "SPEED") {
    expected = {0, Speed::descriptor()};
  } else if (kind == "FIGURE" || kind == "README" || kind == "DETAILS" ||
             kind == "PAGE" || kind == "RESULTS_CSV") {
    expected = {0, nullptr};
  } else {
    return false;
  }
  return true;
}

void CheckDescriptor(const Stage& stage, const ExpectedSchema& expected,
                     bool compare_descriptors, Findings& findings) {
  const ResourceDescriptor* schema = stage.manifest->dependencies().schema;
  const auto refuse = [&](absl::string_view why) {
    findings.Add(Check::kSchemas, stage.manifest->path(),
                 "predicate.buildDefinition.resolvedDependencies (SCHEMA)",
                 why);
  };
  if ((schema == nullptr) != (expected.descriptor == nullptr)) {
    return refuse(absl::StrCat("a ", stage.kind(),
                               schema == nullptr ? " needs one" : " has none"));
  }
  if (schema == nullptr) return;
  findings.Count(Check::kSchemas);
  if (schema->name() != expected.descriptor->full_name()) {
    return refuse(absl::StrCat("is ", schema->name(), ", a ", stage.kind(),
                               " holds ", expected.descriptor->full_name()));
  }
  const std::string now = HexDigest(SchemaSha256(*expected.descriptor));
  if (!compare_descriptors || Sha256Of(*schema) == now) return;
  refuse(absl::StrCat(schema->name(), " was ", Sha256Of(*schema),
                      ", in this build it is ", now,
                      ": check with the version that wrote it, or give "
                      "--ignore_tools"));
}

}  // namespace

void CheckSchemas(const Chain& chain, bool compare_descriptors,
                  Findings& findings) {
  for (const Stage& stage : chain.stages) {
    findings.Count(Check::kSchemas);
    ExpectedSchema expected;
    if (!ExpectedOf(stage.kind(), expected)) {
      findings.Add(Check::kSchemas, stage.manifest->path(),
                   "subject[0].annotations.kind",
                   absl::StrCat("this build knows no ", stage.kind()));
      continue;
    }
    const Annotations& annotations = stage.subject().annotations();
    if (annotations.schema_version() != expected.version) {
      findings.Add(Check::kSchemas, stage.manifest->path(),
                   "subject[0].annotations.schemaVersion",
                   absl::StrCat("is ", annotations.schema_version(),
                                ", this build reads ", expected.version));
    }
    if (stage.kind() != "FIGURE" && !annotations.points().empty()) {
      findings.Add(Check::kSchemas, stage.manifest->path(),
                   "subject[0].annotations.points",
                   absl::StrCat("a ", stage.kind(), " has none"));
    }
    CheckDescriptor(stage, expected, compare_descriptors, findings);
  }
}

}  // namespace quant_curve
