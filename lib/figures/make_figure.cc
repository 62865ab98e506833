#include "lib/figures/make_figure.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "lib/figures/accuracy_figure.h"
#include "lib/figures/ladder_figure.h"
#include "lib/figures/pareto_figure.h"
#include "lib/figures/parts.h"
#include "lib/figures/roofline_figure.h"
#include "lib/measurement/results.h"
#include "lib/measurement/speed.h"
#include "lib/measurement/task.h"
#include "lib/provenance/manifest.h"

namespace quant_curve {
namespace {

const std::vector<FigureKind>& AllFigures() {
  static const auto* figures =
      new std::vector<FigureKind>{{"pareto", true, false},
                                  {"verb_tense_accuracy", true, false},
                                  {"minimal_pair_accuracy", true, false},
                                  {"latency_pareto", true, true},
                                  {"roofline_overlay", false, true},
                                  {"speedup_ladder", false, true}};
  return *figures;
}

absl::StatusOr<Figure> MakeLatency(const Results& results, const Timing& timing,
                                   const FigureOptions& options) {
  ASSIGN_OR_RETURN(const YScale y_scale, FindYScale(options.y_scale));
  ASSIGN_OR_RETURN(const Speed speed,
                   MakeSpeed(timing, options.model, options.threads,
                             results.reference_scheme(), ""));
  ASSIGN_OR_RETURN(Chart chart, SpeedChart(results, speed));
  chart.title = SpeedTitle(chart.title, timing);
  return ParetoFigure(chart, y_scale);
}

absl::StatusOr<Figure> MakeAccuracy(const Results& results,
                                    absl::string_view name) {
  const absl::string_view task = TaskOf(results).field;
  if (!task.empty() && task != name) {
    return absl::InvalidArgumentError(
        absl::StrCat("--figure=", name, ": the measurements have ", task));
  }
  return AccuracyFigure(results);
}

}  // namespace

absl::StatusOr<FigureKind> FindFigure(absl::string_view name) {
  std::vector<std::string> names;
  for (const FigureKind& kind : AllFigures()) {
    if (name == kind.name) return kind;
    names.push_back(kind.name);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "--figure=", name, ": must be one of ", absl::StrJoin(names, ", ")));
}

absl::StatusOr<YScale> FindYScale(absl::string_view name) {
  if (name == "auto") return YScale::kAuto;
  if (name == "linear") return YScale::kLinear;
  if (name == "log") return YScale::kLog;
  return absl::InvalidArgumentError(
      absl::StrCat("--y_scale=", name, ": must be auto, linear or log"));
}

absl::StatusOr<Figure> MakeFigure(const FigureKind& kind,
                                  const FigureOptions& options,
                                  const Sweep* sweep, const Timing* timing) {
  if (kind.measurements != (sweep != nullptr) ||
      kind.timing != (timing != nullptr)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--figure=", kind.name, ": is drawn of ",
                     kind.measurements ? "measurements" : "",
                     kind.measurements && kind.timing ? " and " : "",
                     kind.timing ? "a timing" : "", ", and of nothing else"));
  }
  if (kind.name == "roofline_overlay") {
    return RooflineFigure(*timing, options.model, options.schemes);
  }
  if (kind.name == "speedup_ladder") {
    return LadderFigure(*timing, options.reference);
  }
  ASSIGN_OR_RETURN(const Results results,
                   MakeResults(*sweep, options.experiment, options.verdict));
  if (kind.name == "latency_pareto") {
    return MakeLatency(results, *timing, options);
  }
  if (absl::EndsWith(kind.name, "_accuracy")) {
    return MakeAccuracy(results, kind.name);
  }
  ASSIGN_OR_RETURN(const YScale y_scale, FindYScale(options.y_scale));
  return ParetoFigure(SizeChart(results), y_scale);
}

std::vector<PlottedPoint> PlottedPoints(const Figure& figure) {
  std::vector<PlottedPoint> points;
  for (const DrawnPoint& point : figure.points) {
    PlottedPoint& plotted = points.emplace_back();
    plotted.set_label(point.label);
    plotted.set_x(HexFloat(point.x));
    plotted.set_y(HexFloat(point.y));
  }
  return points;
}

}  // namespace quant_curve
