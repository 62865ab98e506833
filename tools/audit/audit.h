// The audit of a published folder (docs/provenance.md): a pure function of the
// evidence in memory and of what this build is.
#ifndef QUANT_CURVE_TOOLS_AUDIT_AUDIT_H_
#define QUANT_CURVE_TOOLS_AUDIT_AUDIT_H_

#include <string>
#include <utility>
#include <vector>

#include "tools/audit/chain.h"
#include "tools/audit/checks.h"
#include "tools/audit/evidence.h"
#include "tools/audit/findings.h"

namespace quant_curve {

struct AuditOptions {
  // Neither tools nor schemas are compared with this build's: for an experiment
  // that an older version published.
  bool ignore_tools = false;
  ToolDigests tools;  // built now; not looked at with ignore_tools
  // (flag of a root's tool or "sha256", value).
  std::vector<std::pair<std::string, std::string>> expected_roots;
};

// Points into the evidence that it was made of.
struct AuditResult {
  Chain chain;
  Findings findings;
};

// Runs every check but kRebuild. An artifact that was not found is a failure
// (kEvidence) only where a published figure or number should be compared with
// it; the others are listed as not checked.
AuditResult Audit(const Evidence& evidence, const AuditOptions& options);
// The same for many audits, which share what depends only on digests.
AuditResult Audit(const Evidence& evidence, const AuditOptions& options,
                  Memo& memo);

// Whether stages can be run again from this chain: no failure of form, digest
// or chain, and at least one stage.
bool IsSound(const AuditResult& result);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_AUDIT_H_
