// The chain of manifests from what is published back to the roots.
#ifndef QUANT_CURVE_TOOLS_AUDIT_CHAIN_H_
#define QUANT_CURVE_TOOLS_AUDIT_CHAIN_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "proto/provenance.pb.h"
#include "tools/audit/dependencies.h"
#include "tools/audit/evidence.h"
#include "tools/audit/findings.h"

namespace quant_curve {

// A manifest that the root reaches, and the file that it is about.
struct Stage {
  const EvidenceFile* manifest;
  std::string stage;  // "quantize"
  // One entry for each of Dependencies.files: which Stage made it, -1 when its
  // manifest is missing or malformed, or when there is none (import).
  std::vector<int> inputs;
  std::string path;  // of the file in the folder; its name when not published
  bool published = false;
  // Of the file as its manifest describes it. Null when it was not found, and
  // for a published file whose bytes are other ones.
  const EvidenceFile* file = nullptr;

  const Statement& statement() const { return manifest->statement(); }
  const ResourceDescriptor& subject() const { return statement().subject(0); }
  const std::string& kind() const { return subject().annotations().kind(); }
  const BuildDefinition& build() const {
    return statement().predicate().build_definition();
  }
};

struct Chain {
  // Null when manifest.json is missing or malformed; no stages then.
  const EvidenceFile* root = nullptr;
  // Each after those that made its inputs.
  std::vector<Stage> stages;
  // The stages that made the root's subjects, in their order; -1 as above.
  std::vector<int> published;
};

// The value of tool flag `name`; "" when it was not given.
std::string FlagOf(const Stage& stage, const std::string& name);

// Where a file of this kind and name lies in a published folder.
std::string PublishedPath(const ResourceDescriptor& file);

// Descriptors of what a stage read, with the flag `flag`, in their order.
std::vector<const ResourceDescriptor*> InputsOf(const Stage& stage,
                                                const std::string& flag);

// The stages that made them, in the same order; null where a manifest is
// missing or malformed.
std::vector<const Stage*> StagesOf(const Chain& chain, const Stage& stage,
                                   const std::string& flag);

// Whether some stage behind this one read, with that flag, what has the digest
// (hexadecimal).
bool WasReadBehind(const Chain& chain, const Stage& stage,
                   const std::string& flag, const std::string& digest);

// Follows the manifests by name. Checks kForm: every manifest in the folder is
// canonical and well formed; and kChain: none is missing, none leads back to
// itself, each is about the file, of the name and kind, that its consumer says;
// no file of the folder is left over (run.json and BUILD may be there).
Chain BuildChain(const Evidence& evidence, Findings& findings);

// Refuses a file that is not what `description` says: another size, more than a
// file of its kind has, an artifact without its magic bytes, another digest.
// They are checked in this order, and bytes are read for the last two only.
// Starts with "size: " or "SHA-256: ".
absl::Status CheckBytes(const EvidenceFile& file,
                        const ResourceDescriptor& description);

// Checks kDigests: every published file, every manifest and every artifact at
// hand has the digest and the size that whatever names it says.
void CheckDigests(const Evidence& evidence, const Chain& chain,
                  Findings& findings);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_CHAIN_H_
