// Axes with readable ticks, and where a value lies on the canvas.
#ifndef QUANT_CURVE_LIB_FIGURES_AXIS_H_
#define QUANT_CURVE_LIB_FIGURES_AXIS_H_

#include <string>
#include <vector>

#include "lib/figures/geometry.h"

namespace quant_curve {

struct Tick {
  double value;
  std::string label;
};

struct Axis {
  double low;
  double high;
  bool log;
  std::vector<Tick> ticks;  // inside [low, high]
  std::string unit;         // of the tick labels; empty for plain numbers
};

// A linear axis over exactly [low, high], ticks at multiples of 1, 2 or 5
// times a power of ten, at most seven. low < high.
Axis LinearAxis(double low, double high);

// LinearAxis or, for positive values, its logarithmic kin, over the values and
// `padding` of their span on either side. Equal values get a span of 1 % of
// theirs.
Axis PaddedAxis(double low, double high, bool log, double padding);

// Sizes in bytes on a padded logarithmic axis: ticks at 1 and 1.5 times powers
// of two of KiB, MiB or GiB.
Axis BytesAxis(double low_bytes, double high_bytes, double padding);

// A rectangle of the canvas with its axes.
struct Panel {
  Box box;
  Axis x;
  Axis y;
};

Point ToPixel(const Panel& panel, double x, double y);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FIGURES_AXIS_H_
