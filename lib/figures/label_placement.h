// Places the labels of a scatter plot next to their dots, overlapping nothing.
#ifndef QUANT_CURVE_LIB_FIGURES_LABEL_PLACEMENT_H_
#define QUANT_CURVE_LIB_FIGURES_LABEL_PLACEMENT_H_

#include <vector>

#include "lib/figures/geometry.h"

namespace quant_curve {

struct LabelRequest {
  Point anchor;  // the dot's centre
  double width;  // pixels
  double height;
};

struct LabelPlacement {
  Box box;
  bool has_leader;  // the label is too far from its dot to do without one
  Segment leader;
};

// Obstacles for labels and leader lines.
struct Obstacles {
  Box frame;  // labels stay inside
  std::vector<Box> boxes;
  std::vector<Segment> segments;  // leader lines may cross these
};

struct LabelLayout {
  std::vector<LabelPlacement> placements;  // one per request, in their order
  int conflicts = 0;  // how many labels still touch something
};

// A label goes to the nearest free place around its dot, labels in turn; many
// turns are tried and the layout with the fewest conflicts, then the shortest
// distances, is kept. The anchors count as dots that must stay free. The same
// request gives the same layout.
LabelLayout PlaceLabels(const std::vector<LabelRequest>& requests,
                        const Obstacles& obstacles);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FIGURES_LABEL_PLACEMENT_H_
