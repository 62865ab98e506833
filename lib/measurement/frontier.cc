#include "lib/measurement/frontier.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace quant_curve {

bool Dominates(const CostPoint& a, const CostPoint& b) {
  return a.cost <= b.cost && a.perplexity <= b.perplexity &&
         (a.cost < b.cost || a.perplexity < b.perplexity);
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

std::vector<std::vector<int>> ShownDominatedBy(
    absl::Span<const CostPoint> points,
    const std::vector<std::vector<bool>>& differ) {
  std::vector<int> order(points.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&points](int a, int b) {
    return std::tie(points[a].cost, points[a].perplexity) <
           std::tie(points[b].cost, points[b].perplexity);
  });
  std::vector<std::vector<int>> result(points.size());
  std::vector<int> frontier;
  for (const int i : order) {
    for (const int j : frontier) {
      const bool equal = points[i].cost == points[j].cost &&
                         points[i].perplexity == points[j].perplexity;
      const bool better =
          points[i].perplexity < points[j].perplexity && differ[i][j];
      if (!equal && !better) result[i].push_back(j);
    }
    std::sort(result[i].begin(), result[i].end());
    if (result[i].empty()) frontier.push_back(i);
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
    return points[a].cost < points[b].cost;
  });
  return order;
}

int Knee(absl::Span<const CostPoint> points) {
  const std::vector<int> order = FrontierOrder(points);
  if (order.size() < 3) return -1;
  const CostPoint& cheapest = points[order.front()];
  const CostPoint& best = points[order.back()];
  int knee = -1;
  double farthest = 0;
  for (size_t i = 1; i + 1 < order.size(); ++i) {
    const CostPoint& point = points[order[i]];
    const double cost =
        (point.cost - cheapest.cost) / (best.cost - cheapest.cost);
    const double perplexity = (point.perplexity - best.perplexity) /
                              (cheapest.perplexity - best.perplexity);
    // The chord is cost + perplexity = 1; distances are in units of sqrt(1/2).
    const double distance = 1 - cost - perplexity;
    if (!(distance > farthest)) continue;  // of equal ends: NaN
    farthest = distance;
    knee = order[i];
  }
  return knee;
}

}  // namespace quant_curve
