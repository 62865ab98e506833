#include "lib/figures/geometry.h"

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

constexpr Box kSquare = {0, 0, 10, 10};

TEST(GeometryTest, BoxesThatShareAnEdgeDoNotOverlap) {
  EXPECT_FALSE(Overlap(kSquare, {10, 0, 20, 10}));
  EXPECT_TRUE(Overlap(kSquare, {9, 9, 20, 20}));
}

TEST(GeometryTest, ASegmentThroughABoxCrossesItEvenWithBothEndsOutside) {
  EXPECT_TRUE(Crosses({{-5, 5}, {15, 5}}, kSquare));
  EXPECT_TRUE(Crosses({{-1, -1}, {11, 11}}, kSquare));
  EXPECT_TRUE(Crosses({{5, 5}, {6, 6}}, kSquare));
}

TEST(GeometryTest, ASegmentBesideABoxDoesNotCrossIt) {
  EXPECT_FALSE(Crosses({{-5, 11}, {15, 11}}, kSquare));
  EXPECT_FALSE(Crosses({{-5, 5}, {-1, 5}}, kSquare));
  // Passes the corner (0, 10) from (-8, 4) to (2, 14).
  EXPECT_FALSE(Crosses({{-8, 4}, {2, 14}}, kSquare));
}

TEST(GeometryTest, ABoxContainsWhatReachesBeyondNoneOfItsSides) {
  EXPECT_TRUE(Contains(kSquare, kSquare));
  EXPECT_TRUE(Contains(kSquare, {1, 2, 3, 4}));
  EXPECT_FALSE(Contains(kSquare, {-1, 2, 3, 4}));
  EXPECT_FALSE(Contains(kSquare, {1, -1, 3, 4}));
  EXPECT_FALSE(Contains(kSquare, {1, 2, 11, 4}));
  EXPECT_FALSE(Contains(kSquare, {1, 2, 3, 11}));
}

TEST(GeometryTest, BoxesAroundPointsReachAsFarAsTheMargin) {
  const Box box = BoxAround({5, 7}, 2);
  EXPECT_EQ(box.left, 3);
  EXPECT_EQ(box.bottom, 5);
  EXPECT_EQ(box.right, 7);
  EXPECT_EQ(box.top, 9);
}

TEST(GeometryTest, NearestPointIsOnTheRimOrThePointItself) {
  EXPECT_EQ(NearestPoint(kSquare, {15, 5}).x, 10);
  EXPECT_EQ(NearestPoint(kSquare, {15, 5}).y, 5);
  EXPECT_EQ(NearestPoint(kSquare, {3, 4}).x, 3);
  EXPECT_EQ(Distance({0, 0}, {3, 4}), 5);
}

}  // namespace
}  // namespace quant_curve
