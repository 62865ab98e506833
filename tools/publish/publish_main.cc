// Publishes an experiment's files into its folder, all or none, and prints the
// table of its results.json.
//
//   bazel run //tools/publish -- --output_dir=experiments/26-quant-curve
//     --files=/tmp/results.json,README.md=/tmp/report.md
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/tool_main.h"
#include "lib/measurement/results_json.h"
#include "tools/publish/publish.h"
#include "tools/publish/results_table.h"

ABSL_FLAG(std::string, output_dir, "",
          "folder to publish into; its parent must exist. A relative one is "
          "taken from the workspace under `bazel run`");
ABSL_FLAG(std::vector<std::string>, files, {},
          "comma-separated PATH (published under its last part) or NAME=PATH");

namespace quant_curve {
namespace {

constexpr char kUsage[] =
    "Publishes files into a folder, all of them or none.\n"
    "Example: publish --output_dir=experiments/26-quant-curve "
    "--files=results.json,README.md=report.md";

// `bazel run` starts programs in their runfiles and says where the user is.
std::string InWorkspace(const std::string& path) {
  const char* workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  if (workspace == nullptr || path[0] == '/') return path;
  return absl::StrCat(workspace, "/", path);
}

// The terminal's table, or nothing when there is no results.json.
absl::StatusOr<std::string> TableOf(const std::vector<PublishedFile>& files) {
  for (const PublishedFile& file : files) {
    if (file.name != "results.json") continue;
    ASSIGN_OR_RETURN(const std::string json, ReadFile(file.path));
    const absl::StatusOr<Results> results = ResultsFromJson(json);
    if (!results.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(file.path, ": ", results.status().message()));
    }
    return ResultsTable(*results);
  }
  return "";
}

absl::Status Run() {
  const std::string output_dir = absl::GetFlag(FLAGS_output_dir);
  RETURN_IF_ERROR(RequireFlag("output_dir", output_dir));
  std::vector<PublishedFile> files;
  for (const std::string& text : absl::GetFlag(FLAGS_files)) {
    const absl::StatusOr<PublishedFile> file = ParsePublishedFile(text);
    if (!file.ok()) {
      return UsageError(absl::StrCat("--files: ", file.status().message()));
    }
    files.push_back(*file);
  }
  if (files.empty()) return RequireFlag("files", "");

  const std::string directory = InWorkspace(output_dir);
  ASSIGN_OR_RETURN(const std::string table, TableOf(files));
  RETURN_IF_ERROR(Publish(files, directory));
  absl::PrintF("publish: %d files -> %s\n%s", files.size(), directory, table);
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain(argc, argv, quant_curve::kUsage,
                               quant_curve::Run);
}
