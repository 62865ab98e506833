// The Pareto frontier of schemes: lower cost and lower perplexity are better.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_FRONTIER_H_
#define QUANT_CURVE_LIB_MEASUREMENT_FRONTIER_H_

#include <vector>

#include "absl/types/span.h"

namespace quant_curve {

struct CostPoint {
  double cost;  // bytes; or -tokens_per_second: a faster scheme costs less
  double perplexity;
};

// `a` has no higher cost, no higher perplexity, and is better in one. Equal
// points do not dominate each other.
bool Dominates(const CostPoint& a, const CostPoint& b);

// For each point the indices, rising, of those that dominate it; the points
// with none are the frontier.
std::vector<std::vector<int>> DominatedBy(absl::Span<const CostPoint> points);

// Dominance as far as a text can tell perplexities apart: `differ[i][j]`,
// symmetric. From the cheapest point on, a point joins the frontier if its
// perplexity is lower than that of each point on it, and differs from it: more
// cost is worth nothing that cannot be seen. Of equal cost the lower perplexity
// comes first; equal points are both on the frontier or both not. For each
// point the indices, rising, of the frontier's points that keep it away.
std::vector<std::vector<int>> ShownDominatedBy(
    absl::Span<const CostPoint> points,
    const std::vector<std::vector<bool>>& differ);

// Indices of the frontier's points by rising cost (so by falling perplexity;
// of equal points in the order given): the lower-left envelope as it is drawn.
std::vector<int> FrontierOrder(absl::Span<const CostPoint> points);

// The frontier's knee: index of the point farthest from the chord between the
// frontier's two ends, on its lower-left side, both axes scaled to the ends'
// span (after Satopää et al. 2011, doi:10.1109/ICDCSW.2011.20). On one side of
// it little perplexity is won for much cost, on the other little cost for much
// perplexity. -1 when no point of the frontier lies below the chord, as with
// fewer than three of them.
int Knee(absl::Span<const CostPoint> points);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_FRONTIER_H_
