// Draws a figure of a sweep from its measurements, through gnuplot.
//
//   bazel run //tools/plot -- --measurements=/tmp/fp32.qca,/tmp/int8.qca
//     --figure=pareto --output=/tmp/pareto.png
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/tool_main.h"
#include "lib/measurement/sweep.h"
#include "tools/plot/accuracy_figure.h"
#include "tools/plot/gnuplot.h"
#include "tools/plot/pareto_figure.h"

ABSL_FLAG(std::vector<std::string>, measurements, {},
          "measurement artifacts, comma-separated; drawn in this order");
ABSL_FLAG(std::string, reference, "fp32",
          "scheme that gaps are measured against");
ABSL_FLAG(std::string, figure, "pareto", "pareto or verb_tense_accuracy");
ABSL_FLAG(std::string, output, "", "image to write, .png or .svg");
ABSL_FLAG(std::string, y_scale, "auto",
          "of pareto: linear, log, or auto (log when the perplexities span "
          "more than a factor of 3)");
ABSL_FLAG(std::string, gnuplot, "/usr/bin/gnuplot", "the gnuplot program");

namespace quant_curve {
namespace {

constexpr char kUsage[] =
    "Draws a figure of a sweep from its measurements.\n"
    "Example: plot --measurements=fp32.qca,int8.qca --figure=pareto "
    "--output=pareto.png";

absl::StatusOr<YScale> YScaleFlag() {
  const std::string scale = absl::GetFlag(FLAGS_y_scale);
  if (scale == "auto") return YScale::kAuto;
  if (scale == "linear") return YScale::kLinear;
  if (scale == "log") return YScale::kLog;
  return UsageError(
      absl::StrCat("--y_scale=", scale, ": must be auto, linear or log"));
}

absl::StatusOr<Figure> MakeFigure(const Results& results) {
  ASSIGN_OR_RETURN(const YScale y_scale, YScaleFlag());
  if (absl::GetFlag(FLAGS_figure) == "pareto") {
    return ParetoFigure(results, y_scale);
  }
  return AccuracyFigure(results);
}

absl::Status Run() {
  const std::string output = absl::GetFlag(FLAGS_output);
  const std::string figure_name = absl::GetFlag(FLAGS_figure);
  const std::vector<std::string> paths = absl::GetFlag(FLAGS_measurements);
  RETURN_IF_ERROR(RequireFlag("output", output));
  if (paths.empty()) return RequireFlag("measurements", "");
  const absl::StatusOr<ImageFormat> format = FormatOf(output);
  if (!format.ok()) {
    return UsageError(absl::StrCat("--output=", format.status().message()));
  }
  if (figure_name != "pareto" && figure_name != "verb_tense_accuracy") {
    return UsageError(absl::StrCat("--figure=", figure_name,
                                   ": must be pareto or verb_tense_accuracy"));
  }
  RETURN_IF_ERROR(YScaleFlag().status());

  ASSIGN_OR_RETURN(const Sweep sweep,
                   ReadSweep(paths, absl::GetFlag(FLAGS_reference)));
  ASSIGN_OR_RETURN(const Results results, MakeResults(sweep, ""));
  ASSIGN_OR_RETURN(const Figure figure, MakeFigure(results));
  ASSIGN_OR_RETURN(const std::string image,
                   Draw(figure, *format, absl::GetFlag(FLAGS_gnuplot)));
  RETURN_IF_ERROR(WriteFileAtomically(output, image));
  absl::PrintF("plot: %s of %d schemes, %d x %d pixels -> %s\n", figure_name,
               results.schemes_size(), figure.width, figure.height, output);
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain(argc, argv, quant_curve::kUsage,
                               quant_curve::Run);
}
