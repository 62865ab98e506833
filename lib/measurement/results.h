// The figures of a sweep: what results.json holds, and how to find one in it.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_RESULTS_H_
#define QUANT_CURVE_LIB_MEASUREMENT_RESULTS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/measurement/sweep.h"
#include "lib/measurement/verdict.h"
#include "proto/metric.pb.h"
#include "proto/results.pb.h"

namespace quant_curve {

// All figures of the sweep: what results.json holds, with the verdict
// (verdict.h).
absl::StatusOr<Results> MakeResults(const Sweep& sweep,
                                    absl::string_view experiment,
                                    const VerdictOptions& options = {});

// The metric called `name`; null where it was not measured.
const Metric* FindMetric(const SchemeResult& scheme, absl::string_view name);

// The entry of the reference scheme; a default one when there is none.
const SchemeResult& ReferenceOf(const Results& results);

// Indices of the schemes on the frontier by rising bytes.
std::vector<int> FrontierOrder(const Results& results);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_RESULTS_H_
