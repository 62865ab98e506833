// Checks where a published experiment comes from, down to each dot: every
// digest recomputed, the chain closed, figures and numbers compared with the
// measurements.
//
//   bazel run //tools/audit -- experiments/26-quant-curve
//   bazel run //tools/audit -- experiments/26-quant-curve --explain=pareto.png
#include <stdlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/printable.h"
#include "lib/cli/tool_main.h"
#include "lib/cli/workspace.h"
#include "tools/audit/audit.h"
#include "tools/audit/folder.h"
#include "tools/audit/rebuild.h"
#include "tools/audit/report.h"

ABSL_FLAG(std::vector<std::string>, artifacts, {},
          "comma-separated folders where artifacts that are not published may "
          "lie; found by their digests. Left out: bazel-bin/pipelines of the "
          "workspace, when there is one");
ABSL_FLAG(bool, rebuild, false,
          "run every stage again, without any cache, and compare bytes");
ABSL_FLAG(std::string, explain, "",
          "a file: how it came to be, and the commands that redo it");
ABSL_FLAG(std::string, format, "text", "of the report: text or json");
ABSL_FLAG(std::vector<std::string>, expected_roots, {},
          "comma-separated NAME=VALUE, such as seed=42 or sha256=DIGEST: each "
          "must hold for a root of the chain, and of each root one");
ABSL_FLAG(bool, ignore_tools, false,
          "do not compare tools and schemas with this build's: for an "
          "experiment of an older version");
ABSL_FLAG(std::string, gnuplot, "/usr/bin/gnuplot", "the gnuplot program");

namespace quant_curve {
namespace {

constexpr char kUsage[] =
    "Checks where a published experiment comes from.\n"
    "Example: audit experiments/26-quant-curve\n"
    "Exit codes: 0 all holds, 1 the folder cannot be read, 2 wrong usage, 10 "
    "and above the first check that failed (docs/provenance.md).";

namespace fs = std::filesystem;

std::vector<std::string> ArtifactFolders() {
  std::vector<std::string> folders;
  for (const std::string& folder : absl::GetFlag(FLAGS_artifacts)) {
    folders.push_back(InWorkspace(folder));
  }
  const std::string built = InWorkspace("bazel-bin/pipelines");
  std::error_code error;
  if (folders.empty() && fs::is_directory(built, error)) {
    folders.push_back(built);
  }
  return folders;
}

absl::StatusOr<AuditOptions> OptionsFromFlags() {
  AuditOptions options;
  options.ignore_tools = absl::GetFlag(FLAGS_ignore_tools);
  for (const std::string& text : absl::GetFlag(FLAGS_expected_roots)) {
    const std::pair<std::string, std::string> root =
        absl::StrSplit(text, absl::MaxSplits('=', 1));
    if (root.first.empty() || root.second.empty()) {
      return UsageError(
          absl::StrCat("--expected_roots=", text, ": must be NAME=VALUE"));
    }
    options.expected_roots.push_back(root);
  }
  return options;
}

// Progress goes to stderr: stdout is the report's.
void PrintProgress(const RebuildProgress& progress) {
  absl::FPrintF(stderr, "%s\n",
                Printable(absl::StrFormat(
                    "rebuild [%d/%d] %s: %s: %s", progress.run, progress.runs,
                    progress.stage, progress.files, progress.outcome)));
}

// Runs the stages again in a folder of its own; what they made becomes evidence
// of the audit that `result` then is.
absl::Status RebuildInScratch(const AuditOptions& options,
                              const std::string& tools_folder,
                              Evidence& evidence, AuditResult& result) {
  std::error_code error;
  std::string scratch =
      fs::absolute(fs::temp_directory_path(error) / "quant_curve_audit_XXXXXX")
          .string();
  if (error || mkdtemp(&scratch[0]) == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat(scratch, ": cannot create a folder to rebuild in"));
  }
  absl::Cleanup remove = [&scratch] {
    std::error_code ignored;
    fs::remove_all(scratch, ignored);
  };
  RebuildOptions rebuild;
  rebuild.tools_folder = tools_folder;
  // Of all that runs, the audit decides which file it is: tools by their stage
  // in the folder of its own binary, programs by its own flags.
  rebuild.programs["gnuplot"] =
      fs::absolute(absl::GetFlag(FLAGS_gnuplot), error).string();
  rebuild.scratch = absl::StrCat(scratch, "/files");
  fs::create_directory(rebuild.scratch, error);
  rebuild.compare_manifests =
      !options.ignore_tools && result.findings.NumFailed(Check::kTools) == 0;
  Findings findings;
  RETURN_IF_ERROR(
      Rebuild(evidence, result.chain, rebuild, PrintProgress, findings));
  RETURN_IF_ERROR(FindArtifacts({rebuild.scratch}, result.chain, evidence));
  result = Audit(evidence, options);
  result.findings.Append(findings);
  return absl::OkStatus();
}

absl::StatusOr<int> Run(const std::vector<std::string>& arguments) {
  const std::string format = absl::GetFlag(FLAGS_format);
  if (format != "text" && format != "json") {
    return UsageError(
        absl::StrCat("--format=", format, ": must be text or json"));
  }
  if (arguments.size() != 1 || arguments[0].empty()) {
    return UsageError(absl::StrCat(arguments.size(),
                                   " arguments: give one published folder, "
                                   "such as experiments/26-quant-curve"));
  }
  ASSIGN_OR_RETURN(AuditOptions options, OptionsFromFlags());
  ASSIGN_OR_RETURN(Evidence evidence, ReadFolder(InWorkspace(arguments[0])));
  ASSIGN_OR_RETURN(const std::string tools_folder, ToolsFolder());

  Findings unused;  // the audit below finds the same
  const Chain chain = BuildChain(evidence, unused);
  if (const std::string file = absl::GetFlag(FLAGS_explain); !file.empty()) {
    ASSIGN_OR_RETURN(const std::string text, Explain(chain, file));
    absl::PrintF("%s", text);
    return 0;
  }
  RETURN_IF_ERROR(FindArtifacts(ArtifactFolders(), chain, evidence));
  if (!options.ignore_tools) {
    options.tools =
        DigestsNow(chain, tools_folder, absl::GetFlag(FLAGS_gnuplot));
  }
  AuditResult result = Audit(evidence, options);
  if (absl::GetFlag(FLAGS_rebuild)) {
    if (IsSound(result)) {
      RETURN_IF_ERROR(
          RebuildInScratch(options, tools_folder, evidence, result));
    } else {
      result.findings.NotChecked(
          "nothing was rebuilt: the chain itself is not sound");
    }
  }
  absl::PrintF("%s", format == "json" ? JsonReport(result, arguments[0])
                                      : TextReport(result, arguments[0]));
  return result.findings.ExitCode();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMainWithArguments(
      "audit", argc, argv, quant_curve::kUsage, quant_curve::Run);
}
