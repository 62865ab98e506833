#include "lib/report/roofline_readme.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/memory_level.h"
#include "lib/measurement/speed.h"
#include "lib/report/speed_tables.h"
#include "lib/report/text.h"

namespace quant_curve {
namespace {

// The scheme of a model that gains most, in a sentence.
std::string GainSentence(const std::string& model, const Timing& timing,
                         const DecodeTiming& reference,
                         const std::vector<SchemeStep>& steps) {
  const SchemeStep* best = &steps[0];
  for (const SchemeStep& step : steps) {
    if (step.speedup.median > best->speedup.median) best = &step;
  }
  const MemoryLevel level = LevelThatHolds(
      timing.machine(), reference.bytes_per_token(), reference.threads());
  const std::string where = level == DRAM
                                ? "no cache"
                                : absl::StrCat("the ", MemoryLevel_Name(level));
  return absl::StrFormat(
      "- %s, %s: %s, whose %s a token fit %s, is fastest as %s, %.2f times "
      "(bound %.2f).\n",
      model, ThreadsText(reference.threads()), Code(reference.scheme().name()),
      SizeText(reference.bytes_per_token()), where, Code(best->scheme),
      best->speedup.median, best->bound);
}

struct Sections {
  std::string gains;
  std::string tables;
};

absl::StatusOr<Sections> ModelSections(const Timing& timing,
                                       absl::string_view reference) {
  Sections sections;
  for (const std::string& model : ModelNames(timing)) {
    for (const uint32_t threads : ThreadCounts(timing, model)) {
      ASSIGN_OR_RETURN(const std::vector<SchemeStep> steps,
                       StepsOf(timing, model, threads, reference));
      const DecodeTiming& decode =
          *FindDecode(timing, model, reference, threads);
      absl::StrAppend(&sections.gains,
                      GainSentence(model, timing, decode, steps));
      absl::StrAppend(&sections.tables, "\n### ", model, ", ",
                      Thousands(decode.num_parameters()), " parameters, ",
                      ThreadsText(threads), ", ", RepeatsText(decode), "\n\n",
                      SpeedTable(timing, model, threads, steps), "\n",
                      StepSentences(steps, reference));
    }
  }
  return sections;
}

}  // namespace

absl::StatusOr<std::string> WriteRooflineReadme(const Timing& timing,
                                                absl::string_view reference,
                                                absl::string_view title,
                                                absl::string_view command) {
  if (timing.decodes().empty()) {
    return absl::InvalidArgumentError("the timing holds no decode timings");
  }
  ASSIGN_OR_RETURN(const Sections sections, ModelSections(timing, reference));
  const std::string throughputs = ThroughputTable(timing);
  return absl::StrCat(
      "# ", title, "\n\nMeasured on ", MachineText(timing.machine()), ".\n\n",
      BusyWarning(timing),
      "![Decode steps under the measured ceilings](roofline.png)\n\n"
      "## Ceilings\n\n",
      CeilingTable(timing),
      "\nPeaks of arithmetic that reads nothing, and read bandwidths of "
      "working sets that fit each level; all threads together, the best of "
      "ten, before anything was decoded. Memory that others use, too, changes "
      "its speed. So the tables below have what memory gave right after each "
      "repeat, when the same threads read as many bytes (at least 64 MiB) from "
      "a set of a step's size: the shares are of that, and so are the lines "
      "in the figure.\n\n"
      "## What fewer bytes buy\n\n"
      "![Speed-up over the reference by model size](speedup_ladder.png)\n\n",
      sections.gains,
      "\nThe bound is the ratio of intensities. It holds while both models "
      "come from one level of memory: a scheme that fits a faster level than "
      "the reference can exceed it. Speed does not depend on what the weights "
      "are: shapes are timed with random ones, and nothing here says what a "
      "scheme costs in quality.\n\n## Decoding\n",
      sections.tables,
      throughputs.empty()
          ? ""
          : absl::StrCat("\n## Products of many rows\n\n", throughputs),
      "\n## How to reproduce\n\n    ./setup.sh\n    ", command,
      "\n\nEvery number here is a time on one machine: another run gives "
      "others.\n");
}

}  // namespace quant_curve
