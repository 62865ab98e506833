#include "lib/figures/label_placement.h"

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

constexpr Box kFrame = {0, 0, 900, 460};
constexpr double kDot = 4;  // pixels, radius as drawn

// Twelve dots, eight of them within a few pixels of each other.
std::vector<LabelRequest> CrowdedRequests() {
  std::vector<LabelRequest> requests;
  for (int i = 0; i < 8; ++i) {
    requests.push_back({{400.0 + 3 * (i % 4), 200.0 + 2 * i}, 150, 14});
  }
  requests.push_back({{5, 5}, 150, 14});
  requests.push_back({{895, 455}, 150, 14});
  requests.push_back({{5, 455}, 150, 14});
  requests.push_back({{500, 205}, 150, 14});
  return requests;
}

TEST(LabelPlacementTest, CrowdedLabelsTouchNothing) {
  const std::vector<LabelRequest> requests = CrowdedRequests();
  const Segment line = {{0, 230}, {900, 230}};
  const LabelLayout layout =
      PlaceLabels(requests, {kFrame, {{0, 100, 900, 120}}, {line}});
  EXPECT_EQ(layout.conflicts, 0);
  ASSERT_EQ(layout.placements.size(), requests.size());
  for (size_t i = 0; i < requests.size(); ++i) {
    const Box& box = layout.placements[i].box;
    EXPECT_TRUE(Contains(kFrame, box)) << i;
    EXPECT_FALSE(Crosses(line, box)) << i;
    EXPECT_FALSE(Overlap(box, {0, 100, 900, 120})) << i;
    EXPECT_EQ(box.right - box.left, 150);
    for (size_t j = 0; j < requests.size(); ++j) {
      EXPECT_FALSE(Overlap(box, BoxAround(requests[j].anchor, kDot)))
          << i << " covers dot " << j;
      const LabelPlacement& other = layout.placements[j];
      if (i == j) continue;
      EXPECT_FALSE(Overlap(box, other.box)) << i << " covers label " << j;
      EXPECT_FALSE(other.has_leader && Crosses(other.leader, box))
          << "the leader of " << j << " runs through label " << i;
    }
  }
}

TEST(LabelPlacementTest, ALoneLabelStandsRightOfItsDotWithoutALeader) {
  const LabelLayout layout =
      PlaceLabels({{{100, 100}, 50, 14}}, {kFrame, {}, {}});
  ASSERT_EQ(layout.placements.size(), 1);
  EXPECT_GT(layout.placements[0].box.left, 100 + kDot);
  EXPECT_LT(layout.placements[0].box.left, 112);
  EXPECT_FALSE(layout.placements[0].has_leader);
}

TEST(LabelPlacementTest, TheFrameTurnsALabelToTheOtherSide) {
  const LabelLayout layout =
      PlaceLabels({{{890, 100}, 50, 14}}, {kFrame, {}, {}});
  EXPECT_LT(layout.placements[0].box.right, 890 - kDot);
}

// Around the dot at (500, 500) labels of 40 by 14 find room to the right, 30
// pixels away behind a thin wall, and above, 98 pixels away at the end of a
// shaft of 6 pixels. A leader to the right would cross the wall.
TEST(LabelPlacementTest, LeadersDoNotCrossObstacles) {
  const std::vector<Box> boxes = {
      {0, 0, 1000, 490},      // below
      {0, 490, 497, 590},     // left, and left of the shaft
      {503, 515, 1000, 590},  // right of the shaft
      {530, 490, 534, 515},   // the wall
  };
  const LabelLayout layout =
      PlaceLabels({{{500, 500}, 40, 14}}, {{0, 0, 1000, 1000}, boxes, {}});
  EXPECT_EQ(layout.conflicts, 0);
  const LabelPlacement& placement = layout.placements[0];
  EXPECT_TRUE(placement.has_leader);
  for (const Box& box : boxes) EXPECT_FALSE(Crosses(placement.leader, box));
  EXPECT_EQ(placement.box.left, 480);
  EXPECT_EQ(placement.box.bottom, 606);
}

TEST(LabelPlacementTest, NoRoomIsReported) {
  const LabelLayout layout =
      PlaceLabels({{{10, 10}, 50, 14}}, {{0, 0, 20, 20}, {}, {}});
  EXPECT_EQ(layout.conflicts, 1);
}

}  // namespace
}  // namespace quant_curve
