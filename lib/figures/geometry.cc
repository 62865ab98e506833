#include "lib/figures/geometry.h"

#include <algorithm>
#include <cmath>

namespace quant_curve {
namespace {

// Narrows the part [begin, end] of a segment, in shares of its length, to
// where start + share * step lies in [low, high].
void Clip(double start, double step, double low, double high, double& begin,
          double& end) {
  if (step == 0) {
    if (start <= low || start >= high) end = begin - 1;
    return;
  }
  const double a = (low - start) / step;
  const double b = (high - start) / step;
  begin = std::max(begin, std::min(a, b));
  end = std::min(end, std::max(a, b));
}

}  // namespace

Box BoxAround(const Point& point, double margin) {
  return {point.x - margin, point.y - margin, point.x + margin,
          point.y + margin};
}

bool Overlap(const Box& a, const Box& b) {
  return a.left < b.right && b.left < a.right && a.bottom < b.top &&
         b.bottom < a.top;
}

// Liang and Barsky 1984 (doi:10.1145/357332.357333).
bool Crosses(const Segment& segment, const Box& box) {
  double begin = 0;
  double end = 1;
  Clip(segment.from.x, segment.to.x - segment.from.x, box.left, box.right,
       begin, end);
  Clip(segment.from.y, segment.to.y - segment.from.y, box.bottom, box.top,
       begin, end);
  return begin < end;
}

bool Contains(const Box& outer, const Box& inner) {
  return outer.left <= inner.left && inner.right <= outer.right &&
         outer.bottom <= inner.bottom && inner.top <= outer.top;
}

Point NearestPoint(const Box& box, const Point& point) {
  return {std::min(std::max(point.x, box.left), box.right),
          std::min(std::max(point.y, box.bottom), box.top)};
}

double Distance(const Point& a, const Point& b) {
  const double x = a.x - b.x;
  const double y = a.y - b.y;
  return std::sqrt(x * x + y * y);
}

}  // namespace quant_curve
