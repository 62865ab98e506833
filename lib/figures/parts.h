// Pieces of gnuplot script that several figures are made of.
#ifndef QUANT_CURVE_LIB_FIGURES_PARTS_H_
#define QUANT_CURVE_LIB_FIGURES_PARTS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/figures/geometry.h"
#include "lib/figures/gnuplot.h"
#include "lib/figures/label_placement.h"
#include "proto/timing.pb.h"

namespace quant_curve {

// Labels are in DejaVu Sans 10: pixels a character (at most, on average) and a
// line.
inline constexpr double kCharacterWidth = 7.2;
inline constexpr double kLabelHeight = 14;

// "set arrow …" between two pixels; `style` such as "nohead back
// linewidth 1.6 linecolor rgb '#1f5fa8'".
std::string Line(const Figure& figure, const Segment& pixels,
                 absl::string_view style);

// The text in the placement's box, and its leader line if it needs one.
std::string DrawLabel(const Figure& figure, const LabelPlacement& placement,
                      absl::string_view text, absl::string_view color);

// Border, grid and no key: how every panel looks; starts the multiplot.
std::string StartPanels();

// Heights as near to `wanted` as they can be while any two are at least `gap`
// apart and all at most `highest` (the lowest ones move down, if need be), in
// the order of `wanted`.
std::vector<double> SpreadOut(const std::vector<double>& wanted, double gap,
                              double highest);

// The title, and a warning if the machine was not quiet
// (lib/measurement/quiet.h).
std::string SpeedTitle(absl::string_view title, const Timing& timing);

// Colour and point type of the i-th of several series: told apart without
// colour, too.
std::string SeriesColor(int i);
std::string SeriesPoint(int i);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FIGURES_PARTS_H_
