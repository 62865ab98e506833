#include "tools/report/readme.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/status_macros.h"
#include "tools/report/answers.h"
#include "tools/report/gptq_answer.h"
#include "tools/report/tables.h"
#include "tools/report/text.h"

namespace quant_curve {
namespace {

std::string AccuracySection(const Results& results) {
  if (results.num_headline_items() == 0) return "";
  return absl::StrCat(
      "![Verb-tense accuracy of each scheme](verb_tense_accuracy.png)\n\n",
      StratumTable(results));
}

std::string ReproduceSection(absl::string_view command) {
  return absl::StrCat("## How to reproduce\n\n    ./setup.sh\n    ", command,
                      "\n\nEvery number and both figures come out with the "
                      "same bytes. `results.json` beside this file holds the "
                      "numbers.\n");
}

}  // namespace

absl::StatusOr<std::string> WriteReadme(const Sweep& sweep,
                                        const Results& results,
                                        absl::string_view title,
                                        absl::string_view command) {
  ASSIGN_OR_RETURN(const std::string frontier, FrontierAnswer(sweep, results));
  ASSIGN_OR_RETURN(const std::string gptq, GptqAnswer(sweep, results));
  std::vector<std::string> sections;
  for (const std::string& section :
       {absl::StrCat("# ", title, "\n\n", OpeningAnswer(results)),
        std::string("![Size against perplexity of each scheme, and the "
                    "frontier](pareto.png)\n"),
        SchemeTable(results), frontier, gptq, RooflineAnswer(sweep, results),
        ShippingAnswer(results), Notes(sweep, results), ByteTable(results),
        AccuracySection(results), ProxyLossTable(sweep),
        ReproduceSection(command)}) {
    if (!section.empty()) sections.push_back(section);
  }
  return absl::StrJoin(sections, "\n");
}

}  // namespace quant_curve
