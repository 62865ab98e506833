#include "lib/report/speed_answer.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/frontier.h"
#include "lib/measurement/memory_level.h"
#include "lib/measurement/quiet.h"
#include "lib/measurement/speed.h"
#include "lib/report/facts.h"
#include "lib/report/speed_tables.h"
#include "lib/report/text.h"

namespace quant_curve {
namespace {

// The lab's scheme if it was timed, else the one with the highest bound.
const SchemeStep& BarStep(const std::vector<SchemeStep>& steps) {
  const SchemeStep* best = &steps[0];
  for (const SchemeStep& step : steps) {
    if (step.scheme == kBarScheme) return step;
    if (step.bound > best->bound) best = &step;
  }
  return *best;
}

std::string BoundSentence(const std::vector<SchemeStep>& steps,
                          absl::string_view reference) {
  const SchemeStep& step = BarStep(steps);
  return absl::StrFormat(
      "- The ratio of intensities allows %s %.2f times the speed of %s. "
      "Measured: %.2f times, %.0f %% of that.\n",
      Code(step.scheme), step.bound, Code(reference), step.speedup.median,
      100 * step.speedup.median / step.bound);
}

std::string HowMeasured(const MeasuredSpeed& measured,
                        const DecodeTiming& decode) {
  return absl::StrFormat(
      "%sA decode step at batch 1 reads every weight once. While memory is the "
      "ceiling, speed goes with intensity, the operations for each byte moved "
      "(weights, scales, biases, activations, KV cache, logits): the ratio of "
      "intensities bounds the speed-up, unless the smaller weights fit a "
      "faster cache.\n\n"
      "Measured on %s: %d tokens decoded after %d prefilled, load excluded, "
      "%s in which the schemes took turns. Speed-ups are medians of "
      "ratios within a round. Right after each repeat the same threads read as "
      "many bytes (at least 64 MiB) from a set of a step's size: that is its "
      "ceiling.\n\n",
      BusyWarning(measured.timing), MachineText(measured.timing.machine()),
      decode.decoded_tokens(), decode.prefilled_tokens(), RepeatsText(decode));
}

absl::StatusOr<std::string> ModelSection(const Timing& timing,
                                         const std::string& model,
                                         uint32_t threads,
                                         absl::string_view reference) {
  ASSIGN_OR_RETURN(const std::vector<SchemeStep> steps,
                   StepsOf(timing, model, threads, reference));
  const DecodeTiming& decode = *FindDecode(timing, model, reference, threads);
  const MemoryLevel level =
      LevelThatHolds(timing.machine(), decode.bytes_per_token(), threads);
  return absl::StrFormat(
      "**%s**, %s parameters, %s. What %s reads for a token, %s, %s.\n\n%s\n"
      "%s%s",
      model, Thousands(decode.num_parameters()), ThreadsText(threads),
      Code(reference), SizeText(decode.bytes_per_token()),
      level == DRAM ? "fits no cache of this machine"
                    : absl::StrCat("fits its ", MemoryLevel_Name(level)),
      SpeedTable(timing, model, threads, steps),
      BoundSentence(steps, reference), StepSentences(steps, reference));
}

// Neighbours on the frontier of which the first is not the faster one in at
// least nine of ten rounds.
std::string UnsureOrder(const MeasuredSpeed& measured,
                        const std::vector<std::string>& frontier) {
  std::vector<std::string> unsure;
  for (size_t i = 0; i + 1 < frontier.size(); ++i) {
    const auto decode = [&](const std::string& name) -> const DecodeTiming& {
      return *FindDecode(measured.timing, measured.model, name,
                         measured.threads);
    };
    if (SpeedupOver(decode(frontier[i + 1]), decode(frontier[i])).low >= 1) {
      continue;
    }
    unsure.push_back(CodeList({frontier[i], frontier[i + 1]}));
  }
  if (unsure.empty()) return "";
  return absl::StrCat(
      " In more than a tenth of the rounds the second of these was the faster "
      "one: ",
      absl::StrJoin(unsure, "; "), ".");
}

// The schemes on the frontier of speed, the fastest first, and the knee.
std::string FrontierSection(const Results& results,
                            const MeasuredSpeed& measured) {
  std::vector<CostPoint> points;
  std::vector<std::string> names;
  for (const SchemeResult& scheme : results.schemes()) {
    const SchemeSpeed* timed = FindSpeed(measured.speed, scheme.name());
    if (timed == nullptr) continue;
    points.push_back({-timed->tokens_per_second(), scheme.perplexity()});
    names.push_back(scheme.name());
  }
  std::vector<std::string> frontier;
  for (const int i : FrontierOrder(points)) frontier.push_back(names[i]);
  const int knee = Knee(points);
  return absl::StrCat(
      "![Tokens a second against perplexity, frontier and knee]"
      "(latency_pareto.png)\n\n",
      "On the frontier of speed against perplexity, the fastest first: ",
      CodeList(frontier), ". ",
      knee < 0 ? "It has no knee: no scheme lies below the chord between its "
                 "ends.\n"
               : absl::StrCat("Its knee is ", Code(names[knee]),
                              ", farthest below the chord between its ends.\n"),
      "Only medians decide here; `speed.json` has their spread.",
      UnsureOrder(measured, frontier), "\n");
}

}  // namespace

absl::StatusOr<MeasuredSpeed> MakeMeasuredSpeed(Timing timing,
                                                absl::string_view model,
                                                uint32_t threads,
                                                const Results& results) {
  MeasuredSpeed measured;
  ASSIGN_OR_RETURN(measured.speed,
                   MakeSpeed(timing, model, threads, results.reference_scheme(),
                             results.experiment()));
  for (std::string& sign : BusySigns(timing)) {
    measured.speed.add_busy_signs(std::move(sign));
  }
  const DecodeTiming& decode =
      *FindDecode(timing, model, results.reference_scheme(), threads);
  if (decode.num_parameters() != results.num_parameters()) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "the timing's %s has %d parameters, the measured model %.0f: they are "
        "of different runs",
        model, decode.num_parameters(), results.num_parameters()));
  }
  measured.timing = std::move(timing);
  measured.model = std::string(model);
  measured.threads = threads;
  return measured;
}

absl::StatusOr<std::string> SpeedAnswer(const Results& results,
                                        const MeasuredSpeed& measured) {
  const Timing& timing = measured.timing;
  const std::string& reference = results.reference_scheme();
  ASSIGN_OR_RETURN(
      const std::string small,
      ModelSection(timing, measured.model, measured.threads, reference));
  std::string text = absl::StrCat(
      HowMeasured(measured, *FindDecode(timing, measured.model, reference,
                                        measured.threads)),
      small, "\n");
  const std::string largest = ModelNames(timing).back();
  if (largest != measured.model) {
    ASSIGN_OR_RETURN(
        const std::string large,
        ModelSection(timing, largest, ThreadCounts(timing, largest).back(),
                     reference));
    absl::StrAppend(&text, large, "\n");
  }
  return absl::StrCat(
      text,
      "![Decode steps under the measured ceilings](roofline_overlay.png)\n\n",
      FrontierSection(results, measured));
}

}  // namespace quant_curve
