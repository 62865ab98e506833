// Writes results.json, results.csv, README.md, details.md and report.html of an
// experiment from its measurements, and with a timing speed.json; from only a
// timing, the roofline's README.md.
//
//   bazel run //tools/report -- --measurements=/tmp/fp32.qca,/tmp/int8.qca \
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
#include "lib/measurement/sweep.h"
#include "lib/measurement/timing.h"
#include "lib/measurement/verdict_flags.h"
#include "lib/provenance/stage_run.h"
#include "lib/report/report.h"
#include "proto/results.pb.h"
#include "proto/speed.pb.h"

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
ABSL_FLAG(std::string, csv_output, "", "results.csv to write");
ABSL_FLAG(std::string, details_output, "", "details.md to write");
ABSL_FLAG(std::string, page_output, "", "report.html to write");
ABSL_FLAG(bool, lab, false,
          "README.md also answers the four questions of the lab that "
          "experiments/26-quant-curve repeats");
ABSL_FLAG(std::string, experiment, "26-quant-curve",
          "the experiment's name in results.json");
ABSL_FLAG(std::string, title, "The quantization curve of a small GPT",
          "heading of the README");
ABSL_FLAG(std::string, command, "bazel run //pipelines:quant_curve",
          "what the README says reproduces the experiment");

namespace quant_curve {
namespace {

constexpr char kUsage[] =
    "Writes results.json, results.csv, speed.json, README.md, details.md and "
    "report.html of an experiment from its measurements.\n"
    "Example: report --measurements=fp32.qca,int8.qca "
    "--results_output=results.json --readme_output=README.md";

absl::Status CheckFlags() {
  const bool has_timing = !absl::GetFlag(FLAGS_timing).empty();
  const bool has_speed = !absl::GetFlag(FLAGS_speed_output).empty();
  const bool has_readme = !absl::GetFlag(FLAGS_readme_output).empty();
  const bool has_results = !absl::GetFlag(FLAGS_results_output).empty() ||
                           !absl::GetFlag(FLAGS_csv_output).empty() ||
                           !absl::GetFlag(FLAGS_details_output).empty() ||
                           !absl::GetFlag(FLAGS_page_output).empty();
  if (absl::GetFlag(FLAGS_measurements).empty()) {
    if (!has_timing) return RequireFlag("measurements", "");
    if (has_speed || has_results) {
      return UsageError(
          "--speed_output, --results_output, --csv_output, --details_output "
          "and --page_output need --measurements");
    }
  }
  if (has_speed && !has_timing) {
    return UsageError("--speed_output needs --timing");
  }
  if (has_speed || has_results || has_readme) return absl::OkStatus();
  return UsageError(
      "one of --results_output, --csv_output, --readme_output, "
      "--details_output, --page_output and --speed_output is required");
}

absl::StatusOr<ReportOptions> OptionsFromFlags() {
  ASSIGN_OR_RETURN(const VerdictOptions verdict, VerdictOptionsFromFlags());
  return ReportOptions{absl::GetFlag(FLAGS_reference),
                       absl::GetFlag(FLAGS_model),
                       absl::GetFlag(FLAGS_threads),
                       absl::GetFlag(FLAGS_experiment),
                       absl::GetFlag(FLAGS_title),
                       absl::GetFlag(FLAGS_command),
                       verdict,
                       absl::GetFlag(FLAGS_lab)};
}

absl::StatusOr<ReportFiles> MakeFiles(const Timing* timing, StageRun& run) {
  ASSIGN_OR_RETURN(const ReportOptions options, OptionsFromFlags());
  const std::vector<std::string> paths = absl::GetFlag(FLAGS_measurements);
  if (paths.empty()) return MakeReport(nullptr, timing, options);
  ASSIGN_OR_RETURN(const Sweep sweep,
                   ReadSweep(paths, absl::GetFlag(FLAGS_reference)));
  for (size_t i = 0; i < paths.size(); ++i) {
    RETURN_IF_ERROR(run.AddInput("measurements", paths[i], sweep.sha256s[i]));
  }
  return MakeReport(&sweep, timing, options);
}

// Writes those files that a flag asks for; returns their paths.
absl::StatusOr<std::vector<std::string>> Write(const ReportFiles& files,
                                               StageRun& run) {
  std::vector<std::string> written;
  const auto write = [&](const absl::Flag<std::string>& flag,
                         const std::string& contents, const FileKind& kind) {
    const std::string path = absl::GetFlag(flag);
    if (path.empty()) return absl::OkStatus();
    written.push_back(path);
    return run.WriteFile(flag.Name(), path, contents, kind);
  };
  RETURN_IF_ERROR(run.WriteTogether([&]() -> absl::Status {
    RETURN_IF_ERROR(write(FLAGS_results_output, files.results_json,
                          {"RESULTS", Results::descriptor()}));
    RETURN_IF_ERROR(
        write(FLAGS_csv_output, files.results_csv, {"RESULTS_CSV"}));
    RETURN_IF_ERROR(write(FLAGS_speed_output, files.speed_json,
                          {"SPEED", Speed::descriptor()}));
    RETURN_IF_ERROR(write(FLAGS_readme_output, files.readme, {"README"}));
    RETURN_IF_ERROR(write(FLAGS_details_output, files.details_md, {"DETAILS"}));
    return write(FLAGS_page_output, files.report_html, {"PAGE"});
  }));
  return written;
}

absl::Status Run() {
  RETURN_IF_ERROR(CheckFlags());
  const std::string timing_path = absl::GetFlag(FLAGS_timing);
  std::optional<Artifact<Timing>> timing;
  if (!timing_path.empty()) {
    ASSIGN_OR_RETURN(timing, ReadTiming(timing_path));
  }
  ASSIGN_OR_RETURN(StageRun run, StageRun::Begin("report"));
  ASSIGN_OR_RETURN(const ReportFiles files,
                   MakeFiles(timing ? &timing->message : nullptr, run));
  if (timing) {
    RETURN_IF_ERROR(run.AddInput("timing", timing_path, timing->sha256));
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> written, Write(files, run));
  absl::PrintF("report: %s\n", absl::StrJoin(written, ", "));
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain("report", argc, argv, quant_curve::kUsage,
                               quant_curve::Run);
}
