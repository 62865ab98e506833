// The result of an audit: failures by check, what was counted, what was not
// seen.
#ifndef QUANT_CURVE_TOOLS_AUDIT_FINDINGS_H_
#define QUANT_CURVE_TOOLS_AUDIT_FINDINGS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace quant_curve {

// In the order in which they decide the exit code (docs/provenance.md).
enum class Check {
  kForm,
  kDigests,
  kChain,
  kRoots,
  kSchemas,
  kParameters,
  kPoints,
  kNumbers,
  kTools,
  kProfile,
  kRebuild,
  kEvidence,
};

struct CheckInfo {
  Check check;
  absl::string_view name;  // as in --format=json
  int exit_code;
  absl::string_view what;  // that holds when the check passes, for people
};

// Every check, in order.
absl::Span<const CheckInfo> AllChecks();

struct Finding {
  Check check;
  std::string file;   // its path in the folder
  std::string field;  // where in it; empty: the whole file
  std::string problem;
};

// "pareto.png: subject.digest: …".
std::string TextOf(const Finding& finding);

// Texts come from untrusted files: they are kept escaped (Printable), so that
// nothing that is printed of a finding can move a cursor or begin a line.
class Findings {
 public:
  void Add(Check check, absl::string_view file, absl::string_view field,
           absl::string_view problem);
  // Notes that something was compared, whether it failed or not.
  void Count(Check check, int times = 1);
  // Notes what was left out, and why. It is not a failure.
  void NotChecked(absl::string_view what);
  // Notes a published file that a check had to leave out, its bytes being other
  // ones than its manifest is about: the check's success says less then.
  void NotCompared(Check check, absl::string_view file);
  // Adds what another audit of the same evidence found.
  void Append(const Findings& other);

  const std::vector<Finding>& all() const { return all_; }
  const std::vector<std::string>& not_checked() const { return not_checked_; }
  std::vector<std::string> NotComparedBy(Check check) const;
  int NumCounted(Check check) const;
  int NumFailed(Check check) const;
  // Whether some finding is about the file at this path.
  bool IsAbout(absl::string_view path) const;
  // 0, or that of the first check that failed.
  int ExitCode() const;

 private:
  std::vector<Finding> all_;
  std::vector<std::string> not_checked_;
  std::map<Check, std::vector<std::string>> not_compared_;
  std::map<Check, int> counted_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_AUDIT_FINDINGS_H_
