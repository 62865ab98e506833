// Writes results.json and README.md of an experiment from its measurements,
// and with a timing speed.json; from a timing alone, the roofline's README.md.
//
//   bazel run //tools/report -- --measurements=/tmp/fp32.qca,/tmp/int8.qca
//     --results_output=/tmp/results.json --readme_output=/tmp/README.md
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/tool_main.h"
#include "lib/measurement/results_json.h"
#include "lib/measurement/sweep.h"
#include "lib/measurement/timing.h"
#include "lib/provenance/stage_run.h"
#include "tools/report/readme.h"
#include "tools/report/roofline_readme.h"
#include "tools/report/speed_answer.h"

ABSL_FLAG(std::vector<std::string>, measurements, {},
          "measurement artifacts, comma-separated; reported in this order");
ABSL_FLAG(std::string, timing, "", "timing artifact; speed is then reported");
ABSL_FLAG(std::string, model, "minigpt",
          "the measured model's name in the timing");
ABSL_FLAG(uint32_t, threads, 1, "the threads whose speed of it is reported");
ABSL_FLAG(std::string, reference, "fp32",
          "scheme that the others are compared with");
ABSL_FLAG(std::string, results_output, "", "results.json to write");
ABSL_FLAG(std::string, speed_output, "", "speed.json to write");
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
    "Writes results.json, speed.json and README.md of an experiment from its "
    "measurements.\n"
    "Example: report --measurements=fp32.qca,int8.qca "
    "--results_output=results.json --readme_output=README.md";

struct Output {
  absl::string_view flag;
  std::string path;
  FileKind kind;
  std::string contents;
};

absl::Status CheckFlags() {
  const bool has_timing = !absl::GetFlag(FLAGS_timing).empty();
  const bool has_speed = !absl::GetFlag(FLAGS_speed_output).empty();
  const bool has_results = !absl::GetFlag(FLAGS_results_output).empty();
  const bool has_readme = !absl::GetFlag(FLAGS_readme_output).empty();
  if (absl::GetFlag(FLAGS_measurements).empty()) {
    if (!has_timing) return RequireFlag("measurements", "");
    if (has_speed || has_results) {
      return UsageError(
          "--speed_output and --results_output need --measurements");
    }
  }
  if (has_speed && !has_timing) {
    return UsageError("--speed_output needs --timing");
  }
  if (has_speed || has_results || has_readme) return absl::OkStatus();
  return UsageError(
      "one of --results_output, --readme_output and --speed_output is "
      "required");
}

absl::StatusOr<std::vector<Output>> ReportRoofline(const Timing& timing) {
  ASSIGN_OR_RETURN(const std::string readme,
                   WriteRooflineReadme(timing, absl::GetFlag(FLAGS_reference),
                                       absl::GetFlag(FLAGS_title),
                                       absl::GetFlag(FLAGS_command)));
  return std::vector<Output>{{"readme_output",
                              absl::GetFlag(FLAGS_readme_output),
                              {"README"},
                              readme}};
}

// `timing` is null when speed was not measured.
absl::StatusOr<std::vector<Output>> ReportSweep(const Timing* timing,
                                                StageRun& run) {
  const std::vector<std::string> paths = absl::GetFlag(FLAGS_measurements);
  ASSIGN_OR_RETURN(const Sweep sweep,
                   ReadSweep(paths, absl::GetFlag(FLAGS_reference)));
  for (size_t i = 0; i < paths.size(); ++i) {
    RETURN_IF_ERROR(run.AddInput("measurements", paths[i], sweep.sha256s[i]));
  }
  ASSIGN_OR_RETURN(const Results results,
                   MakeResults(sweep, absl::GetFlag(FLAGS_experiment)));
  std::optional<MeasuredSpeed> measured;
  std::string speed_json;
  if (timing != nullptr) {
    ASSIGN_OR_RETURN(measured,
                     MakeMeasuredSpeed(*timing, absl::GetFlag(FLAGS_model),
                                       absl::GetFlag(FLAGS_threads), results));
    ASSIGN_OR_RETURN(speed_json, SpeedToJson(measured->speed));
  }
  ASSIGN_OR_RETURN(const std::string json, ResultsToJson(results));
  ASSIGN_OR_RETURN(
      const std::string readme,
      WriteReadme(sweep, results, measured ? &*measured : nullptr,
                  absl::GetFlag(FLAGS_title), absl::GetFlag(FLAGS_command)));
  return std::vector<Output>{{"results_output",
                              absl::GetFlag(FLAGS_results_output),
                              {"RESULTS", Results::descriptor()},
                              json},
                             {"speed_output",
                              absl::GetFlag(FLAGS_speed_output),
                              {"SPEED", Speed::descriptor()},
                              speed_json},
                             {"readme_output",
                              absl::GetFlag(FLAGS_readme_output),
                              {"README"},
                              readme}};
}

absl::Status Run() {
  RETURN_IF_ERROR(CheckFlags());
  const std::string timing_path = absl::GetFlag(FLAGS_timing);
  std::optional<Artifact<Timing>> timing;
  if (!timing_path.empty()) {
    ASSIGN_OR_RETURN(timing, ReadTiming(timing_path));
  }
  ASSIGN_OR_RETURN(StageRun run, StageRun::Begin("report"));
  ASSIGN_OR_RETURN(const std::vector<Output> outputs,
                   absl::GetFlag(FLAGS_measurements).empty()
                       ? ReportRoofline(timing->message)
                       : ReportSweep(timing ? &timing->message : nullptr, run));
  if (timing) {
    RETURN_IF_ERROR(run.AddInput("timing", timing_path, timing->sha256));
  }
  std::vector<std::string> written;
  for (const Output& output : outputs) {
    if (output.path.empty()) continue;
    RETURN_IF_ERROR(
        run.WriteFile(output.flag, output.path, output.contents, output.kind));
    written.push_back(output.path);
  }
  absl::PrintF("report: %s\n", absl::StrJoin(written, ", "));
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain("report", argc, argv, quant_curve::kUsage,
                               quant_curve::Run);
}
