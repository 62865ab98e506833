// Points, boxes and segments on a canvas: pixels, the origin at lower left.
#ifndef QUANT_CURVE_LIB_FIGURES_GEOMETRY_H_
#define QUANT_CURVE_LIB_FIGURES_GEOMETRY_H_

namespace quant_curve {

struct Point {
  double x;
  double y;
};

struct Box {
  double left;
  double bottom;
  double right;
  double top;
};

struct Segment {
  Point from;
  Point to;
};

// The box of half width and half height `margin` around a point.
Box BoxAround(const Point& point, double margin);

bool Overlap(const Box& a, const Box& b);

// Whether any point of the segment lies inside the box.
bool Crosses(const Segment& segment, const Box& box);

bool Contains(const Box& outer, const Box& inner);

// The box's point that is nearest to `point`.
Point NearestPoint(const Box& box, const Point& point);

double Distance(const Point& a, const Point& b);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FIGURES_GEOMETRY_H_
