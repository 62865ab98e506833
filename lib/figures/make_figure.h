// Every figure by its name, only from artifacts and options: tools/plot draws
// it, the audit compares its script with the one that a manifest names.
#ifndef QUANT_CURVE_LIB_FIGURES_MAKE_FIGURE_H_
#define QUANT_CURVE_LIB_FIGURES_MAKE_FIGURE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/figures/gnuplot.h"
#include "lib/figures/pareto_layout.h"
#include "lib/measurement/sweep.h"
#include "lib/measurement/verdict.h"
#include "proto/provenance.pb.h"
#include "proto/timing.pb.h"

namespace quant_curve {

// A figure's name, as --figure takes it, and what it is drawn from.
struct FigureKind {
  std::string name;
  bool measurements;
  bool timing;
};

// Errors list the names that there are.
absl::StatusOr<FigureKind> FindFigure(absl::string_view name);

// "auto", "linear" or "log".
absl::StatusOr<YScale> FindYScale(absl::string_view name);

// The flags of tools/plot that decide what it draws.
struct FigureOptions {
  std::string reference;  // gaps and speed-ups are measured against it
  std::string y_scale;    // of the Pareto figures
  // Of latency_pareto and roofline_overlay: the model's name in the timing.
  std::string model;
  uint32_t threads = 1;              // of latency_pareto: whose speed is drawn
  std::vector<std::string> schemes;  // of roofline_overlay: the dots
  std::string experiment;            // its name, below the title
  VerdictOptions verdict;            // of pareto: what is marked
};

// `sweep` and `timing` are null where `kind` does not need them.
absl::StatusOr<Figure> MakeFigure(const FigureKind& kind,
                                  const FigureOptions& options,
                                  const Sweep* sweep, const Timing* timing);

// The figure's dots as its manifest lists them.
std::vector<PlottedPoint> PlottedPoints(const Figure& figure);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FIGURES_MAKE_FIGURE_H_
