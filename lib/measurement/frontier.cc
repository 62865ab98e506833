#include "lib/measurement/frontier.h"

#include <algorithm>

namespace quant_curve {

bool Dominates(const CostPoint& a, const CostPoint& b) {
  return a.bytes <= b.bytes && a.perplexity <= b.perplexity &&
         (a.bytes < b.bytes || a.perplexity < b.perplexity);
}

std::vector<std::vector<int>> DominatedBy(absl::Span<const CostPoint> points) {
  std::vector<std::vector<int>> result(points.size());
  for (size_t i = 0; i < points.size(); ++i) {
    for (size_t j = 0; j < points.size(); ++j) {
      if (Dominates(points[j], points[i])) result[i].push_back(j);
    }
  }
  return result;
}

std::vector<int> FrontierOrder(absl::Span<const CostPoint> points) {
  const std::vector<std::vector<int>> dominated_by = DominatedBy(points);
  std::vector<int> order;
  for (size_t i = 0; i < points.size(); ++i) {
    if (dominated_by[i].empty()) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&points](int a, int b) {
    return points[a].bytes < points[b].bytes;
  });
  return order;
}

}  // namespace quant_curve
