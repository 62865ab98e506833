// The labels of a figure's script and their places, for tests that nothing
// overlaps.
#ifndef QUANT_CURVE_LIB_FIGURES_TEST_LABELS_H_
#define QUANT_CURVE_LIB_FIGURES_TEST_LABELS_H_

#include <string>
#include <vector>

#include "lib/figures/geometry.h"
#include "lib/figures/gnuplot.h"

namespace quant_curve {

struct PlacedLabel {
  std::string text;
  Box box;  // pixels
};

// The labels of nine, ten and twelve points in a script, one list per panel. A
// character counts 7 pixels (of DejaVu Sans 10; measured), a line 12.
std::vector<std::vector<PlacedLabel>> LabelsOf(const Figure& figure);

// Expects that no two of them overlap in any panel, that all are on the canvas,
// and how many there are.
void ExpectLabelsApart(const Figure& figure, size_t count);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FIGURES_TEST_LABELS_H_
