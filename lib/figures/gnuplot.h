// gnuplot as a child process, and the script lines that figures share.
#ifndef QUANT_CURVE_LIB_FIGURES_GNUPLOT_H_
#define QUANT_CURVE_LIB_FIGURES_GNUPLOT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/figures/axis.h"
#include "lib/figures/geometry.h"

namespace quant_curve {

enum class ImageFormat { kPng, kSvg };

// From the file's ending, .png or .svg.
absl::StatusOr<ImageFormat> FormatOf(const std::string& path);

// A dot as drawn, in the axes' units; it goes into the figure's manifest.
struct DrawnPoint {
  std::string label;
  double x;
  double y;
};

// A figure of `width` by `height` pixels: a script without terminal and output.
struct Figure {
  int width;
  int height;
  std::string script;
  std::vector<DrawnPoint> points = {};
};

// Whether there is a program at this path; the message says what installs it.
absl::Status CheckGnuplot(const std::string& gnuplot);

// All that gnuplot reads to draw the figure: terminal, script and data.
std::string GnuplotScript(const Figure& figure, ImageFormat format);

// Runs gnuplot (a path; no shell, no start-up files, LC_ALL=C) on the figure's
// GnuplotScript and returns the image. The same script gives the same bytes.
// Errors hold what gnuplot said.
absl::StatusOr<std::string> Draw(const Figure& figure, ImageFormat format,
                                 const std::string& gnuplot);

// A gnuplot string constant; single quotes, so nothing inside is expanded.
std::string Quoted(absl::string_view text);

// "set label …" at a pixel of the canvas, vertically centred. `options` such as
// "left textcolor rgb '#333333'".
std::string LabelAt(const Figure& figure, const Point& pixel,
                    absl::string_view text, absl::string_view options);

// Makes the panel's box and axes the current plot: margins, ranges, ticks.
std::string UsePanel(const Figure& figure, const Panel& panel);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FIGURES_GNUPLOT_H_
