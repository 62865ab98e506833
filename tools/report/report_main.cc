// Writes results.json and README.md of an experiment from its measurements.
//
//   bazel run //tools/report -- --measurements=/tmp/fp32.qca,/tmp/int8.qca
//     --results_output=/tmp/results.json --readme_output=/tmp/README.md
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/tool_main.h"
#include "lib/measurement/results_json.h"
#include "lib/measurement/sweep.h"
#include "tools/report/readme.h"

ABSL_FLAG(std::vector<std::string>, measurements, {},
          "measurement artifacts, comma-separated; reported in this order");
ABSL_FLAG(std::string, reference, "fp32",
          "scheme that the others are compared with");
ABSL_FLAG(std::string, results_output, "", "results.json to write");
ABSL_FLAG(std::string, readme_output, "", "README.md to write");
ABSL_FLAG(std::string, experiment, "26-quant-curve",
          "the experiment's name in results.json");
ABSL_FLAG(std::string, title, "The quantization curve of a small GPT",
          "heading of the README");
ABSL_FLAG(std::string, command, "bazel run //pipelines:quant_curve",
          "what the README says reproduces the experiment");

namespace quant_curve {
namespace {

constexpr char kUsage[] =
    "Writes results.json and README.md of an experiment from its "
    "measurements.\n"
    "Example: report --measurements=fp32.qca,int8.qca "
    "--results_output=results.json --readme_output=README.md";

absl::Status Run() {
  const std::vector<std::string> paths = absl::GetFlag(FLAGS_measurements);
  const std::string results_output = absl::GetFlag(FLAGS_results_output);
  const std::string readme_output = absl::GetFlag(FLAGS_readme_output);
  if (paths.empty()) return RequireFlag("measurements", "");
  RETURN_IF_ERROR(RequireFlag("results_output", results_output));
  RETURN_IF_ERROR(RequireFlag("readme_output", readme_output));

  ASSIGN_OR_RETURN(const Sweep sweep,
                   ReadSweep(paths, absl::GetFlag(FLAGS_reference)));
  ASSIGN_OR_RETURN(const Results results,
                   MakeResults(sweep, absl::GetFlag(FLAGS_experiment)));
  ASSIGN_OR_RETURN(const std::string json, ResultsToJson(results));
  ASSIGN_OR_RETURN(const std::string readme,
                   WriteReadme(sweep, results, absl::GetFlag(FLAGS_title),
                               absl::GetFlag(FLAGS_command)));
  RETURN_IF_ERROR(WriteFileAtomically(results_output, json));
  RETURN_IF_ERROR(WriteFileAtomically(readme_output, readme));
  absl::PrintF("report: %d schemes, reference %s -> %s, %s\n",
               results.schemes_size(), results.reference_scheme(),
               results_output, readme_output);
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain(argc, argv, quant_curve::kUsage,
                               quant_curve::Run);
}
