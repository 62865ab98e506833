// The layout of a roofline figure: one panel for a model and a number of
// threads, with that many threads' ceilings and a dot a scheme.
#ifndef QUANT_CURVE_LIB_FIGURES_ROOFLINE_LAYOUT_H_
#define QUANT_CURVE_LIB_FIGURES_ROOFLINE_LAYOUT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/figures/axis.h"
#include "lib/figures/geometry.h"
#include "proto/timing.pb.h"

namespace quant_curve {

// A ceiling: slanted for a bandwidth, level for an arithmetic peak. Those that
// the panel's steps come from are at their speed read with the repeats
// (roofline.h).
struct RoofLine {
  Segment line;       // pixels
  std::string label;  // "L2 95 GB/s"
  Point label_at;     // pixels: where the text ends (slanted) or starts (level)
  Point label_anchor;  // pixels: the line's end that it names
};

struct RooflineMark {
  std::string scheme;
  double intensity;    // FLOP per byte moved
  double gflops;       // 10^9 FLOP a second
  std::string detail;  // "38.0 GFLOP/s, 71 % of L2"
  Point pixel;         // of the dot
  Point roof;          // straight above (or below): where its ceiling is
  int series;          // picks colour and point, the same in every panel
};

struct RooflinePanel {
  Panel panel;
  std::string title;
  std::vector<RoofLine> roofs;
  std::vector<RooflineMark> marks;
};

// Which decode timings a panel shows.
struct RooflineChoice {
  std::string model;
  uint32_t threads;
};

// `model` (the smallest, when it was not timed) with the fewest threads and the
// largest with the most: the two regimes. One of them when they are the same.
// Fails on an empty timing.
absl::StatusOr<std::vector<RooflineChoice>> ChooseRooflines(
    const Timing& timing, absl::string_view model);

// The panel, its plot area being `box`. Schemes that were not timed are left
// out; fails when none of them was, or the ceilings are missing.
absl::StatusOr<RooflinePanel> LayOutRoofline(
    const Timing& timing, const RooflineChoice& choice,
    const std::vector<std::string>& schemes, const Box& box);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FIGURES_ROOFLINE_LAYOUT_H_
