// The Pareto frontier of schemes: fewer bytes and lower perplexity are better.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_FRONTIER_H_
#define QUANT_CURVE_LIB_MEASUREMENT_FRONTIER_H_

#include <vector>

#include "absl/types/span.h"

namespace quant_curve {

struct CostPoint {
  double bytes;
  double perplexity;
};

// `a` needs no more bytes, has no higher perplexity, and is better in one.
// Equal points do not dominate each other.
bool Dominates(const CostPoint& a, const CostPoint& b);

// For each point the indices, rising, of those that dominate it; the points
// with none are the frontier.
std::vector<std::vector<int>> DominatedBy(absl::Span<const CostPoint> points);

// Indices of the frontier's points by rising bytes (so by falling perplexity;
// of equal points in the order given): the lower-left envelope as it is drawn.
std::vector<int> FrontierOrder(absl::Span<const CostPoint> points);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_FRONTIER_H_
