#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/chain.h"

namespace quant_curve {
namespace {

// What a check of the bytes said, in the words of who named the file.
void CheckFile(const EvidenceFile& file, const ResourceDescriptor& description,
               absl::string_view named_by, Findings& findings) {
  findings.Count(Check::kDigests);
  const absl::Status status = CheckBytes(file, description);
  if (status.ok()) return;
  findings.Add(Check::kDigests, file.path(), "",
               absl::StrCat(status.message(), " (", named_by, ")"));
}

// The manifests that `consumer` names.
void CheckManifestsOf(const Evidence& evidence, const EvidenceFile& consumer,
                      Findings& findings) {
  for (const FileAndManifest& entry : consumer.dependencies().files) {
    if (entry.manifest == nullptr) continue;
    const EvidenceFile* manifest =
        evidence.Find(absl::StrCat(kProvenanceFolder, entry.manifest->name()));
    if (manifest == nullptr) continue;
    CheckFile(*manifest, *entry.manifest,
              absl::StrCat(consumer.path(), " (", entry.manifest_field, ")"),
              findings);
  }
}

absl::Status Refuse(absl::string_view why) {
  return absl::InvalidArgumentError(why);
}

}  // namespace

absl::Status CheckBytes(const EvidenceFile& file,
                        const ResourceDescriptor& description) {
  const std::string& kind = description.annotations().kind();
  const uint64_t size = description.annotations().size_bytes();
  if (kind != kManifestKind && size != file.size()) {
    return Refuse(absl::StrCat("size: has ", file.size(),
                               " bytes, its manifest is about ", size));
  }
  ArtifactKind artifact;
  if (IsArtifactKind(kind, &artifact)) {
    const absl::Status head = file.CheckArtifactHead();
    if (!head.ok()) return Refuse(absl::StrCat("SHA-256: ", head.message()));
  } else if (file.size() > kMaxPublishedBytes) {
    return Refuse(absl::StrCat("size: has ", file.size(), " bytes, a ", kind,
                               " has at most ", kMaxPublishedBytes));
  }
  const absl::StatusOr<std::string> sha256 = file.Sha256Hex();
  if (!sha256.ok()) {
    return Refuse(absl::StrCat("SHA-256: ", sha256.status().message()));
  }
  if (*sha256 == Sha256Of(description)) return absl::OkStatus();
  return Refuse(absl::StrCat("SHA-256: the file has ", *sha256,
                             ", its manifest is about ",
                             Sha256Of(description)));
}

void CheckDigests(const Evidence& evidence, const Chain& chain,
                  Findings& findings) {
  if (chain.root == nullptr) return;
  CheckManifestsOf(evidence, *chain.root, findings);
  for (const FileAndManifest& entry : chain.root->dependencies().files) {
    const EvidenceFile* file = evidence.Find(PublishedPath(*entry.file));
    if (file == nullptr) continue;
    CheckFile(*file, *entry.file,
              absl::StrCat(kRootManifest, " (", entry.file_field, ")"),
              findings);
  }
  for (const Stage& stage : chain.stages) {
    CheckManifestsOf(evidence, *stage.manifest, findings);
    if (stage.file == nullptr) continue;
    CheckFile(*stage.file, stage.subject(),
              absl::StrCat(stage.manifest->path(), " (subject[0])"), findings);
  }
}

}  // namespace quant_curve
