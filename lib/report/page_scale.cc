#include "lib/report/page_scale.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "lib/numerics/scalar_math.h"

namespace quant_curve {
namespace {

// Shares of the span. Good schemes crowd at the bottom: room for their names.
constexpr double kPaddingAbove = 0.06;
constexpr double kPaddingBelow = 0.13;
constexpr double kLinearRatio = 20;
// An axis has at most so many decades: values below are drawn as good as zero.
constexpr double kMostDecadesRatio = 1000;
constexpr size_t kMostTicks = 9;

struct Range {
  double low;
  double high;
  double smallest_positive;  // 0: none is positive
};

Range RangeOf(const Quantity& quality, double margin) {
  Range range = {margin, margin, 0};
  bool is_first = margin <= 0;
  for (const std::optional<Interval>& value : quality.of_scheme) {
    if (!value.has_value()) continue;
    range.low = is_first ? value->low : std::min(range.low, value->low);
    range.high = is_first ? value->high : std::max(range.high, value->high);
    is_first = false;
    if (value->value <= 0) continue;
    range.smallest_positive =
        range.smallest_positive == 0
            ? value->value
            : std::min(range.smallest_positive, value->value);
  }
  return range;
}

// The largest power of ten that is at most `value` > 0.
double PowerOfTen(double value) {
  double power = 1;
  while (power > value) power /= 10;
  while (power * 10 <= value) power *= 10;
  return power;
}

// 0: linear.
double ThresholdOf(const Quantity& quality, const Range& range, double margin) {
  if (!quality.has_zero || range.high <= 0) return 0;
  const double unit = margin > 0 ? margin : 10 * range.smallest_positive;
  if (unit <= 0 || range.high <= kLinearRatio * unit) return 0;
  return PowerOfTen(std::max(unit / 10, range.high / kMostDecadesRatio));
}

std::string TickLabel(double value) {
  return absl::StrReplaceAll(absl::StrFormat("%g", value), {{"e-0", "e-"}});
}

// 0, then 1 and 3 times the powers of ten from the threshold on, both ways.
// Ticks below `low` would be of values that no scheme has.
std::vector<Tick> DecadeTicks(const QualityScale& scale, double low,
                              bool dense) {
  std::vector<Tick> ticks;
  const auto add = [&](double value) {
    const double at = Plotted(scale, value);
    if (at < low || at > scale.axis.high) return;
    ticks.push_back({at, TickLabel(value)});
  };
  if (low > 0) low = scale.axis.low;  // 0 then has its tick, if it is there
  add(0);
  const double most =
      std::max(std::abs(scale.axis.low), std::abs(scale.axis.high));
  for (double power = scale.threshold; Plotted(scale, power) <= most;
       power *= 10) {
    for (const double factor : {1.0, 3.0}) {
      if (factor != 1 && !dense) continue;
      // Rounded again: ten times 0.1 a few times is not a round number.
      add(std::round(factor * power / scale.threshold) * scale.threshold);
      add(-std::round(factor * power / scale.threshold) * scale.threshold);
    }
  }
  return ticks;
}

}  // namespace

double Plotted(const QualityScale& scale, double value) {
  if (scale.threshold == 0) return value;
  // asinh by the elementary functions whose bits do not depend on the machine.
  const double x = std::abs(value) / scale.threshold;
  const double plotted = Log(x + std::sqrt(x * x + 1));
  return value < 0 ? -plotted : plotted;
}

QualityScale MakeQualityScale(const Quantity& quality, double margin) {
  const Range range = RangeOf(quality, margin);
  QualityScale scale = {ThresholdOf(quality, range, margin), {}};
  const double low = Plotted(scale, range.low);
  const double high = Plotted(scale, range.high);
  const double span = high - low;
  scale.axis = span > 0 ? LinearAxis(low - kPaddingBelow * span,
                                     high + kPaddingAbove * span)
                        : PaddedAxis(low, high, false, 0);
  if (scale.threshold == 0) return scale;
  scale.axis.ticks = DecadeTicks(scale, low, true);
  if (scale.axis.ticks.size() > kMostTicks) {
    scale.axis.ticks = DecadeTicks(scale, low, false);
  }
  return scale;
}

}  // namespace quant_curve
