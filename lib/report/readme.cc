#include "lib/report/readme.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/task.h"
#include "lib/report/accounting.h"
#include "lib/report/answers.h"
#include "lib/report/decision.h"
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

std::string Section(absl::string_view heading, const std::string& body) {
  return body.empty() ? "" : absl::StrCat("## ", heading, "\n\n", body);
}

std::string Join(const std::vector<std::string>& sections) {
  std::vector<std::string> kept;
  for (const std::string& section : sections) {
    if (!section.empty()) kept.push_back(section);
  }
  return absl::StrJoin(kept, "\n");
}

// The lab's questions, or the same matter for other models.
struct Answers {
  std::string frontier, gptq, speed, shipping;
};

absl::StatusOr<Answers> MakeAnswers(const Sweep& sweep, const Results& results,
                                    const MeasuredSpeed* measured, bool lab) {
  Answers answers;
  answers.frontier =
      Section(lab ? "1. Which schemes are on the frontier?" : "The frontier",
              FrontierAnswer(results));
  ASSIGN_OR_RETURN(const std::string gptq, GptqAnswer(sweep, results, lab));
  answers.gptq = Section(lab ? "2. Does INT4 with GPTQ meet the bar?"
                             : "GPTQ against rounding to nearest",
                         gptq);
  std::string speed = RooflineAnswer(sweep, results);
  if (measured != nullptr) {
    ASSIGN_OR_RETURN(speed, SpeedAnswer(results, *measured));
  }
  answers.speed = Section(
      lab ? "3. How much speed-up can fewer bits buy?" : "Speed", speed);
  if (!lab) return answers;
  answers.shipping =
      Section("4. Which scheme to ship on a Raspberry-Pi-class board?",
              ShippingAnswer(results, measured ? &measured->speed : nullptr));
  return answers;
}

}  // namespace

absl::StatusOr<Pages> WritePages(const Sweep& sweep, const Results& results,
                                 const MeasuredSpeed* measured,
                                 const PageOptions& options) {
  const Speed* speed = measured == nullptr ? nullptr : &measured->speed;
  ASSIGN_OR_RETURN(const Answers answers,
                   MakeAnswers(sweep, results, measured, options.lab));
  const std::string answered =
      Join({answers.frontier, answers.gptq, answers.speed, answers.shipping});
  std::string predictions;
  if (measured != nullptr) {
    predictions = PredictionSection(sweep, results, *measured);
  }
  Pages pages;
  pages.readme =
      Join({absl::StrCat("# ", options.title, "\n\n",
                         DecisionSection(results, speed)),
            "![Size against perplexity of each scheme, and the "
            "frontier](pareto.png)\n",
            SummaryTable(results, speed),
            "[report.html](report.html) is the same to explore in a browser: "
            "each dot's numbers, other margins and budgets. "
            "[details.md](details.md) has every figure with its error, how "
            "sure the order is, and where the bytes are.\n",
            options.lab ? answered : "",
            ReproduceSection(results, options.command, measured != nullptr)});
  pages.details = Join(
      {absl::StrCat("# ", options.title, ": details\n\n",
                    "The decision is in [README.md](README.md).\n"),
       SchemeTable(results), ConfidenceTable(results), DivergenceTable(results),
       TextTable(results), options.lab ? "" : answered, predictions,
       predictions.empty() ? "" : AccountingSection(sweep, results),
       Notes(sweep, results, predictions.empty()), ByteTable(results),
       AccuracySection(results), ProxyLossTable(sweep)});
  return pages;
}

}  // namespace quant_curve
