// Figures from made-up sweeps: drawn twice they have equal bytes, and their
// labels keep clear of each other.
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "lib/artifact/status_matchers.h"
#include "lib/measurement/fake_measurement.h"
#include "lib/measurement/sweep.h"
#include "tools/plot/accuracy_figure.h"
#include "tools/plot/geometry.h"
#include "tools/plot/gnuplot.h"
#include "tools/plot/pareto_figure.h"

namespace quant_curve {
namespace {

// As declared in the test's data; runfiles are the working directory.
constexpr char kGnuplot[] = "external/gnuplot/gnuplot";

Results FakeResults(const std::vector<FakeScheme>& schemes) {
  Sweep sweep;
  for (const FakeScheme& scheme : schemes) {
    sweep.measurements.push_back(MakeFakeMeasurement(scheme));
  }
  const absl::StatusOr<Results> results = MakeResults(sweep, "test");
  EXPECT_THAT(results, IsOk());
  return results.value_or(Results());
}

struct PlacedLabel {
  std::string text;
  Box box;
};

// The ten-point labels that a script centres on a point of the canvas.
std::vector<PlacedLabel> LabelsOf(const Figure& figure) {
  std::vector<PlacedLabel> labels;
  const std::vector<std::string> lines = absl::StrSplit(figure.script, '\n');
  for (const std::string& line : lines) {
    char text[100];
    double x, y;
    if (!absl::StrContains(line, "center font ',10'") ||
        std::sscanf(line.c_str(), "set label '%99[^']' at screen %lf,%lf", text,
                    &x, &y) != 3) {
      continue;
    }
    const Point center = {x * figure.width, y * figure.height};
    // DejaVu Sans 10 measured: at most 7 pixels a character, 12 high.
    const double half_width = 3.5 * std::string(text).size();
    labels.push_back({text,
                      {center.x - half_width, center.y - 6,
                       center.x + half_width, center.y + 6}});
  }
  return labels;
}

void ExpectLabelsApart(const Figure& figure, size_t count) {
  const std::vector<PlacedLabel> labels = LabelsOf(figure);
  EXPECT_EQ(labels.size(), count);
  for (size_t i = 0; i < labels.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      EXPECT_FALSE(Overlap(labels[i].box, labels[j].box))
          << labels[i].text << " over " << labels[j].text;
    }
  }
}

TEST(FiguresTest, TheMainSweepHasOneLabelASchemeAllApart) {
  const Results results = FakeResults(FakeSweep(false));
  ExpectLabelsApart(ParetoFigure(results, YScale::kAuto), 8);
  ExpectLabelsApart(ParetoFigure(results, YScale::kLog), 8);
}

// One more label says that a part is enlarged.
TEST(FiguresTest, TheExtendedSweepHasOneLabelASchemeAllApart) {
  const Results results = FakeResults(FakeSweep(true));
  ExpectLabelsApart(ParetoFigure(results, YScale::kAuto), 17);
  ExpectLabelsApart(ParetoFigure(results, YScale::kLinear), 17);
}

TEST(FiguresTest, AutoTurnsLogarithmicForWideRangesAlone) {
  const std::string log = "log scale' offset -0.3";
  EXPECT_FALSE(absl::StrContains(
      ParetoFigure(FakeResults(FakeSweep(false)), YScale::kAuto).script, log));
  EXPECT_TRUE(absl::StrContains(
      ParetoFigure(FakeResults(FakeSweep(true)), YScale::kAuto).script, log));
}

TEST(FiguresTest, OneSchemeAloneIsDrawn) {
  const Results results = FakeResults({{"fp32", 414720, 4.84, 0.97}});
  EXPECT_THAT(
      Draw(ParetoFigure(results, YScale::kAuto), ImageFormat::kPng, kGnuplot),
      IsOk());
  ASSERT_OK_AND_ASSIGN(const Figure accuracy, AccuracyFigure(results));
  EXPECT_THAT(Draw(accuracy, ImageFormat::kPng, kGnuplot), IsOk());
}

TEST(FiguresTest, DrawingTwiceGivesEqualBytes) {
  const Results results = FakeResults(FakeSweep(true));
  ASSERT_OK_AND_ASSIGN(const Figure accuracy, AccuracyFigure(results));
  for (const Figure& figure :
       {ParetoFigure(results, YScale::kAuto), accuracy}) {
    for (const ImageFormat format : {ImageFormat::kPng, ImageFormat::kSvg}) {
      ASSERT_OK_AND_ASSIGN(const std::string once,
                           Draw(figure, format, kGnuplot));
      ASSERT_OK_AND_ASSIGN(const std::string twice,
                           Draw(figure, format, kGnuplot));
      EXPECT_TRUE(once == twice);
      const absl::string_view start =
          format == ImageFormat::kPng ? "\x89PNG" : "<?xml";
      EXPECT_TRUE(absl::StartsWith(once, start));
    }
  }
}

TEST(FiguresTest, AccuracyWithoutClozeItemsIsRefused) {
  Results results = FakeResults({{"fp32", 414720, 4.84, 0.97}});
  results.set_num_headline_items(0);
  EXPECT_THAT(AccuracyFigure(results), FailsSaying("no cloze items"));
}

TEST(FiguresTest, WhatGnuplotComplainsOfIsAnError) {
  EXPECT_THAT(Draw({100, 100, "plot nonsense(\n"}, ImageFormat::kPng, kGnuplot),
              FailsSaying("failed"));
}

TEST(FiguresTest, AMissingGnuplotIsNamed) {
  EXPECT_THAT(Draw({100, 100, "plot x\n"}, ImageFormat::kPng, "/no/gnuplot"),
              FailsSaying("/no/gnuplot: cannot run gnuplot"));
}

TEST(FiguresTest, QuotesInsideTextStayInside) {
  EXPECT_EQ(Quoted("it's `date`"), "'it''s `date`'");
}

TEST(FiguresTest, OtherEndingsThanPngAndSvgAreRefused) {
  EXPECT_THAT(FormatOf("figure.pdf"), FailsSaying("figure.pdf"));
}

}  // namespace
}  // namespace quant_curve
