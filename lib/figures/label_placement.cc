#include "lib/figures/label_placement.h"

#include <cstddef>
#include <numeric>
#include <utility>

#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

constexpr double kDotRadius = 6;       // pixels, with some air
constexpr double kLabelMargin = 2;     // air around a label
constexpr double kLeaderFrom = 5;      // a label farther off gets a leader line
constexpr double kNeighbourhood = 20;  // pixels
constexpr double kTowardsNeighbourCost = 8;  // as this many pixels of distance
constexpr int kTurns = 150;
constexpr double kConflictCost = 1e6;

// Where a label's centre may lie, seen from the dot: on the rim of a square.
constexpr Point kDirections[] = {{1, 0},    {-1, 0},    {0, 1},    {0, -1},
                                 {1, 1},    {1, -1},    {-1, 1},   {-1, -1},
                                 {0.5, 1},  {-0.5, 1},  {1, .5},   {1, -.5},
                                 {0.5, -1}, {-0.5, -1}, {-1, 0.5}, {-1, -.5}};
constexpr double kDistances[] = {0,  8,   18,  30,  44,  60, 78,
                                 98, 120, 145, 175, 210, 250};

struct Search {
  const std::vector<LabelRequest>& requests;
  const Obstacles& obstacles;
  std::vector<Box> dots;
};

LabelPlacement Candidate(const LabelRequest& request, const Point& direction,
                         double distance) {
  const double half_width = request.width / 2;
  const double half_height = request.height / 2;
  const double gap = kDotRadius + kLabelMargin + distance;
  const Point center = {request.anchor.x + direction.x * (half_width + gap),
                        request.anchor.y + direction.y * (half_height + gap)};
  LabelPlacement placement;
  placement.box = {center.x - half_width, center.y - half_height,
                   center.x + half_width, center.y + half_height};
  const Point near = NearestPoint(placement.box, request.anchor);
  placement.leader = {request.anchor, near};
  placement.has_leader =
      Distance(request.anchor, near) > kDotRadius + kLeaderFrom;
  return placement;
}

bool IsFree(const Search& search, size_t self, const LabelPlacement& candidate,
            const std::vector<const LabelPlacement*>& placed) {
  const Box& box = candidate.box;
  const Box roomy = {box.left - kLabelMargin, box.bottom - kLabelMargin,
                     box.right + kLabelMargin, box.top + kLabelMargin};
  if (!Contains(search.obstacles.frame, roomy)) return false;
  for (const Box& other : search.obstacles.boxes) {
    if (Overlap(roomy, other)) return false;
    if (candidate.has_leader && Crosses(candidate.leader, other)) return false;
  }
  for (const Segment& segment : search.obstacles.segments) {
    if (Crosses(segment, roomy)) return false;
  }
  for (size_t i = 0; i < search.dots.size(); ++i) {
    if (Overlap(roomy, search.dots[i])) return false;
    // Near-coincident dots: a leader starts inside its neighbours' boxes.
    if (i != self && candidate.has_leader &&
        !Overlap(search.dots[i], search.dots[self]) &&
        Crosses(candidate.leader, search.dots[i])) {
      return false;
    }
  }
  for (const LabelPlacement* other : placed) {
    if (Overlap(roomy, other->box)) return false;
    if (other->has_leader && Crosses(other->leader, roomy)) return false;
    if (candidate.has_leader && Crosses(candidate.leader, other->box)) {
      return false;
    }
  }
  return true;
}

// Away from the dots near this one: a label must not seem to be a neighbour's.
Point AwayFromNeighbours(const Search& search, size_t self) {
  const Point& anchor = search.requests[self].anchor;
  Point sum = {0, 0};
  for (const LabelRequest& other : search.requests) {
    const double distance = Distance(anchor, other.anchor);
    if (distance == 0 || distance > kNeighbourhood) continue;
    sum.x += (anchor.x - other.anchor.x) / distance;
    sum.y += (anchor.y - other.anchor.y) / distance;
  }
  return sum;
}

// The cheapest free place for one label, and its cost; the first place there is
// when none is free.
std::pair<LabelPlacement, double> PlaceOne(
    const Search& search, size_t self,
    const std::vector<const LabelPlacement*>& placed) {
  const LabelRequest& request = search.requests[self];
  const Point away = AwayFromNeighbours(search, self);
  std::pair<LabelPlacement, double> best = {
      Candidate(request, kDirections[0], 0), kConflictCost};
  for (const double distance : kDistances) {
    double preference = 0;
    for (const Point& direction : kDirections) {
      const double cost =
          distance + preference -
          kTowardsNeighbourCost * (direction.x * away.x + direction.y * away.y);
      preference += 0.1;
      if (cost >= best.second) continue;
      const LabelPlacement candidate = Candidate(request, direction, distance);
      if (IsFree(search, self, candidate, placed)) best = {candidate, cost};
    }
  }
  return best;
}

}  // namespace

LabelLayout PlaceLabels(const std::vector<LabelRequest>& requests,
                        const Obstacles& obstacles) {
  Search search = {requests, obstacles, {}};
  for (const LabelRequest& request : requests) {
    search.dots.push_back(BoxAround(request.anchor, kDotRadius));
  }
  std::vector<size_t> order(requests.size());
  std::iota(order.begin(), order.end(), 0);
  Random random(42);
  LabelLayout best;
  double best_cost = -1;
  for (int turn = 0; turn < kTurns; ++turn) {
    LabelLayout layout;
    layout.placements.resize(requests.size());
    std::vector<const LabelPlacement*> placed;
    double cost = 0;
    for (const size_t label : order) {
      const auto [placement, label_cost] = PlaceOne(search, label, placed);
      layout.placements[label] = placement;
      placed.push_back(&layout.placements[label]);
      layout.conflicts += label_cost >= kConflictCost;
      cost += label_cost;
    }
    if (best_cost < 0 || cost < best_cost) {
      best_cost = cost;
      best = std::move(layout);
    }
    for (size_t i = order.size(); i > 1; --i) {
      std::swap(order[i - 1], order[random.Below(i)]);
    }
  }
  return best;
}

}  // namespace quant_curve
