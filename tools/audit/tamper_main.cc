// Tampers with a published folder in memory, in every way of tampering.h, and
// fails when an audit lets one through. The folder stays as it is.
//
//   bazel run //tools/audit:tamper -- /tmp/published
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/tool_main.h"
#include "tools/audit/audit.h"
#include "tools/audit/folder.h"
#include "tools/audit/tampering.h"

namespace quant_curve {
namespace {

constexpr char kUsage[] =
    "Tampers with a published folder in memory and audits it each time.\n"
    "Example: tamper /tmp/published";

absl::StatusOr<int> Run(const std::vector<std::string>& arguments) {
  if (arguments.size() != 1) return UsageError("give one published folder");
  ASSIGN_OR_RETURN(const Evidence evidence, ReadFolder(arguments[0]));
  ASSIGN_OR_RETURN(const std::string tools_folder, ToolsFolder());
  Findings findings;
  AuditOptions options;
  options.tools = DigestsNow(BuildChain(evidence, findings), tools_folder,
                             "/usr/bin/gnuplot");
  const AuditResult untouched = Audit(evidence, options);
  if (untouched.findings.ExitCode() != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("fails before anything is tampered with: ",
                     TextOf(untouched.findings.all()[0])));
  }
  std::vector<std::string> missed;
  const TamperCount count = CountMissed(evidence, options, missed);
  absl::PrintF("tamper: %d tried, %d missed\n%s\n", count.tried, count.missed,
               absl::StrJoin(missed, "\n"));
  return count.missed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMainWithArguments(
      "tamper", argc, argv, quant_curve::kUsage, quant_curve::Run);
}
