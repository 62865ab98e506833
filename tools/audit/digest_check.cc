#include <cstdint>

#include "absl/strings/str_cat.h"
#include "lib/provenance/manifest.h"
#include "tools/audit/chain.h"

namespace quant_curve {
namespace {

void CheckFile(const EvidenceFile& file, const ResourceDescriptor& description,
               absl::string_view named_by, Findings& findings) {
  findings.Count(Check::kDigests);
  if (file.sha256() != Sha256Of(description)) {
    findings.Add(Check::kDigests, file.path(), "SHA-256",
                 absl::StrCat("is ", file.sha256(), ", but ", named_by,
                              " says ", Sha256Of(description)));
  }
  const uint64_t size = description.annotations().size_bytes();
  if (description.annotations().kind() == kManifestKind ||
      size == file.bytes().size()) {
    return;
  }
  findings.Add(Check::kDigests, file.path(), "size",
               absl::StrCat("is ", file.bytes().size(), " bytes, but ",
                            named_by, " says ", size));
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

}  // namespace

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
