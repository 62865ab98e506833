// Every way of tampering with a published folder that a test can think of, one
// at a time.
#ifndef QUANT_CURVE_TOOLS_AUDIT_TAMPERING_H_
#define QUANT_CURVE_TOOLS_AUDIT_TAMPERING_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "tools/audit/audit.h"
#include "tools/audit/evidence.h"

namespace quant_curve {

// The change, the files changed (paths in the folder), and the folder then.
using Tamper = absl::FunctionRef<void(const std::string& what,
                                      const std::vector<std::string>& files,
                                      const Evidence& evidence)>;

// In every manifest: every value changed, every node removed, entries added to
// every object and list. All stay canonical JSON.
void TamperWithManifests(const Evidence& evidence, Tamper tamper);

// Every published file: bits flipped at its ends and between, cut, extended,
// removed; files added.
void TamperWithFiles(const Evidence& evidence, Tamper tamper);

// Every two manifests, and every two published files, change places.
void SwapFiles(const Evidence& evidence, Tamper tamper);

// Every value of every manifest changed, and the digest of that manifest set
// right in those that name it, if that is not manifest.json already. The break
// is then one level up: `files` are those that name it.
void TamperOneLevelUp(const Evidence& evidence, Tamper tamper);

// How many of all the above an audit let through, or did not name a tampered
// file of. Descriptions of the first of them go to `missed`.
struct TamperCount {
  int tried = 0;
  int missed = 0;
};
TamperCount CountMissed(const Evidence& evidence, const AuditOptions& options,
                        std::vector<std::string>& missed);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_TAMPERING_H_
