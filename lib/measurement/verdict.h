// Which scheme to ship, and how sure the evaluation text makes it.
//
//   ASSIGN_OR_RETURN(Results results, MakeResults(sweep, "my-model", {}));
//   results.decision().scheme()
#ifndef QUANT_CURVE_LIB_MEASUREMENT_VERDICT_H_
#define QUANT_CURVE_LIB_MEASUREMENT_VERDICT_H_

#include <string>

#include "absl/status/status.h"
#include "lib/measurement/sweep.h"
#include "proto/results.pb.h"

namespace quant_curve {

// Metrics that a decision can be about.
inline constexpr char kPerplexityGap[] = "perplexity_gap_percent";
inline constexpr char kKlDivergence[] = "kl_divergence_mean_nats";

// What makes a scheme good enough to ship; declared before the measurement.
struct VerdictOptions {
  std::string quality_metric = kPerplexityGap;
  double quality_margin = 1;  // the largest loss, in the metric's unit
  double byte_budget = 0;     // the most stored bytes; 0: no limit
};

// Fills, from the sweep, each scheme's metric perplexity_gap_percent,
// confidence, on_frontier and dominated_by, and results.sampling and
// results.decision. Expects `results` with names, bytes and perplexities of all
// schemes in the sweep's order.
//
// The decision takes the smallest scheme whose loss has an upper bound below
// the margin. The bounds hold for all schemes at once with 95 % confidence
// (max-t, lib/statistics/decision.h), so trying many schemes does not make a
// wrong choice more likely. The same choice on random halves of the text,
// tested on the other halves, shows how stable it is. docs/statistics.md has
// the methods.
//
// A text of fewer than 8 independent units gives no confidence and no decision;
// the frontier is then that of the perplexities as they were measured.
absl::Status AddVerdict(const Sweep& sweep, const VerdictOptions& options,
                        Results& results);

// Refuses an unknown metric, and margins and budgets that are not finite,
// negative, or, for the margin, 0.
absl::Status CheckVerdictOptions(const VerdictOptions& options);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_VERDICT_H_
