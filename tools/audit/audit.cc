#include "tools/audit/audit.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/audit/rendered.h"

namespace quant_curve {
namespace {

// Says which artifacts of the chain were not seen.
void NoteMissingArtifacts(const Chain& chain, Findings& findings) {
  std::map<std::string, int> missing;  // by kind
  int count = 0;
  for (const Stage& stage : chain.stages) {
    findings.Count(Check::kEvidence);
    if (stage.file != nullptr || stage.published) continue;
    ++missing[stage.kind()];
    ++count;
  }
  if (count == 0) return;
  findings.NotChecked(absl::StrCat(
      count, " artifacts behind the published ones were not found (",
      absl::StrJoin(missing, ", ",
                    [](std::string* out, const auto& kind) {
                      absl::StrAppend(out, kind.second, " ", kind.first);
                    }),
      "): what their manifests say is covered by digests, their bytes were not "
      "seen. Build the pipeline, name their folder with --artifacts, or make "
      "them again with --rebuild"));
}

}  // namespace

AuditResult Audit(const Evidence& evidence, const AuditOptions& options) {
  Memo memo;
  return Audit(evidence, options, memo);
}

AuditResult Audit(const Evidence& evidence, const AuditOptions& options,
                  Memo& memo) {
  AuditResult result;
  Findings& findings = result.findings;
  result.chain = BuildChain(evidence, findings);
  const Chain& chain = result.chain;
  CheckDigests(evidence, chain, findings);
  CheckRoots(chain, options.expected_roots, findings);
  CheckSchemas(chain, /*compare_descriptors=*/!options.ignore_tools, findings);
  Rendered rendered(chain, memo);
  CheckParameters(chain, rendered, findings);
  CheckFigures(chain, rendered, findings);
  CheckReports(chain, rendered, findings);
  if (options.ignore_tools) {
    findings.NotChecked(
        "tools and schemas were not compared with this build's "
        "(--ignore_tools)");
  } else {
    CheckTools(chain, options.tools, findings);
  }
  CheckProfile(chain, findings);
  NoteMissingArtifacts(chain, findings);
  return result;
}

bool IsSound(const AuditResult& result) {
  return !result.chain.stages.empty() &&
         result.findings.NumFailed(Check::kForm) == 0 &&
         result.findings.NumFailed(Check::kDigests) == 0 &&
         result.findings.NumFailed(Check::kChain) == 0;
}

}  // namespace quant_curve
