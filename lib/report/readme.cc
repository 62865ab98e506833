#include "lib/report/readme.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/task.h"
#include "lib/report/accounting.h"
#include "lib/report/answers.h"
#include "lib/report/gptq_answer.h"
#include "lib/report/predictions.h"
#include "lib/report/tables.h"
#include "lib/report/text.h"

namespace quant_curve {
namespace {

std::string AccuracySection(const Results& results) {
  if (results.num_headline_items() == 0) return "";
  return absl::StrCat("![", TaskOf(results).title, " of each scheme](",
                      TaskOf(results).field, ".png)\n\n",
                      StratumTable(results));
}

std::string ReproduceSection(const Results& results, absl::string_view command,
                             bool has_speed) {
  const std::string beginning =
      absl::StrCat("## How to reproduce\n\n    ./setup.sh\n    ", command);
  if (has_speed) {
    return absl::StrCat(
        beginning,
        "\n\nSpeed differs from run to run: `speed.json`, the figures of "
        "speed and the sections that speak of it. Everything else comes out "
        "with the same bytes: `results.json` holds the numbers.\n");
  }
  return absl::StrCat(
      beginning, "\n\nEvery number and ",
      TaskOf(results).field.empty() ? "the figure" : "both figures",
      " come out with the same bytes. `results.json` in this folder holds "
      "the numbers.\n");
}

}  // namespace

absl::StatusOr<std::string> WriteReadme(const Sweep& sweep,
                                        const Results& results,
                                        const MeasuredSpeed* measured,
                                        absl::string_view title,
                                        absl::string_view command) {
  ASSIGN_OR_RETURN(const std::string frontier, FrontierAnswer(sweep, results));
  ASSIGN_OR_RETURN(const std::string gptq, GptqAnswer(sweep, results));
  std::string speed = RooflineAnswer(sweep, results), predictions;
  if (measured != nullptr) {
    ASSIGN_OR_RETURN(speed, SpeedAnswer(results, *measured));
    predictions = PredictionSection(sweep, results, *measured);
  }
  std::vector<std::string> sections;
  for (const std::string& section :
       {absl::StrCat("# ", title, "\n\n", OpeningAnswer(results)),
        std::string("![Size against perplexity of each scheme, and the "
                    "frontier](pareto.png)\n"),
        SchemeTable(results), TextTable(results), frontier, gptq, speed,
        ShippingAnswer(results, measured ? &measured->speed : nullptr),
        predictions,
        predictions.empty() ? "" : AccountingSection(sweep, results),
        Notes(sweep, results, predictions.empty()), ByteTable(results),
        AccuracySection(results), ProxyLossTable(sweep),
        ReproduceSection(results, command, measured != nullptr)}) {
    if (!section.empty()) sections.push_back(section);
  }
  return absl::StrJoin(sections, "\n");
}

}  // namespace quant_curve
