// The checks of an audit after the chain itself (chain.h). Each compares what
// the manifests say with what the artifacts at hand, or this build, say.
#ifndef QUANT_CURVE_TOOLS_AUDIT_CHECKS_H_
#define QUANT_CURVE_TOOLS_AUDIT_CHECKS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tools/audit/chain.h"
#include "tools/audit/findings.h"
#include "tools/audit/recomputed.h"

namespace quant_curve {

// kRoots: what was made of nothing is a corpus with its seed, an import, or a
// timing (of random shapes); all measurements are of one corpus, all models of
// one checkpoint; a sequential scheme reads one corpus, which a stage behind it
// read, and no other scheme any. `expected` are (flag of a root's tool or
// "sha256", value): each must hold for some root.
void CheckRoots(
    const Chain& chain,
    const std::vector<std::pair<std::string, std::string>>& expected,
    Findings& findings);

// kSchemas: kinds are known, schema versions are those that this build reads,
// and, with `compare_descriptors`, each schema's digest is this build's.
void CheckSchemas(const Chain& chain, bool compare_descriptors,
                  Findings& findings);

// kParameters: every artifact at hand is valid and says of itself what its
// manifest's externalParameters.artifact says; the digests of other artifacts
// inside it are those of its manifest's inputs; a measurement's summaries
// follow from its scores. Files that are no artifacts have no such parameters.
void CheckParameters(const Chain& chain, Recomputed& recomputed,
                     Findings& findings);

// kPoints: the dots of each figure are exactly those of its measurements and
// timing.
void CheckPoints(const Chain& chain, Recomputed& recomputed,
                 Findings& findings);

// kNumbers: every field of results.json and speed.json is what the artifacts
// give, bit by bit.
void CheckJsonNumbers(const Chain& chain, Recomputed& recomputed,
                      Findings& findings);

// kNumbers: the tables of README.md (results, bytes, strata, speed) show the
// artifacts' numbers, to the digits printed.
void CheckReadme(const Chain& chain, Recomputed& recomputed,
                 Findings& findings);

// Digests, hexadecimal, of the programs built now by the name of their stage,
// and of installed programs by their name.
using ToolDigests = std::map<std::string, std::string>;

// kTools: the binary of each stage is the one built now.
void CheckTools(const Chain& chain, const ToolDigests& now, Findings& findings);

// kProfile: every manifest has the same numeric profile and builder versions,
// and one digest for each tool, program and schema.
void CheckProfile(const Chain& chain, Findings& findings);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_CHECKS_H_
