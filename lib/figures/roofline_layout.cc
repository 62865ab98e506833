#include "lib/figures/roofline_layout.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "lib/figures/parts.h"
#include "lib/measurement/roofline.h"
#include "lib/measurement/speed.h"
#include "lib/numerics/scalar_math.h"

namespace quant_curve {
namespace {

constexpr double kStrip = 126;   // pixels left of the slanted lines, for labels
constexpr double kMargin = 2.5;  // in intensity, around the outermost dots
constexpr double kGap = kLabelHeight + 2;

struct DotAndTiming {
  RooflineDot dot;
  const DecodeTiming* decode;
  int series;
};

// The axes' ranges, in FLOP/byte and FLOP/s, without the strip for labels.
struct Range {
  double left, right, low, high;
};

double SlowestBandwidth(const Ceilings& ceilings) {
  double slowest = ceilings.bandwidths(0).read_bytes_per_second();
  for (const Bandwidth& bandwidth : ceilings.bandwidths()) {
    slowest = std::min(slowest, bandwidth.read_bytes_per_second());
  }
  return slowest;
}

double HighestPeak(const Ceilings& ceilings) {
  return std::max(ceilings.fma_flops_per_second(),
                  ceilings.int8_ops_per_second());
}

Range RangeOf(const Ceilings& ceilings, const std::vector<DotAndTiming>& dots) {
  const double slowest = SlowestBandwidth(ceilings);
  Range range = {dots[0].dot.intensity, dots[0].dot.intensity,
                 dots[0].dot.flops_per_second, HighestPeak(ceilings)};
  for (const DotAndTiming& dot : dots) {
    range.left = std::min(range.left, dot.dot.intensity);
    range.right = std::max(range.right, dot.dot.intensity);
    range.low = std::min(range.low, dot.dot.flops_per_second);
    range.high = std::max(range.high, dot.dot.flops_per_second);
  }
  range.left /= kMargin;
  // Up to where the slowest memory feeds the fastest arithmetic.
  range.right =
      std::max(range.right * kMargin, 1.3 * HighestPeak(ceilings) / slowest);
  range.low = std::min(range.low / 2, slowest * range.left / 1.3);
  range.high *= 1.6;
  return range;
}

Axis PowersOfTwo(double low, double high) {
  Axis axis = {low, high, true, {}, ""};
  double power = 1;
  while (power > low) power /= 2;
  for (; power <= high; power *= 2) {
    if (power >= low) axis.ticks.push_back({power, absl::StrCat(power)});
  }
  return axis;
}

Panel MakePanel(const Range& range, const Box& box) {
  const double decade = Log(range.right / range.left) /
                        (box.right - box.left - kStrip);  // a pixel's share
  const double low = range.left / Exp(decade * kStrip);
  Axis y = PaddedAxis(range.low / 1e9, range.high / 1e9, true, 0);
  return {box, PowersOfTwo(low, range.right), y};
}

// A number with three digits, never in exponent form.
std::string ThreeDigits(double value) {
  return absl::StrFormat("%.*f", value < 10 ? 2 : value < 100 ? 1 : 0, value);
}

// Slanted lines end at the highest peak or the panel's edge.
std::vector<RoofLine> MemoryRoofs(const Ceilings& ceilings, const Panel& panel,
                                  double left) {
  std::vector<RoofLine> roofs;
  std::vector<double> wanted;
  for (const Bandwidth& bandwidth : ceilings.bandwidths()) {
    const double speed = bandwidth.read_bytes_per_second();
    const double end = std::min(HighestPeak(ceilings) / speed, panel.x.high);
    RoofLine roof;
    roof.line = {ToPixel(panel, left, left * speed / 1e9),
                 ToPixel(panel, end, end * speed / 1e9)};
    roof.label =
        absl::StrFormat("%s %s GB/s", MemoryLevel_Name(bandwidth.level()),
                        ThreeDigits(speed / 1e9));
    roof.label_anchor = roof.line.from;
    wanted.push_back(roof.label_anchor.y);
    roofs.push_back(roof);
  }
  const std::vector<double> heights =
      SpreadOut(wanted, kGap, panel.box.top - kGap);
  for (size_t i = 0; i < roofs.size(); ++i) {
    roofs[i].label_at = {roofs[i].label_anchor.x - 10, heights[i]};
  }
  return roofs;
}

// Level lines start where the fastest memory reaches them.
std::vector<RoofLine> ComputeRoofs(const Ceilings& ceilings, const Panel& panel,
                                   double left) {
  double fastest = 0;
  for (const Bandwidth& bandwidth : ceilings.bandwidths()) {
    fastest = std::max(fastest, bandwidth.read_bytes_per_second());
  }
  const auto roof_at = [&](double peak, absl::string_view name,
                           absl::string_view unit) {
    RoofLine roof;
    roof.line = {ToPixel(panel, std::max(peak / fastest, left), peak / 1e9),
                 ToPixel(panel, panel.x.high, peak / 1e9)};
    roof.label =
        absl::StrFormat("%s %s %s", name, ThreeDigits(peak / 1e9), unit);
    roof.label_anchor = roof.line.to;
    return roof;
  };
  std::vector<RoofLine> roofs = {
      roof_at(ceilings.int8_ops_per_second(), "int8 dot", "Gop/s"),
      roof_at(ceilings.fma_flops_per_second(), "FMA", "GFLOP/s")};
  const std::vector<double> heights = SpreadOut(
      {roofs[0].label_anchor.y, roofs[1].label_anchor.y}, kGap, panel.box.top);
  for (size_t i = 0; i < roofs.size(); ++i) {
    roofs[i].label_at = {roofs[i].label_anchor.x + 10, heights[i]};
  }
  return roofs;
}

absl::StatusOr<std::vector<DotAndTiming>> DotsOf(
    const Timing& timing, const RooflineChoice& choice,
    const std::vector<std::string>& schemes) {
  std::vector<DotAndTiming> dots;
  for (size_t i = 0; i < schemes.size(); ++i) {
    const DecodeTiming* decode =
        FindDecode(timing, choice.model, schemes[i], choice.threads);
    if (decode == nullptr) continue;
    ASSIGN_OR_RETURN(const RooflineDot dot, MakeRooflineDot(timing, *decode));
    dots.push_back({dot, decode, static_cast<int>(i)});
  }
  if (!dots.empty()) return dots;
  return absl::InvalidArgumentError(absl::StrCat(
      "the timing of ", choice.model, " with ", choice.threads,
      " threads has none of the schemes ", absl::StrJoin(schemes, ", ")));
}

RooflineMark MarkOf(const DotAndTiming& entry, const Panel& panel) {
  const RooflineDot& dot = entry.dot;
  RooflineMark mark;
  mark.scheme = entry.decode->scheme().name();
  mark.intensity = dot.intensity;
  mark.gflops = dot.flops_per_second / 1e9;
  mark.detail =
      absl::StrFormat("%s GFLOP/s, %.0f %% of %s", ThreeDigits(mark.gflops),
                      100 * dot.share, RoofName(dot, entry.decode->scheme()));
  mark.pixel = ToPixel(panel, mark.intensity, mark.gflops);
  mark.roof =
      ToPixel(panel, dot.intensity,
              std::min(dot.memory_roof_flops, dot.compute_roof_flops) / 1e9);
  mark.series = entry.series;
  return mark;
}

}  // namespace

absl::StatusOr<std::vector<RooflineChoice>> ChooseRooflines(
    const Timing& timing, absl::string_view model) {
  const std::vector<std::string> models = ModelNames(timing);
  if (models.empty()) {
    return absl::InvalidArgumentError("the timing holds no decode timings");
  }
  const auto named = std::find(models.begin(), models.end(), model);
  const std::string& first = named == models.end() ? models.front() : *named;
  const RooflineChoice small = {first, ThreadCounts(timing, first).front()};
  const RooflineChoice large = {models.back(),
                                ThreadCounts(timing, models.back()).back()};
  if (small.model == large.model && small.threads == large.threads) {
    return std::vector<RooflineChoice>{small};
  }
  return std::vector<RooflineChoice>{small, large};
}

absl::StatusOr<RooflinePanel> LayOutRoofline(
    const Timing& timing, const RooflineChoice& choice,
    const std::vector<std::string>& schemes, const Box& box) {
  ASSIGN_OR_RETURN(const std::vector<DotAndTiming> dots,
                   DotsOf(timing, choice, schemes));
  std::vector<const DecodeTiming*> shown;
  for (const DotAndTiming& dot : dots) shown.push_back(dot.decode);
  ASSIGN_OR_RETURN(const Ceilings ceilings, CeilingsBeside(timing, shown));
  const Range range = RangeOf(ceilings, dots);
  RooflinePanel panel;
  panel.panel = MakePanel(range, box);
  panel.title =
      absl::StrFormat("%s: %s M parameters, %d thread%s", choice.model,
                      ThreeDigits(dots[0].decode->num_parameters() / 1e6),
                      choice.threads, choice.threads == 1 ? "" : "s");
  panel.roofs = MemoryRoofs(ceilings, panel.panel, range.left);
  for (RoofLine& roof : ComputeRoofs(ceilings, panel.panel, range.left)) {
    panel.roofs.push_back(roof);
  }
  for (const DotAndTiming& dot : dots) {
    panel.marks.push_back(MarkOf(dot, panel.panel));
  }
  return panel;
}

}  // namespace quant_curve
