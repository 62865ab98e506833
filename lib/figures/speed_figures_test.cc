// Figures from made-up timings: what they say, and that nothing overlaps.
#include <string>
#include <vector>

#include "lib/artifact/status_matchers.h"
#include "lib/figures/gnuplot.h"
#include "lib/figures/ladder_figure.h"
#include "lib/figures/pareto_figure.h"
#include "lib/figures/roofline_figure.h"
#include "lib/figures/roofline_layout.h"
#include "lib/figures/test_labels.h"
#include "lib/measurement/fake_measurement.h"
#include "lib/measurement/fake_timing.h"
#include "lib/measurement/results.h"
#include "lib/measurement/speed.h"
#include "lib/measurement/sweep.h"

namespace quant_curve {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// As declared in the test's data; runfiles are the working directory.
constexpr char kGnuplot[] = "external/gnuplot/gnuplot";

const std::vector<std::string> kSchemes = {"fp32", "fp16", "int8_per_channel",
                                           "int4_per_group_64"};

Results FakeResults(const std::vector<FakeScheme>& schemes) {
  Sweep sweep;
  for (const FakeScheme& scheme : schemes) {
    sweep.measurements.push_back(MakeFakeMeasurement(scheme));
  }
  const absl::StatusOr<Results> results = MakeResults(sweep, "test");
  EXPECT_THAT(results, IsOk());
  return results.value_or(Results());
}

Chart ChartOf(const Results& results, const Timing& timing) {
  const absl::StatusOr<Speed> speed =
      MakeSpeed(timing, "minigpt", 1, "fp32", "test");
  EXPECT_THAT(speed, IsOk());
  const absl::StatusOr<Chart> chart = SpeedChart(results, *speed);
  EXPECT_THAT(chart, IsOk());
  return chart.value_or(Chart());
}

// 8 labels and a key of 6 texts.
TEST(SpeedFiguresTest, TheLatencyFigureHasOneLabelASchemeAllApart) {
  const Chart chart =
      ChartOf(FakeResults(FakeSweep(false)), MakeFakeTiming(false));
  ASSERT_EQ(chart.dots.size(), 8);
  ExpectLabelsApart(ParetoFigure(chart, YScale::kAuto), 8 + 7);
}

// fp32 has 1000 tokens a second, int8 3000, int4 2000 at a higher perplexity:
// the frontier is fp32 and int8, from the fast one to the slow one.
TEST(SpeedFiguresTest, TheFrontierOfSpeedStartsAtTheFastest) {
  const Results results = FakeResults({{"fp32", 414720, 4.84, 0.97},
                                       {"int8", 113920, 4.9, 0.97, 8},
                                       {"int4", 65536, 5.0, 0.9, 4, 64}});
  Timing timing;
  *timing.add_decodes() = MakeFakeDecode("minigpt", "fp32", 9, 9, {0.032});
  *timing.add_decodes() = MakeFakeDecode("minigpt", "int8", 9, 9, {0.032 / 3});
  *timing.add_decodes() = MakeFakeDecode("minigpt", "int4", 9, 9, {0.016});
  const Chart chart = ChartOf(results, timing);
  ASSERT_EQ(chart.staircase.size(), 3);
  EXPECT_NEAR(chart.staircase[0].x, 3000, 1e-6);
  EXPECT_NEAR(chart.staircase[2].x, 1000, 1e-6);
  EXPECT_TRUE(chart.dots[1].on_frontier);
  EXPECT_FALSE(chart.dots[2].on_frontier);
  EXPECT_FALSE(chart.dots[1].is_knee);
}

TEST(SpeedFiguresTest, SchemesThatWereNotTimedAreLeftOut) {
  const Results results = FakeResults(
      {{"fp32", 414720, 4.84, 0.97}, {"int3", 53248, 5.6, 0.8, 3, 64}});
  EXPECT_EQ(ChartOf(results, MakeFakeTiming(false)).dots.size(), 1);
  EXPECT_THAT(
      SpeedChart(FakeResults({{"int3", 53248, 5.6, 0.8, 3, 64}}), Speed()),
      FailsSaying("none of the measured schemes"));
}

// Two panels with a title, 4 bandwidths, 2 peaks and 4 dots of two texts each;
// the note of two lines stands once.
TEST(SpeedFiguresTest, TheRooflineNamesCeilingsAndDotsApart) {
  ASSERT_OK_AND_ASSIGN(
      const Figure figure,
      RooflineFigure(MakeFakeTiming(true), "minigpt", kSchemes));
  ExpectLabelsApart(figure, 2 * (1 + 4 + 2 + 2 * 4) + 2);
  EXPECT_THAT(figure.script,
              HasSubstr("minigpt: 0.10 M parameters, 1 thread'"));
  EXPECT_THAT(figure.script, HasSubstr("gpt2_small: 124 M parameters, 2 "));
  EXPECT_THAT(figure.script, HasSubstr("% of DRAM"));
}

// An imported model may have any size.
TEST(SpeedFiguresTest, TheRooflineShowsTheMeasuredModelFirst) {
  const Timing timing = MakeFakeTiming(true);
  const std::vector<std::string> models = ModelNames(timing);
  ASSERT_GT(models.size(), 2);
  for (const std::string& model : models) {
    ASSERT_OK_AND_ASSIGN(const auto choices, ChooseRooflines(timing, model));
    ASSERT_EQ(choices.size(), 2);
    EXPECT_EQ(choices[0].model, model);
    EXPECT_EQ(choices[0].threads, 1);
    EXPECT_EQ(choices[1].model, models.back());
  }
  ASSERT_OK_AND_ASSIGN(const auto choices, ChooseRooflines(timing, "other"));
  EXPECT_EQ(choices[0].model, models.front());
}

TEST(SpeedFiguresTest, CeilingsThatCoincideAreNamedApart) {
  Timing timing = MakeFakeTiming(false);
  for (Ceilings& ceilings : *timing.mutable_ceilings()) {
    ceilings.set_int8_ops_per_second(ceilings.fma_flops_per_second());
    for (Bandwidth& bandwidth : *ceilings.mutable_bandwidths()) {
      bandwidth.set_read_bytes_per_second(20e9);
    }
  }
  for (DecodeTiming& decode : *timing.mutable_decodes()) {
    for (double& value : *decode.mutable_memory_bytes_per_second()) {
      value = 20e9;
    }
  }
  ASSERT_OK_AND_ASSIGN(const Figure figure,
                       RooflineFigure(timing, "minigpt", kSchemes));
  ExpectLabelsApart(figure, 2 * (1 + 4 + 2 + 2 * 4) + 2);
}

// One thread reads 400 kB from L2 at 95 GB/s: the roof over intensity 0.525 is
// at 49.9 GFLOP/s; the dot is at 2.1e5 FLOP * 64000 tokens/s = 13.4.
TEST(SpeedFiguresTest, ADotIsJoinedToItsCeiling) {
  Timing timing = MakeFakeTiming(false);
  timing.clear_decodes();
  *timing.add_decodes() = MakeFakeDecode("a", "fp32", 100000, 4e5, {0.0005});
  ASSERT_OK_AND_ASSIGN(
      const RooflinePanel panel,
      LayOutRoofline(timing, {"a", 1}, kSchemes, {100, 100, 700, 500}));
  ASSERT_EQ(panel.marks.size(), 1);
  EXPECT_EQ(panel.marks[0].detail, "13.4 GFLOP/s, 27 % of L2");
  const Point roof = ToPixel(panel.panel, 0.525, 0.525 * 95);
  EXPECT_NEAR(panel.marks[0].roof.x, roof.x, 1e-6);
  EXPECT_NEAR(panel.marks[0].roof.y, roof.y, 1e-6);
}

TEST(SpeedFiguresTest, ARooflineNeedsCeilingsAndSchemes) {
  Timing timing = MakeFakeTiming(false);
  EXPECT_THAT(RooflineFigure(timing, "minigpt", {"int5"}), FailsSaying("int5"));
  timing.clear_ceilings();
  EXPECT_THAT(RooflineFigure(timing, "minigpt", kSchemes),
              FailsSaying("no ceilings"));
  EXPECT_THAT(RooflineFigure(Timing(), "minigpt", kSchemes),
              FailsSaying("no decode timings"));
}

// Per panel: the number of threads, the cache, five names; the note of two
// lines once.
TEST(SpeedFiguresTest, TheLadderNamesItsLinesApart) {
  ASSERT_OK_AND_ASSIGN(const Figure figure,
                       LadderFigure(MakeFakeTiming(true), "fp32"));
  ExpectLabelsApart(figure, 2 * (2 + 5) + 2);
  EXPECT_THAT(figure.script, HasSubstr("last-level cache, 32 MiB"));
  // Timed only on minigpt.
  EXPECT_THAT(figure.script, Not(HasSubstr("int4_per_group_128")));
}

// 64 characters, the longest name that a scheme may have.
TEST(SpeedFiguresTest, TheCanvasGrowsWithTheNames) {
  Timing timing = MakeFakeTiming(true);
  const std::string name =
      "int4_per_group_32_asymmetric_gptq_activation_order_embedding_int";
  ASSERT_EQ(name.size(), 64);
  for (DecodeTiming& decode : *timing.mutable_decodes()) {
    if (decode.scheme().name() != "int4_per_group_64") continue;
    decode.mutable_scheme()->set_name(name);
  }
  ASSERT_OK_AND_ASSIGN(const Figure ladder, LadderFigure(timing, "fp32"));
  EXPECT_THAT(ladder.script, HasSubstr(name));
  ExpectLabelsApart(ladder, 2 * (2 + 5) + 2);
  ASSERT_OK_AND_ASSIGN(const Figure roofline,
                       RooflineFigure(timing, "minigpt", {"fp32", name}));
  ExpectLabelsApart(roofline, 2 * (1 + 4 + 2 + 2 * 2) + 2);
}

TEST(SpeedFiguresTest, ALadderNeedsTheReference) {
  EXPECT_THAT(LadderFigure(MakeFakeTiming(true), "fp64"), FailsSaying("fp64"));
}

TEST(SpeedFiguresTest, DrawingTwiceGivesEqualBytes) {
  const Timing timing = MakeFakeTiming(true);
  ASSERT_OK_AND_ASSIGN(const Figure roofline,
                       RooflineFigure(timing, "minigpt", kSchemes));
  ASSERT_OK_AND_ASSIGN(const Figure ladder, LadderFigure(timing, "fp32"));
  const Chart chart = ChartOf(FakeResults(FakeSweep(false)), timing);
  for (const Figure& figure :
       {roofline, ladder, ParetoFigure(chart, YScale::kAuto)}) {
    for (const ImageFormat format : {ImageFormat::kPng, ImageFormat::kSvg}) {
      ASSERT_OK_AND_ASSIGN(const std::string once,
                           Draw(figure, format, kGnuplot));
      ASSERT_OK_AND_ASSIGN(const std::string twice,
                           Draw(figure, format, kGnuplot));
      EXPECT_TRUE(once == twice);
    }
  }
}

}  // namespace
}  // namespace quant_curve
