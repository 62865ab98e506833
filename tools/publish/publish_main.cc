// Publishes an experiment's files into its folder, all or none, with the
// manifests behind them and one over them all, and prints the table of its
// results.json.
//
//   bazel run //tools/publish -- --output_dir=experiments/26-quant-curve \
//     --files=/tmp/results.json,/tmp/pareto.png --artifacts=/tmp/fp32.qca \
//     --manifests=/tmp/model.qca.manifest.json,/tmp/corpus.qca.manifest.json
#include <cstdint>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/printable.h"
#include "lib/cli/tool_main.h"
#include "lib/cli/workspace.h"
#include "lib/measurement/results_json.h"
#include "tools/publish/evidence.h"
#include "tools/publish/publish.h"
#include "tools/publish/published_file.h"
#include "tools/publish/results_table.h"
#include "tools/publish/run_record.h"

ABSL_FLAG(
    std::string, output_dir, "",
    "folder to publish into: absent, empty, with nothing but BUILD files, "
    "or an earlier publication, which is replaced. Its parent must "
    "exist. A relative one is taken from the workspace under `bazel run`");
ABSL_FLAG(bool, overwrite, false,
          "publish into any folder and replace files of the same names, "
          "no matter who wrote them");
ABSL_FLAG(bool, check_only, false,
          "only check that --output_dir can be published into, before long "
          "work");
ABSL_FLAG(std::vector<std::string>, files, {},
          "comma-separated files for people, published under their last "
          "part; each with its manifest in the same folder");
ABSL_FLAG(std::vector<std::string>, artifacts, {},
          "comma-separated artifacts, the evidence, published in artifacts/");
ABSL_FLAG(std::vector<std::string>, manifests, {},
          "comma-separated manifests of the stages before");
ABSL_FLAG(int64_t, started, 0,
          "for run.json: when the run began, in seconds since 1970");
ABSL_FLAG(std::string, git_commit, "", "for run.json");
ABSL_FLAG(bool, git_dirty, false, "for run.json");
ABSL_FLAG(std::string, bazel_processes, "",
          "for run.json: Bazel's summary of what it ran");

namespace quant_curve {
namespace {

constexpr char kUsage[] =
    "Publishes files into a folder, all of them or none. Files of an earlier "
    "publication there are replaced or removed, all others stay.\n"
    "Example: publish --output_dir=experiments/26-quant-curve "
    "--files=results.json,README.md --artifacts=fp32_measurement.qca "
    "--manifests=corpus.qca.manifest.json";

// The terminal's table, or nothing when there is no results.json.
absl::StatusOr<std::string> TableOf(const std::vector<PublishedFile>& files) {
  for (const PublishedFile& file : files) {
    if (file.name != "results.json") continue;
    const absl::StatusOr<Results> results = ResultsFromJson(file.contents);
    if (!results.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(file.name, ": ", results.status().message()));
    }
    return absl::StrCat(ResultsTable(*results), "\n", DecisionLines(*results));
  }
  return "";
}

RunRecord RecordFromFlags() {
  RunRecord record = RecordOfThisMachine();
  record.started_unix_seconds = absl::GetFlag(FLAGS_started);
  record.git_commit = absl::GetFlag(FLAGS_git_commit);
  record.git_dirty = absl::GetFlag(FLAGS_git_dirty);
  record.bazel_processes = absl::GetFlag(FLAGS_bazel_processes);
  return record;
}

// Others may have put control characters into the names of their files.
std::string Listed(const std::vector<std::string>& names) {
  return Printable(absl::StrJoin(names, ", "));
}

// Prints what else changed in the folder than the files that were published.
void PrintNotes(const Published& published, const std::string& directory) {
  if (!published.removed.empty()) {
    absl::FPrintF(stderr,
                  "publish: %s: removed %d files of the earlier publication: "
                  "%s\n",
                  directory, published.removed.size(),
                  Listed(published.removed));
  }
  if (!published.others.empty()) {
    absl::FPrintF(stderr,
                  "publish: %s: also contains %s, which are not part of the "
                  "publication; its audit will name them\n",
                  directory, Listed(published.others));
  }
}

absl::Status Run() {
  const std::string output_dir = absl::GetFlag(FLAGS_output_dir);
  RETURN_IF_ERROR(RequireFlag("output_dir", output_dir));
  const bool overwrite = absl::GetFlag(FLAGS_overwrite);
  const std::string directory = InWorkspace(output_dir);
  if (absl::GetFlag(FLAGS_check_only)) {
    return CheckDirectory(directory, overwrite);
  }
  const PublicationInputs inputs = {absl::GetFlag(FLAGS_files),
                                    absl::GetFlag(FLAGS_artifacts),
                                    absl::GetFlag(FLAGS_manifests)};
  if (inputs.files.empty()) return RequireFlag("files", "");

  ASSIGN_OR_RETURN(std::vector<PublishedFile> files, CollectEvidence(inputs));
  files.push_back({kRunRecord, RunJson(RecordFromFlags())});
  ASSIGN_OR_RETURN(const std::string table, TableOf(files));
  ASSIGN_OR_RETURN(const Published published,
                   Publish(files, directory, overwrite));
  PrintNotes(published, directory);
  absl::PrintF("publish: %d files -> %s\n%s", files.size(), directory, table);
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain("publish", argc, argv, quant_curve::kUsage,
                               quant_curve::Run);
}
