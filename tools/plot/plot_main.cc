// Draws a figure of a sweep or of a timing, through gnuplot.
//
//   bazel run //tools/plot -- --measurements=/tmp/fp32.qca,/tmp/int8.qca
//     --figure=pareto --output=/tmp/pareto.png
//   bazel run //tools/plot -- --timing=/tmp/timing.qca
//     --figure=roofline_overlay --output=/tmp/roofline.png
#include <cstdint>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/tool_main.h"
#include "lib/measurement/speed.h"
#include "lib/measurement/sweep.h"
#include "lib/measurement/task.h"
#include "lib/measurement/timing.h"
#include "lib/provenance/stage_run.h"
#include "tools/plot/accuracy_figure.h"
#include "tools/plot/gnuplot.h"
#include "tools/plot/ladder_figure.h"
#include "tools/plot/pareto_figure.h"
#include "tools/plot/roofline_figure.h"

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
ABSL_FLAG(std::string, gnuplot, "/usr/bin/gnuplot", "the gnuplot program");

namespace quant_curve {
namespace {

constexpr char kUsage[] =
    "Draws a figure of a sweep or of a timing.\n"
    "Example: plot --measurements=fp32.qca,int8.qca --figure=pareto "
    "--output=pareto.png";

// A figure's name and what it is drawn from.
struct FigureKind {
  const char* name;
  bool measurements;
  bool timing;
};
constexpr FigureKind kFigures[] = {{"pareto", true, false},
                                   {"verb_tense_accuracy", true, false},
                                   {"minimal_pair_accuracy", true, false},
                                   {"latency_pareto", true, true},
                                   {"roofline_overlay", false, true},
                                   {"speedup_ladder", false, true}};

absl::StatusOr<FigureKind> FigureFlag() {
  const std::string name = absl::GetFlag(FLAGS_figure);
  std::vector<std::string> names;
  for (const FigureKind& kind : kFigures) {
    if (name == kind.name) return kind;
    names.push_back(kind.name);
  }
  return UsageError(absl::StrCat("--figure=", name, ": must be one of ",
                                 absl::StrJoin(names, ", ")));
}

absl::StatusOr<YScale> YScaleFlag() {
  const std::string scale = absl::GetFlag(FLAGS_y_scale);
  if (scale == "auto") return YScale::kAuto;
  if (scale == "linear") return YScale::kLinear;
  if (scale == "log") return YScale::kLog;
  return UsageError(
      absl::StrCat("--y_scale=", scale, ": must be auto, linear or log"));
}

absl::StatusOr<Figure> DrawLatency(const Results& results,
                                   const Timing& timing) {
  ASSIGN_OR_RETURN(const YScale y_scale, YScaleFlag());
  ASSIGN_OR_RETURN(
      const Speed speed,
      MakeSpeed(timing, absl::GetFlag(FLAGS_model),
                absl::GetFlag(FLAGS_threads), results.reference_scheme(), ""));
  ASSIGN_OR_RETURN(const Chart chart, SpeedChart(results, speed));
  return ParetoFigure(chart, y_scale);
}

absl::StatusOr<Figure> DrawAccuracy(const Results& results,
                                    absl::string_view name) {
  const absl::string_view task = TaskOf(results).field;
  if (!task.empty() && task != name) {
    return absl::InvalidArgumentError(
        absl::StrCat("--figure=", name, ": the measurements have ", task));
  }
  return AccuracyFigure(results);
}

absl::StatusOr<Results> ReadResults(StageRun& run) {
  const std::vector<std::string> paths = absl::GetFlag(FLAGS_measurements);
  ASSIGN_OR_RETURN(const Sweep sweep,
                   ReadSweep(paths, absl::GetFlag(FLAGS_reference)));
  for (size_t i = 0; i < paths.size(); ++i) {
    RETURN_IF_ERROR(run.AddInput("measurements", paths[i], sweep.sha256s[i]));
  }
  return MakeResults(sweep, "");
}

absl::StatusOr<Figure> MakeFigure(const FigureKind& kind, StageRun& run) {
  Results results;
  if (kind.measurements) {
    ASSIGN_OR_RETURN(results, ReadResults(run));
  }
  Timing timing;
  if (kind.timing) {
    ASSIGN_OR_RETURN(
        Artifact<Timing> artifact,
        run.Read("timing", absl::GetFlag(FLAGS_timing), ReadTiming));
    timing = std::move(artifact.message);
  }
  const absl::string_view name = kind.name;
  if (name == "latency_pareto") return DrawLatency(results, timing);
  if (name == "roofline_overlay") {
    return RooflineFigure(timing, absl::GetFlag(FLAGS_model),
                          absl::GetFlag(FLAGS_schemes));
  }
  if (name == "speedup_ladder") {
    return LadderFigure(timing, absl::GetFlag(FLAGS_reference));
  }
  if (absl::EndsWith(name, "_accuracy")) return DrawAccuracy(results, name);
  ASSIGN_OR_RETURN(const YScale y_scale, YScaleFlag());
  return ParetoFigure(SizeChart(results), y_scale);
}

absl::Status Run() {
  const std::string output = absl::GetFlag(FLAGS_output);
  RETURN_IF_ERROR(RequireFlag("output", output));
  const absl::StatusOr<ImageFormat> format = FormatOf(output);
  if (!format.ok()) {
    return UsageError(absl::StrCat("--output=", format.status().message()));
  }
  ASSIGN_OR_RETURN(const FigureKind kind, FigureFlag());
  if (kind.measurements && absl::GetFlag(FLAGS_measurements).empty()) {
    return RequireFlag("measurements", "");
  }
  if (kind.timing) {
    RETURN_IF_ERROR(RequireFlag("timing", absl::GetFlag(FLAGS_timing)));
  }
  RETURN_IF_ERROR(YScaleFlag().status());
  RETURN_IF_ERROR(CheckGnuplot(absl::GetFlag(FLAGS_gnuplot)));

  ASSIGN_OR_RETURN(StageRun run, StageRun::Begin("plot"));
  ASSIGN_OR_RETURN(const Figure figure, MakeFigure(kind, run));
  RETURN_IF_ERROR(run.AddProgram("gnuplot", absl::GetFlag(FLAGS_gnuplot)));
  ASSIGN_OR_RETURN(const std::string image,
                   Draw(figure, *format, absl::GetFlag(FLAGS_gnuplot)));
  FileKind file_kind = {"FIGURE"};
  for (const DrawnPoint& point : figure.points) {
    PlottedPoint& plotted = file_kind.points.emplace_back();
    plotted.set_label(point.label);
    plotted.set_x(HexFloat(point.x));
    plotted.set_y(HexFloat(point.y));
  }
  RETURN_IF_ERROR(run.WriteFile("output", output, image, file_kind));
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
