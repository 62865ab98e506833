// An audit as text for people and as JSON for machines.
#ifndef QUANT_CURVE_TOOLS_AUDIT_REPORT_H_
#define QUANT_CURVE_TOOLS_AUDIT_REPORT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tools/audit/audit.h"

namespace quant_curve {

// The chain as a tree from what is published down to the roots, each file once
// (later "(above)"), with ✓, ✗, or · where its bytes were not found; then one
// line per check with how much it compared ("-" where it could not compare
// all), each failure, what was not checked, and the verdict. Control characters
// of names are escaped.
std::string TextReport(const AuditResult& result, absl::string_view folder);

// The same: {"folder", "verdict", "exit_code", "checks": [{"name",
// "exit_code", "compared", "not_compared", "failures": [{"file", "field",
// "problem"}]}], "not_checked", "chain": [{"file", "kind", "stage", "sha256",
// "at_hand", "published", "failed", "made_of"}]}; keys sorted, inputs before
// what was made of them.
std::string JsonReport(const AuditResult& result, absl::string_view folder);

// How one file came to be: each step from the roots to it, with the command
// that redoes it by hand. `file` is a name or a path in the folder. NotFound,
// listing what there is, when nothing in the chain is called so.
absl::StatusOr<std::string> Explain(const Chain& chain, absl::string_view file);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_REPORT_H_
