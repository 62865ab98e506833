// The task of a sweep, whichever it is: what reports and figures call it.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_TASK_H_
#define QUANT_CURVE_LIB_MEASUREMENT_TASK_H_

#include "absl/strings/string_view.h"
#include "proto/results.pb.h"

namespace quant_curve {

struct Task {
  // The field of results.json, and the figure: "verb_tense_accuracy".
  absl::string_view field;
  absl::string_view name;   // "verb-tense accuracy"
  absl::string_view title;  // the same at the start of a line
};

// The task of the verb corpus, that of minimal pairs, or, where the corpus has
// no items, a task with empty names.
Task TaskOf(const Results& results);

// A share with its 95 % Wilson interval, from 0 to 1.
struct TaskAccuracy {
  double accuracy;
  double low;
  double high;
};

// Of whichever task the scheme was measured on.
TaskAccuracy AccuracyOf(const SchemeResult& scheme);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_TASK_H_
