// Two published experiments side by side.
#ifndef QUANT_CURVE_TOOLS_COMPARE_COMPARE_H_
#define QUANT_CURVE_TOOLS_COMPARE_COMPARE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "lib/statistics/estimate.h"
#include "proto/measurement.pb.h"

namespace quant_curve {

// What a folder's artifacts/ holds.
struct Experiment {
  std::string name;  // as tables call it
  std::vector<Measurement> measurements;
};

// Reads FOLDER/artifacts/*.qca that are measurements, in the order of their
// names; others are left out. Refuses a folder without any.
absl::StatusOr<Experiment> ReadExperiment(const std::string& folder);

// One scheme that both experiments measured.
struct SchemePair {
  const Measurement* a;
  const Measurement* b;
  // 100 * (perplexity of b / perplexity of a - 1). Absent where per-token
  // perplexities cannot be compared: other texts in another number of tokens.
  absl::optional<Estimate> gap_percent;
};

struct Comparison {
  // Both measured the same windows of the same corpus: gaps are paired over its
  // independent units. Otherwise their errors are those of both perplexities.
  bool is_paired = false;
  std::vector<SchemePair> pairs;  // in the order of `a`
  std::vector<std::string> only_a;
  std::vector<std::string> only_b;
};

// Matches schemes by name. The experiments must outlive the result.
Comparison Compare(const Experiment& a, const Experiment& b);

// The comparison for a terminal: at most 100 columns for names of up to 45
// characters.
std::string ComparisonText(const Experiment& a, const Experiment& b,
                           const Comparison& comparison);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_COMPARE_COMPARE_H_
