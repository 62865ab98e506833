#include "lib/figures/parts.h"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/measurement/quiet.h"

namespace quant_curve {
namespace {

struct Series {
  const char* color;  // after Okabe and Ito: safe for colour-blind readers
  int point_type;
};
constexpr Series kSeries[] = {{"#4d4d4d", 7},  {"#0072b2", 5},  {"#009e73", 9},
                              {"#d55e00", 13}, {"#cc79a7", 11}, {"#b8860b", 15},
                              {"#56b4e9", 6},  {"#7b4fa3", 4}};

const Series& SeriesOf(int i) { return kSeries[i % std::size(kSeries)]; }

}  // namespace

std::string Line(const Figure& figure, const Segment& pixels,
                 absl::string_view style) {
  return absl::StrFormat(
      "set arrow from screen %.5f,%.5f to screen %.5f,%.5f %s\n",
      pixels.from.x / figure.width, pixels.from.y / figure.height,
      pixels.to.x / figure.width, pixels.to.y / figure.height, style);
}

std::string DrawLabel(const Figure& figure, const LabelPlacement& placement,
                      absl::string_view text, absl::string_view color) {
  const Box& box = placement.box;
  const std::string label = LabelAt(
      figure, {(box.left + box.right) / 2, (box.bottom + box.top) / 2}, text,
      absl::StrCat("center font ',10' textcolor rgb '", color, "'"));
  if (!placement.has_leader) return label;
  return absl::StrCat(
      label, Line(figure, placement.leader,
                  "nohead back linecolor rgb '#999999' linewidth 0.9"));
}

std::string StartPanels() {
  return "set multiplot\nunset key\nset border linecolor rgb '#555555'\n"
         "set grid linecolor rgb '#e4e4e4' linetype 1\n";
}

std::vector<double> SpreadOut(const std::vector<double>& wanted, double gap,
                              double highest) {
  std::vector<size_t> falling(wanted.size());
  std::iota(falling.begin(), falling.end(), 0);
  std::stable_sort(
      falling.begin(), falling.end(),
      [&wanted](size_t a, size_t b) { return wanted[a] > wanted[b]; });
  std::vector<double> heights(wanted.size());
  // Each group of labels that touch is centred on what its members wanted.
  struct Group {
    double top;  // the highest label's height
    double sum;  // of what each member would have `top` be
    int count;
  };
  std::vector<Group> groups;
  for (const size_t i : falling) {
    Group group = {std::min(wanted[i], highest), std::min(wanted[i], highest),
                   1};
    while (!groups.empty() &&
           groups.back().top - gap * groups.back().count < group.top) {
      const Group& above = groups.back();
      group.sum += above.sum + gap * above.count * group.count;
      group.count += above.count;
      group.top = std::min(group.sum / group.count, highest);
      groups.pop_back();
    }
    groups.push_back(group);
  }
  size_t next = 0;
  for (const Group& group : groups) {
    for (int i = 0; i < group.count; ++i) {
      heights[falling[next++]] = group.top - gap * i;
    }
  }
  return heights;
}

std::string SeriesColor(int i) { return SeriesOf(i).color; }

std::string SeriesPoint(int i) {
  return absl::StrFormat("pointtype %d pointsize 1.3 linecolor rgb '%s'",
                         SeriesOf(i).point_type, SeriesOf(i).color);
}

std::string SpeedTitle(absl::string_view title, const Timing& timing) {
  return absl::StrCat(
      title, BusySigns(timing).empty() ? "" : " (the machine was busy: rough)");
}

}  // namespace quant_curve
