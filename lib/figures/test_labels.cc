#include "lib/figures/test_labels.h"

#include <cstdio>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

// The label that a line of the script sets; no text when it sets none.
PlacedLabel LabelOf(const Figure& figure, const std::string& line) {
  char text[200];
  double x, y, points;
  const size_t font = line.find("font ',");
  if (font == std::string::npos ||
      std::sscanf(line.c_str(), "set label '%199[^']' at screen %lf,%lf", text,
                  &x, &y) != 3 ||
      std::sscanf(line.c_str() + font, "font ',%lf'", &points) != 1 ||
      points > 12) {
    return {};
  }
  const double width = 0.7 * points * std::string(text).size();
  x *= figure.width;
  y *= figure.height;
  if (absl::StrContains(line, " center font")) x -= width / 2;
  if (absl::StrContains(line, " right font")) x -= width;
  return {text, {x, y - 6, x + width, y + 6}};
}

}  // namespace

std::vector<std::vector<PlacedLabel>> LabelsOf(const Figure& figure) {
  std::vector<std::vector<PlacedLabel>> panels(1);
  const std::vector<std::string> lines = absl::StrSplit(figure.script, '\n');
  for (const std::string& line : lines) {
    if (line == "unset label") panels.push_back({});
    const PlacedLabel label = LabelOf(figure, line);
    if (!label.text.empty()) panels.back().push_back(label);
  }
  return panels;
}

void ExpectLabelsApart(const Figure& figure, size_t count) {
  const Box canvas = {0, 0, figure.width * 1.0, figure.height * 1.0};
  size_t found = 0;
  for (const std::vector<PlacedLabel>& labels : LabelsOf(figure)) {
    found += labels.size();
    for (size_t i = 0; i < labels.size(); ++i) {
      EXPECT_TRUE(Contains(canvas, labels[i].box)) << labels[i].text;
      for (size_t j = 0; j < i; ++j) {
        EXPECT_FALSE(Overlap(labels[i].box, labels[j].box))
            << labels[i].text << " over " << labels[j].text;
      }
    }
  }
  EXPECT_EQ(found, count);
}

}  // namespace quant_curve
