#include "lib/report/speed_tables.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/memory_level.h"
#include "lib/measurement/quiet.h"
#include "lib/measurement/speed.h"
#include "lib/report/text.h"

namespace quant_curve {
namespace {

// Below this share of its ceiling a step is held by something else.
constexpr double kFarBelow = 0.5;
// Above this share the ceiling was not one.
constexpr double kAbove = 1.05;
// A speed-up this near to 1 is called none.
constexpr double kAlike = 0.02;

std::string Under(const SchemeStep& step) {
  return absl::StrFormat("%s (%s, %.0f %%)", Code(step.scheme), step.roof,
                         100 * step.dot.share);
}

std::string SlowerSentence(const std::vector<SchemeStep>& steps,
                           absl::string_view reference) {
  std::vector<std::string> slower, alike;
  for (const SchemeStep& step : steps) {
    const double speedup = step.speedup.median;
    if (step.scheme == reference || speedup > 1 + kAlike) continue;
    (speedup < 1 - kAlike ? slower : alike)
        .push_back(
            absl::StrFormat("%s (%.2f times)", Code(step.scheme), speedup));
  }
  std::string text;
  if (!slower.empty()) {
    absl::StrAppend(&text, "- **Slower** than ", Code(reference), ": ",
                    absl::StrJoin(slower, ", "), ".\n");
  }
  if (!alike.empty()) {
    absl::StrAppendFormat(
        &text, "- **No faster** than %s, within %.0f %%: %s.\n",
        Code(reference), 100 * kAlike, absl::StrJoin(alike, ", "));
  }
  return text.empty() ? absl::StrCat("- Every other scheme is faster than ",
                                     Code(reference), ".\n")
                      : text;
}

std::string CeilingSentence(const std::vector<SchemeStep>& steps) {
  std::vector<std::string> memory, compute;
  for (const SchemeStep& step : steps) {
    (step.dot.memory_bound ? memory : compute).push_back(Under(step));
  }
  const auto list = [](const std::vector<std::string>& names) {
    return names.empty() ? "none" : absl::StrJoin(names, ", ");
  };
  return absl::StrCat(
      "- Under the memory ceiling (the share of it that is "
      "reached): ",
      list(memory), ". Under the compute ceiling: ", list(compute), ".\n");
}

// The time that only the lower roof would allow.
std::string FarBelowSentence(const std::vector<SchemeStep>& steps) {
  std::vector<std::string> far;
  for (const SchemeStep& step : steps) {
    if (step.dot.share >= kFarBelow) continue;
    far.push_back(absl::StrFormat(
        "%s (%s µs per token, its ceiling would allow %s)", Code(step.scheme),
        ShortNumber(1e6 * step.seconds_per_token),
        ShortNumber(1e6 * step.seconds_per_token * step.dot.share)));
  }
  if (far.empty()) return "";
  return absl::StrCat(
      "- Below half of the ceiling that they are under, so that neither bytes "
      "nor multiplications set their speed but the remaining cost of a step "
      "(unpacking codes, softmax and norms, waiting between one operation and "
      "the next): ",
      absl::StrJoin(far, ", "), ".\n");
}

std::string AboveSentence(const std::vector<SchemeStep>& steps) {
  std::vector<std::string> above;
  for (const SchemeStep& step : steps) {
    if (step.dot.share > kAbove) above.push_back(Code(step.scheme));
  }
  if (above.empty()) return "";
  return absl::StrCat(
      "- **Above** the ceiling that was measured: ", absl::StrJoin(above, ", "),
      ". More of a step's bytes may come from a faster level than of a set of "
      "the same size that is read from end to end.\n");
}

}  // namespace

absl::StatusOr<std::vector<SchemeStep>> StepsOf(const Timing& timing,
                                                absl::string_view model,
                                                uint32_t threads,
                                                absl::string_view reference) {
  ASSIGN_OR_RETURN(const Speed speed,
                   MakeSpeed(timing, model, threads, reference, ""));
  const std::vector<const DecodeTiming*> decodes =
      DecodesOf(timing, model, threads);
  const DecodeTiming& base = *FindDecode(timing, model, reference, threads);
  ASSIGN_OR_RETURN(const RooflineDot base_dot, MakeRooflineDot(timing, base));
  std::vector<SchemeStep> steps;
  for (size_t i = 0; i < decodes.size(); ++i) {
    SchemeStep step;
    step.scheme = decodes[i]->scheme().name();
    step.seconds_per_token = 1 / speed.schemes(i).tokens_per_second();
    step.speedup = SpeedupOver(base, *decodes[i]);
    ASSIGN_OR_RETURN(step.dot, MakeRooflineDot(timing, *decodes[i]));
    step.roof = RoofName(step.dot, decodes[i]->scheme());
    step.bound = step.dot.intensity / base_dot.intensity;
    steps.push_back(step);
  }
  return steps;
}

std::string ThreadsText(uint32_t threads) {
  return absl::StrCat(threads, threads == 1 ? " thread" : " threads");
}

std::string RepeatsText(const DecodeTiming& decode) {
  const int repeats = decode.seconds_size();
  return absl::StrCat(repeats, repeats == 1 ? " repeat" : " repeats");
}

std::string SizeText(double bytes) {
  if (bytes < (1 << 20)) return absl::StrFormat("%.4g KiB", bytes / 1024);
  return absl::StrFormat("%.4g MiB", bytes / (1 << 20));
}

std::string ShortNumber(double value) {
  if (value >= 1000) return Thousands(value + 0.5);
  int decimals = 0;
  for (double scaled = value; scaled < 100 && decimals < 6; scaled *= 10) {
    ++decimals;
  }
  return absl::StrFormat("%.*f", decimals, value);
}

std::string MachineText(const Machine& machine) {
  return absl::StrFormat(
      "%s, %s, %d core%s (L1 %s and L2 %s a core, L3 %s)", machine.cpu_model(),
      machine.isa(), machine.cores(), machine.cores() == 1 ? "" : "s",
      SizeText(machine.l1_data_bytes()), SizeText(machine.l2_bytes()),
      SizeText(machine.l3_bytes()));
}

std::string SpeedTable(const Timing& timing, absl::string_view model,
                       uint32_t threads, const std::vector<SchemeStep>& steps) {
  std::vector<std::vector<std::string>> rows;
  for (const SchemeStep& step : steps) {
    const DecodeTiming& decode =
        *FindDecode(timing, model, step.scheme, threads);
    const Spread spread = TokensPerSecond(decode);
    const Spread& memory = step.dot.memory;
    rows.push_back(
        {Code(step.scheme), Thousands(decode.bytes_per_token() + 0.5),
         absl::StrFormat("%.2f", step.dot.intensity),
         absl::StrFormat("%s [%s, %s]", ShortNumber(spread.median),
                         ShortNumber(spread.low), ShortNumber(spread.high)),
         ShortNumber(1000 * step.seconds_per_token),
         absl::StrFormat("%.2f [%.2f, %.2f]", step.speedup.median,
                         step.speedup.low, step.speedup.high),
         absl::StrFormat("%.2f", step.bound),
         ShortNumber(decode.bytes_per_token() * spread.median / 1e9),
         absl::StrFormat("%s %s [%s, %s]", MemoryLevel_Name(step.dot.level),
                         ShortNumber(memory.median / 1e9),
                         ShortNumber(memory.low / 1e9),
                         ShortNumber(memory.high / 1e9)),
         absl::StrFormat("%.0f %% of %s", 100 * step.dot.share, step.roof)});
  }
  return MarkdownTable(
      {"scheme", "bytes/token", "FLOP/byte", "tokens/s [10th, 90th percentile]",
       "ms/token", "speed-up [10th, 90th]", "bound on it", "GB/s",
       "memory, GB/s [10th, 90th]", "ceiling"},
      rows);
}

std::string StepSentences(const std::vector<SchemeStep>& steps,
                          absl::string_view reference) {
  return absl::StrCat(SlowerSentence(steps, reference), CeilingSentence(steps),
                      FarBelowSentence(steps), AboveSentence(steps));
}

std::string CeilingTable(const Timing& timing) {
  std::vector<std::vector<std::string>> rows;
  for (const Ceilings& ceilings : timing.ceilings()) {
    std::vector<std::string> row = {
        absl::StrCat(ceilings.threads()),
        ShortNumber(ceilings.fma_flops_per_second() / 1e9),
        ShortNumber(ceilings.int8_ops_per_second() / 1e9)};
    for (const MemoryLevel level : {L1, L2, L3, DRAM}) {
      std::string cell = "not measured";
      for (const Bandwidth& bandwidth : ceilings.bandwidths()) {
        if (bandwidth.level() != level) continue;
        cell = ShortNumber(bandwidth.read_bytes_per_second() / 1e9);
      }
      row.push_back(cell);
    }
    rows.push_back(row);
  }
  return MarkdownTable({"threads", "FMA, GFLOP/s", "int8 dot, Gop/s",
                        "L1, GB/s", "L2, GB/s", "L3, GB/s", "DRAM, GB/s"},
                       rows);
}

std::string ThroughputTable(const Timing& timing) {
  std::vector<std::vector<std::string>> rows;
  for (const ThroughputTiming& throughput : timing.throughputs()) {
    const Spread spread = FlopsPerSecond(throughput);
    const Ceilings* ceilings = FindCeilings(timing, throughput.threads());
    rows.push_back(
        {throughput.what(), absl::StrCat(throughput.threads()),
         absl::StrFormat("%s [%s, %s]", ShortNumber(spread.median / 1e9),
                         ShortNumber(spread.low / 1e9),
                         ShortNumber(spread.high / 1e9)),
         ceilings == nullptr
             ? "unknown"
             : ShareText(spread.median / ceilings->fma_flops_per_second())});
  }
  if (rows.empty()) return "";
  return MarkdownTable(
      {"what", "threads", "GFLOP/s [10th, 90th percentile]", "of the FMA peak"},
      rows);
}

std::string BusyWarning(const Timing& timing) {
  const std::vector<std::string> signs = BusySigns(timing);
  if (signs.empty()) return "";
  return absl::StrCat(
      "**The machine was busy, so these speeds are rough**: measure again on a "
      "quiet one.\n\n- ",
      absl::StrJoin(signs, "\n- "), "\n\n");
}

}  // namespace quant_curve
