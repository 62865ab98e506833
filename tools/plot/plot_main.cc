// Draws a figure of a sweep or of a timing, through gnuplot.
//
//   bazel run //tools/plot -- --measurements=/tmp/fp32.qca,/tmp/int8.qca \
//     --figure=pareto --output=/tmp/pareto.png
//   bazel run //tools/plot -- --timing=/tmp/timing.qca \
//     --figure=roofline_overlay --output=/tmp/roofline.png
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/tool_main.h"
#include "lib/figures/gnuplot.h"
#include "lib/figures/make_figure.h"
#include "lib/measurement/sweep.h"
#include "lib/measurement/timing.h"
#include "lib/measurement/verdict_flags.h"
#include "lib/provenance/stage_run.h"

ABSL_FLAG(std::vector<std::string>, measurements, {},
          "measurement artifacts, comma-separated; drawn in this order");
ABSL_FLAG(std::string, timing, "", "timing artifact");
ABSL_FLAG(std::string, reference, "fp32",
          "scheme that gaps and speed-ups are measured against");
ABSL_FLAG(std::string, figure, "pareto",
          "of measurements: pareto, verb_tense_accuracy or "
          "minimal_pair_accuracy; of both: latency_pareto; of a timing: "
          "roofline_overlay or speedup_ladder");
ABSL_FLAG(std::string, output, "", "image to write, .png or .svg");
ABSL_FLAG(std::string, y_scale, "auto",
          "of the Pareto figures: linear, log, or auto (log when the "
          "perplexities span more than a factor of 3)");
ABSL_FLAG(
    std::string, model, "minigpt",
    "of latency_pareto and roofline_overlay: the measured model's name in "
    "the timing");
ABSL_FLAG(uint32_t, threads, 1, "of latency_pareto: whose speed is drawn");
ABSL_FLAG(std::vector<std::string>, schemes,
          std::vector<std::string>({"fp32", "fp16", "int8_per_channel",
                                    "int4_per_group_64"}),
          "of roofline_overlay: the dots, comma-separated");
ABSL_FLAG(std::string, experiment, "",
          "of the Pareto figures: the experiment's name, in the subtitle");
ABSL_FLAG(std::string, gnuplot, "/usr/bin/gnuplot", "the gnuplot program");

namespace quant_curve {
namespace {

constexpr char kUsage[] =
    "Draws a figure of a sweep or of a timing.\n"
    "Example: plot --measurements=fp32.qca,int8.qca --figure=pareto "
    "--output=pareto.png";

absl::StatusOr<FigureOptions> OptionsFromFlags() {
  ASSIGN_OR_RETURN(const VerdictOptions verdict, VerdictOptionsFromFlags());
  return FigureOptions{absl::GetFlag(FLAGS_reference),
                       absl::GetFlag(FLAGS_y_scale),
                       absl::GetFlag(FLAGS_model),
                       absl::GetFlag(FLAGS_threads),
                       absl::GetFlag(FLAGS_schemes),
                       absl::GetFlag(FLAGS_experiment),
                       verdict};
}

absl::StatusOr<Sweep> ReadSweepOf(StageRun& run) {
  const std::vector<std::string> paths = absl::GetFlag(FLAGS_measurements);
  ASSIGN_OR_RETURN(Sweep sweep,
                   ReadSweep(paths, absl::GetFlag(FLAGS_reference)));
  for (size_t i = 0; i < paths.size(); ++i) {
    RETURN_IF_ERROR(run.AddInput("measurements", paths[i], sweep.sha256s[i]));
  }
  return sweep;
}

absl::StatusOr<Figure> FigureFromFlags(const FigureKind& kind, StageRun& run) {
  std::optional<Sweep> sweep;
  std::optional<Artifact<Timing>> timing;
  if (kind.measurements) {
    ASSIGN_OR_RETURN(sweep, ReadSweepOf(run));
  }
  if (kind.timing) {
    ASSIGN_OR_RETURN(
        timing, run.Read("timing", absl::GetFlag(FLAGS_timing), ReadTiming));
  }
  ASSIGN_OR_RETURN(const FigureOptions options, OptionsFromFlags());
  return MakeFigure(kind, options, sweep ? &*sweep : nullptr,
                    timing ? &timing->message : nullptr);
}

absl::Status Run() {
  const std::string output = absl::GetFlag(FLAGS_output);
  RETURN_IF_ERROR(RequireFlag("output", output));
  const absl::StatusOr<ImageFormat> format = FormatOf(output);
  if (!format.ok()) {
    return UsageError(absl::StrCat("--output=", format.status().message()));
  }
  const absl::StatusOr<FigureKind> found =
      FindFigure(absl::GetFlag(FLAGS_figure));
  if (!found.ok()) return UsageError(found.status().message());
  const FigureKind& kind = *found;
  if (kind.measurements && absl::GetFlag(FLAGS_measurements).empty()) {
    return RequireFlag("measurements", "");
  }
  if (kind.timing) {
    RETURN_IF_ERROR(RequireFlag("timing", absl::GetFlag(FLAGS_timing)));
  }
  const absl::StatusOr<YScale> y_scale =
      FindYScale(absl::GetFlag(FLAGS_y_scale));
  if (!y_scale.ok()) return UsageError(y_scale.status().message());
  RETURN_IF_ERROR(CheckGnuplot(absl::GetFlag(FLAGS_gnuplot)));

  ASSIGN_OR_RETURN(StageRun run, StageRun::Begin("plot"));
  ASSIGN_OR_RETURN(const Figure figure, FigureFromFlags(kind, run));
  RETURN_IF_ERROR(run.AddProgram("gnuplot", absl::GetFlag(FLAGS_gnuplot)));
  ASSIGN_OR_RETURN(std::string image,
                   Draw(figure, *format, absl::GetFlag(FLAGS_gnuplot)));
  FileKind file_kind = {"FIGURE", nullptr, PlottedPoints(figure)};
  file_kind.script_sha256 = HexDigest(Sha256(GnuplotScript(figure, *format)));
  RETURN_IF_ERROR(run.WriteFile("output", output, std::move(image), file_kind));
  absl::PrintF("plot: %s, %d x %d pixels -> %s\n", kind.name, figure.width,
               figure.height, output);
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain("plot", argc, argv, quant_curve::kUsage,
                               quant_curve::Run);
}
