// The checks of an audit after the chain itself (chain.h). Each compares what
// the manifests say with what the artifacts present, or this build, say.
#ifndef QUANT_CURVE_TOOLS_AUDIT_CHECKS_H_
#define QUANT_CURVE_TOOLS_AUDIT_CHECKS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tools/audit/chain.h"
#include "tools/audit/findings.h"
#include "tools/audit/rendered.h"

namespace quant_curve {

// kRoots: what was made of nothing is a corpus with its seed, an import, or a
// timing (of random shapes); all measurements are of one corpus, all models of
// one checkpoint; a sequential scheme reads one corpus, which a stage behind it
// read, and no other scheme any. `expected` are (flag of a root's tool or
// "sha256", value): each must hold for some root, and of each root but a timing
// one of them.
void CheckRoots(
    const Chain& chain,
    const std::vector<std::pair<std::string, std::string>>& expected,
    Findings& findings);

// kSchemas: kinds are known, schema versions are those that this build reads,
// and, with `compare_descriptors`, each schema's digest is this build's.
void CheckSchemas(const Chain& chain, bool compare_descriptors,
                  Findings& findings);

// kParameters: every artifact present is valid and says of itself what its
// manifest's externalParameters.artifact says; the digests of other artifacts
// inside it are those of its manifest's inputs; a scheme is the one that
// --scheme named, and a measurement's that of its model; a measurement's
// summaries and differences follow from its scores, and what it says of its
// model from its scheme, from the config in the checkpoint's manifest and from
// the model where that is present (model_facts.h). Files that are not artifacts
// have no such parameters.
void CheckParameters(const Chain& chain, Rendered& rendered,
                     Findings& findings);

// kPoints: the gnuplot script of each figure and its dots are what lib/figures
// makes of its measurements and timing; all that is drawn and reported is of
// the same measurements and timing.
void CheckFigures(const Chain& chain, Rendered& rendered, Findings& findings);

// kNumbers: README.md, results.json and speed.json are, byte by byte, what
// lib/report makes of the artifacts.
void CheckReports(const Chain& chain, Rendered& rendered, Findings& findings);

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
