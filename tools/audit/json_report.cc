#include "lib/provenance/manifest.h"
#include "nlohmann/json.hpp"
#include "tools/audit/report.h"

namespace quant_curve {
namespace {

nlohmann::json ChecksOf(const Findings& findings) {
  nlohmann::json checks = nlohmann::json::array();
  for (const CheckInfo& info : AllChecks()) {
    nlohmann::json failures = nlohmann::json::array();
    for (const Finding& finding : findings.all()) {
      if (finding.check != info.check) continue;
      failures.push_back({{"file", finding.file},
                          {"field", finding.field},
                          {"problem", finding.problem}});
    }
    checks.push_back({{"name", std::string(info.name)},
                      {"exit_code", info.exit_code},
                      {"compared", findings.NumCounted(info.check)},
                      {"not_compared", findings.NotComparedBy(info.check)},
                      {"failures", failures}});
  }
  return checks;
}

nlohmann::json ChainOf(const AuditResult& result) {
  nlohmann::json stages = nlohmann::json::array();
  for (const Stage& stage : result.chain.stages) {
    nlohmann::json made_of = nlohmann::json::array();
    for (const FileAndManifest& input : stage.manifest->dependencies().files) {
      made_of.push_back(input.file->name());
    }
    const bool failed = result.findings.IsAbout(stage.path) ||
                        result.findings.IsAbout(stage.manifest->path());
    stages.push_back({{"file", stage.path},
                      {"kind", stage.kind()},
                      {"stage", stage.stage},
                      {"sha256", Sha256Of(stage.subject())},
                      {"at_hand", stage.file != nullptr},
                      {"published", stage.published},
                      {"failed", failed},
                      {"made_of", made_of}});
  }
  return stages;
}

}  // namespace

std::string JsonReport(const AuditResult& result, absl::string_view folder) {
  const int code = result.findings.ExitCode();
  const nlohmann::json report = {{"folder", std::string(folder)},
                                 {"verdict", code == 0 ? "holds" : "fails"},
                                 {"exit_code", code},
                                 {"checks", ChecksOf(result.findings)},
                                 {"not_checked", result.findings.not_checked()},
                                 {"chain", ChainOf(result)}};
  // Only ASCII: everything else of a name is escaped.
  return report.dump(2, ' ', true, nlohmann::json::error_handler_t::replace) +
         "\n";
}

}  // namespace quant_curve
