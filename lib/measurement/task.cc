#include "lib/measurement/task.h"

namespace quant_curve {

Task TaskOf(const Results& results) {
  if (results.num_headline_items() == 0 || results.schemes().empty()) {
    return {"", "", ""};
  }
  if (results.schemes(0).has_minimal_pair_accuracy()) {
    return {"minimal_pair_accuracy", "minimal-pair accuracy",
            "Minimal-pair accuracy"};
  }
  return {"verb_tense_accuracy", "verb-tense accuracy", "Verb-tense accuracy"};
}

TaskAccuracy AccuracyOf(const SchemeResult& scheme) {
  if (scheme.has_minimal_pair_accuracy()) {
    return {scheme.minimal_pair_accuracy(), scheme.minimal_pair_accuracy_low(),
            scheme.minimal_pair_accuracy_high()};
  }
  return {scheme.verb_tense_accuracy(), scheme.verb_tense_accuracy_low(),
          scheme.verb_tense_accuracy_high()};
}

}  // namespace quant_curve
