#include "lib/figures/axis.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "lib/numerics/scalar_math.h"

namespace quant_curve {
namespace {

constexpr int kMostTicks = 7;
constexpr int kMostByteTicks = 9;
// Below this ratio ticks at round differences read better than at 1, 2, 5.
constexpr double kNarrowLogRatio = 3;

// Ticks at multiples of a round step; labels show value / unit.
std::vector<Tick> RoundTicks(double low, double high, double unit) {
  const double span = (high - low) / unit;
  double power = 1;
  int decimals = 0;
  while (power > span / kMostTicks) {
    power /= 10;
    ++decimals;
  }
  while (power * 10 <= span / kMostTicks) {
    power *= 10;
    --decimals;
  }
  double step = power;
  for (const double factor : {2.0, 5.0, 10.0}) {
    if (span / step <= kMostTicks) break;
    step = power * factor;
    if (factor == 10.0) --decimals;
  }
  std::vector<Tick> ticks;
  // + 0: a negative zero would be labelled "-0".
  const double first = std::ceil(low / unit / step) + 0.0;
  for (double i = first; i * step <= high / unit; ++i) {
    ticks.push_back({i * step * unit,
                     absl::StrFormat("%.*f", std::max(decimals, 0), i * step)});
  }
  return ticks;
}

std::vector<Tick> LogTicks(double low, double high) {
  if (high / low < kNarrowLogRatio) return RoundTicks(low, high, 1);
  std::vector<Tick> ticks;
  double power = 1;
  while (power > low) power /= 10;
  while (power * 10 <= low) power *= 10;
  const bool dense = high / low < 1000;
  for (; power <= high; power *= 10) {
    for (const double factor : {1.0, 2.0, 3.0, 5.0, 7.0}) {
      if (factor != 1 && !dense) continue;
      const double value = power * factor;
      if (value < low || value > high) continue;
      ticks.push_back({value, absl::StrFormat("%g", value)});
    }
  }
  return ticks;
}

std::vector<Tick> BinaryTicks(double low, double high, double unit,
                              bool halves) {
  std::vector<Tick> ticks;
  for (double power = unit / 1024; power <= high; power *= 2) {
    for (const double factor : {1.0, 1.5}) {
      if (factor != 1 && !halves) continue;
      const double value = power * factor;
      if (value < low || value > high) continue;
      ticks.push_back({value, absl::StrFormat("%g", value / unit)});
    }
  }
  return ticks;
}

}  // namespace

Axis LinearAxis(double low, double high) {
  return {low, high, false, RoundTicks(low, high, 1), ""};
}

Axis PaddedAxis(double low, double high, bool log, double padding) {
  if (!(low < high)) {
    const double margin = low == 0 ? 1 : std::abs(low) * 0.005;
    low -= margin;
    high += margin;
  }
  if (!log) {
    const double margin = padding * (high - low);
    return LinearAxis(low - margin, high + margin);
  }
  const double factor = Exp(padding * Log(high / low));
  low /= factor;
  high *= factor;
  return {low, high, true, LogTicks(low, high), ""};
}

Axis BytesAxis(double low_bytes, double high_bytes, double padding) {
  Axis axis = PaddedAxis(low_bytes, high_bytes, true, padding);
  double unit = 1024;
  axis.unit = "KiB";
  for (const char* larger : {"MiB", "GiB"}) {
    if (axis.high < 4 * 1024 * unit) break;
    unit *= 1024;
    axis.unit = larger;
  }
  axis.ticks = BinaryTicks(axis.low, axis.high, unit, true);
  if (axis.ticks.size() > kMostByteTicks) {
    axis.ticks = BinaryTicks(axis.low, axis.high, unit, false);
  }
  if (axis.ticks.size() < 3) {
    axis.ticks = RoundTicks(axis.low, axis.high, unit);
  }
  return axis;
}

Point ToPixel(const Panel& panel, double x, double y) {
  const auto share = [](const Axis& axis, double value) {
    return axis.log ? Log(value / axis.low) / Log(axis.high / axis.low)
                    : (value - axis.low) / (axis.high - axis.low);
  };
  const Box& box = panel.box;
  return {box.left + share(panel.x, x) * (box.right - box.left),
          box.bottom + share(panel.y, y) * (box.top - box.bottom)};
}

}  // namespace quant_curve
