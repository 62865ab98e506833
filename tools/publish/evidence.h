// The files that make a published folder auditable: artifacts,
// manifests, and one manifest over everything (docs/provenance.md).
#ifndef QUANT_CURVE_TOOLS_PUBLISH_EVIDENCE_H_
#define QUANT_CURVE_TOOLS_PUBLISH_EVIDENCE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/publish/published_file.h"

namespace quant_curve {

struct PublicationInputs {
  std::vector<std::string> files;      // for people; published at the top
  std::vector<std::string> artifacts;  // published in artifacts/
  // Where the manifests behind them may be found; those that nothing reaches
  // are left out.
  std::vector<std::string> manifests;
};

// Every file of the publication: `files`, `artifacts`, provenance/ with each
// manifest from theirs back to the roots, and manifest.json, whose subjects are
// the files and artifacts and whose dependencies are their manifests. All are
// read once and held in memory.
//
// Fails, naming the file, when a manifest is missing or about other bytes, when
// the chain has a gap, and when two files share a base name.
absl::StatusOr<std::vector<PublishedFile>> CollectEvidence(
    const PublicationInputs& inputs);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_PUBLISH_EVIDENCE_H_
