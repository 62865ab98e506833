#include "lib/figures/ladder_figure.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/status_macros.h"
#include "lib/figures/axis.h"
#include "lib/figures/parts.h"
#include "lib/measurement/speed.h"

namespace quant_curve {
namespace {

constexpr int kMinWidth = 1000;
constexpr double kLeft = 85;
constexpr double kRight = 765;  // the lines' names are to the right
constexpr double kNamesLeft = kRight + 22;
constexpr double kMargin = 12;  // to the right of the longest name
constexpr double kPanelHeight = 300;
constexpr double kBetween = 110;
constexpr double kBottom = 95;
constexpr double kTop = 95;
constexpr double kPadding = 0.08;
constexpr double kTickDistance = 105;  // pixels, at least

struct Step {
  double parameters;
  double speedup;
  double low;
  double high;
};

struct Rung {
  std::string scheme;
  std::vector<Step> steps;  // by rising size
};

// The lines of one panel.
struct Ladder {
  uint32_t threads;
  std::vector<Rung> rungs;
};

Step StepOf(const DecodeTiming& decode, const DecodeTiming& reference) {
  const Spread speedup = SpeedupOver(reference, decode);
  return {static_cast<double>(decode.num_parameters()), speedup.median,
          speedup.low, speedup.high};
}

Ladder MakeLadder(const Timing& timing, absl::string_view reference,
                  uint32_t threads) {
  Ladder ladder = {threads, {}};
  const std::vector<std::string> models = ModelNames(timing);
  for (const std::string& model : models) {
    const DecodeTiming* base = FindDecode(timing, model, reference, threads);
    if (base == nullptr) continue;
    for (const DecodeTiming* decode : DecodesOf(timing, model, threads)) {
      const std::string& name = decode->scheme().name();
      if (name == reference) continue;
      auto rung = std::find_if(
          ladder.rungs.begin(), ladder.rungs.end(),
          [&name](const Rung& other) { return other.scheme == name; });
      if (rung == ladder.rungs.end()) {
        rung = ladder.rungs.insert(rung, {name, {}});
      }
      rung->steps.push_back(StepOf(*decode, *base));
    }
  }
  if (models.size() > 1) {
    ladder.rungs.erase(
        std::remove_if(ladder.rungs.begin(), ladder.rungs.end(),
                       [](const Rung& rung) { return rung.steps.size() < 2; }),
        ladder.rungs.end());
  }
  return ladder;
}

// Ticks at the models, but for those that would touch the one before.
Axis SizeAxis(const Timing& timing) {
  double low = 1e300, high = 0;
  for (const DecodeTiming& decode : timing.decodes()) {
    const double parameters = decode.num_parameters();
    low = std::min(low, parameters);
    high = std::max(high, parameters);
  }
  Axis axis = PaddedAxis(low, high, true, kPadding);
  axis.ticks.clear();
  const Panel panel = {{kLeft, 0, kRight, 1}, axis, axis};
  double last = -kTickDistance;
  for (const std::string& model : ModelNames(timing)) {
    for (const DecodeTiming& decode : timing.decodes()) {
      if (decode.model() != model) continue;
      const double parameters = decode.num_parameters();
      const double x = ToPixel(panel, parameters, low).x;
      if (x - last < kTickDistance) break;
      last = x;
      axis.ticks.push_back({parameters, absl::StrFormat("%s (%.3g M)", model,
                                                        parameters / 1e6)});
      break;
    }
  }
  return axis;
}

Axis SpeedupAxis(const std::vector<Ladder>& ladders) {
  double high = 1;
  for (const Ladder& ladder : ladders) {
    for (const Rung& rung : ladder.rungs) {
      for (const Step& step : rung.steps) high = std::max(high, step.high);
    }
  }
  return LinearAxis(0, 1.08 * high);
}

// The reference's level, and where it outgrows the last-level cache.
std::string DrawMarks(const Figure& figure, const Panel& panel,
                      const Machine& machine, absl::string_view reference) {
  std::string script = Line(
      figure, {ToPixel(panel, panel.x.low, 1), ToPixel(panel, panel.x.high, 1)},
      "nohead back linewidth 1.5 linecolor rgb '#4d4d4d'");
  const double cache = std::max(machine.l2_bytes(), machine.l3_bytes());
  const double parameters = cache / 4;
  if (parameters < panel.x.low || parameters > panel.x.high) return script;
  const Point top = ToPixel(panel, parameters, panel.y.high);
  absl::StrAppend(
      &script,
      Line(figure, {ToPixel(panel, parameters, panel.y.low), top},
           "nohead back dashtype 2 linewidth 1.5 linecolor rgb '#c0392b'"),
      LabelAt(figure, {top.x, top.y + 11},
              absl::StrFormat("%s fills the last-level cache, %.3g MiB",
                              reference, cache / (1 << 20)),
              "center font ',10' textcolor rgb '#c0392b'"));
  return script;
}

// The label at a line's last point: name and speed-up.
std::string NameOf(const Rung& rung) {
  return absl::StrFormat("%s %.2fx", rung.scheme, rung.steps.back().speedup);
}

// Wide enough for the longest name.
int WidthFor(const std::vector<Ladder>& ladders, absl::string_view reference) {
  size_t longest = reference.size();
  for (const Ladder& ladder : ladders) {
    for (const Rung& rung : ladder.rungs) {
      longest = std::max(longest, NameOf(rung).size());
    }
  }
  return std::max(kMinWidth, static_cast<int>(kNamesLeft + kMargin +
                                              kCharacterWidth * longest));
}

// Each line's name at its last point, and the reference's.
std::string DrawNames(const Figure& figure, const Panel& panel,
                      const Ladder& ladder, absl::string_view reference) {
  std::vector<double> wanted = {ToPixel(panel, panel.x.high, 1).y};
  for (const Rung& rung : ladder.rungs) {
    wanted.push_back(ToPixel(panel, panel.x.high, rung.steps.back().speedup).y);
  }
  const std::vector<double> heights =
      SpreadOut(wanted, kLabelHeight + 3, panel.box.top);
  std::string script;
  for (size_t i = 0; i < heights.size(); ++i) {
    const std::string name =
        i == 0 ? std::string(reference) : NameOf(ladder.rungs[i - 1]);
    absl::StrAppend(
        &script,
        LabelAt(figure, {kNamesLeft, heights[i]}, name,
                absl::StrCat("left font ',10' textcolor rgb '", SeriesColor(i),
                             "'")),
        Line(figure, {{kRight + 2, wanted[i]}, {kRight + 18, heights[i]}},
             absl::StrCat("nohead linewidth 0.9 linecolor rgb '",
                          SeriesColor(i), "'")));
  }
  return script;
}

std::string DrawRungs(const Ladder& ladder) {
  std::string data, plot = "plot 1/0 notitle";
  for (size_t i = 0; i < ladder.rungs.size(); ++i) {
    absl::StrAppendFormat(&data, "$rung%d << EOD\n", i);
    for (const Step& step : ladder.rungs[i].steps) {
      absl::StrAppendFormat(&data, "%.10g %.10g %.10g %.10g\n", step.parameters,
                            step.speedup, step.low, step.high);
    }
    absl::StrAppend(&data, "EOD\n");
    absl::StrAppendFormat(
        &plot,
        ", \\\n  $rung%d using 1:2:3:4 with yerrorbars pointtype 0 linewidth "
        "1.3 "
        "linecolor rgb '%s'"
        ", \\\n  $rung%d using 1:2 with linespoints linewidth 2 %s",
        i, SeriesColor(i + 1), i, SeriesPoint(i + 1));
  }
  return absl::StrCat(data, plot, "\n");
}

std::vector<Ladder> MakeLadders(const Timing& timing,
                                absl::string_view reference) {
  std::set<uint32_t> counts;
  for (const DecodeTiming& decode : timing.decodes()) {
    counts.insert(decode.threads());
  }
  std::vector<Ladder> ladders;
  for (const uint32_t threads : counts) {
    Ladder ladder = MakeLadder(timing, reference, threads);
    if (!ladder.rungs.empty()) ladders.push_back(std::move(ladder));
  }
  return ladders;
}

}  // namespace

absl::StatusOr<Figure> LadderFigure(const Timing& timing,
                                    absl::string_view reference) {
  const std::vector<Ladder> ladders = MakeLadders(timing, reference);
  if (ladders.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the timing has no model both in scheme ", reference, " and another"));
  }
  Figure figure;
  figure.width = WidthFor(ladders, reference);
  figure.height = static_cast<int>(kBottom + kTop - kBetween +
                                   (kPanelHeight + kBetween) * ladders.size());
  figure.script = StartPanels();
  double top = figure.height - kTop;
  for (const Ladder& ladder : ladders) {
    const Panel panel = {{kLeft, top - kPanelHeight, kRight, top},
                         SizeAxis(timing),
                         SpeedupAxis(ladders)};
    absl::StrAppend(
        &figure.script, "unset label\nunset arrow\n", UsePanel(figure, panel),
        "set xlabel 'parameters, log scale' offset 0,0.3\n"
        "set ylabel 'speed-up over ",
        reference, "' offset -0.3,0\n",
        LabelAt(figure, {kLeft, top + 30},
                absl::StrCat(ladder.threads,
                             ladder.threads == 1 ? " thread" : " threads"),
                "left font ',12'"),
        DrawMarks(figure, panel, timing.machine(), reference),
        DrawNames(figure, panel, ladder, reference));
    if (&ladder == &ladders.front()) {
      absl::StrAppend(
          &figure.script,
          LabelAt(figure, {figure.width / 2.0, figure.height - 24.0},
                  SpeedTitle("Speed-up by storing fewer bytes, by model size",
                             timing),
                  "center font ',14'"),
          LabelAt(figure, {kLeft, 30},
                  "Median of the rounds of turns, bars from the 10th to the "
                  "90th percentile. Numbers on the right: the largest model.",
                  "left font ',10'"),
          LabelAt(figure, {kLeft, 13},
                  "Models whose products are too small for two threads are "
                  "measured with one.",
                  "left font ',10'"));
    }
    for (const Rung& rung : ladder.rungs) {
      for (const Step& step : rung.steps) {
        figure.points.push_back({absl::StrCat(rung.scheme, " ", ladder.threads),
                                 step.parameters, step.speedup});
      }
    }
    absl::StrAppend(&figure.script, DrawRungs(ladder));
    top -= kPanelHeight + kBetween;
  }
  absl::StrAppend(&figure.script, "unset multiplot\n");
  return figure;
}

}  // namespace quant_curve
