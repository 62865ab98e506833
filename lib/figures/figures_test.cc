// Figures from made-up sweeps: drawn twice they have equal bytes, and their
// labels keep clear of each other.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "lib/artifact/status_matchers.h"
#include "lib/figures/accuracy_figure.h"
#include "lib/figures/gnuplot.h"
#include "lib/figures/pareto_figure.h"
#include "lib/figures/test_labels.h"
#include "lib/measurement/fake_measurement.h"
#include "lib/measurement/results.h"
#include "lib/measurement/sweep.h"

namespace quant_curve {
namespace {

// As declared in the test's data; runfiles are the working directory.
constexpr char kGnuplot[] = "external/gnuplot/gnuplot";
// "on the frontier", "frontier", "dominated", "to ship", what the bars and the
// margin are; and the subtitle.
constexpr size_t kKeyTexts = 7;

Results FakeResults(const std::vector<FakeScheme>& schemes) {
  Sweep sweep;
  for (const FakeScheme& scheme : schemes) {
    sweep.measurements.push_back(MakeFakeMeasurement(scheme));
  }
  const absl::StatusOr<Results> results = MakeResults(sweep, "test");
  EXPECT_THAT(results, IsOk());
  return results.value_or(Results());
}

TEST(FiguresTest, TheMainSweepHasOneLabelASchemeAllApart) {
  const Results results = FakeResults(FakeSweep(false));
  ExpectLabelsApart(ParetoFigure(SizeChart(results), YScale::kAuto),
                    8 + kKeyTexts);
  ExpectLabelsApart(ParetoFigure(SizeChart(results), YScale::kLog),
                    8 + kKeyTexts);
}

// One more label says that a part is enlarged.
TEST(FiguresTest, TheExtendedSweepHasOneLabelASchemeAllApart) {
  const Results results = FakeResults(FakeSweep(true));
  ExpectLabelsApart(ParetoFigure(SizeChart(results), YScale::kAuto),
                    17 + kKeyTexts);
  ExpectLabelsApart(ParetoFigure(SizeChart(results), YScale::kLinear),
                    17 + kKeyTexts);
}

// Sizes and perplexities of 26-quant-curve-extended: 15 schemes lie within 1 %,
// most of them at nearly the same size.
TEST(FiguresTest, ACrowdOfSchemesIsEnlargedTwice) {
  const Results results = FakeResults({
      {"fp32", 414720, 5.1299, 0.94},
      {"fp16", 207360, 5.12991, 0.94},
      {"int8_per_tensor", 111640, 5.1314, 0.94, 8},
      {"int8_per_channel", 113920, 5.1298, 0.94, 8},
      {"int4_per_group_64", 65536, 5.1905, 0.93, 4, 64},
      {"int4_per_group_128", 65024, 5.1905, 0.93, 4, 128},
      {"int4_per_group_64_gptq", 65536, 5.1643, 0.93, 4, 64, true},
      {"int8_weight_activation", 113920, 5.131, 0.94, 8},
      {"int8_weight_activation_clip", 113920, 5.1333, 0.94, 8},
      {"int4_per_group_64_activation_int8", 65536, 5.191, 0.93, 4, 64},
      {"int4_per_group_32", 68608, 5.1691, 0.94, 4, 32},
      {"int4_per_group_32_gptq", 68608, 5.158, 0.93, 4, 32, true},
      {"int4_per_group_64_gptq_order", 66944, 5.1421, 0.93, 4, 64, true},
      {"int3_per_group_64", 53248, 5.9647, 0.88, 3, 64},
      {"int3_per_group_64_gptq", 53248, 5.3132, 0.92, 3, 64, true},
      {"int3_per_group_64_gptq_sequential", 53248, 5.33, 0.92, 3, 64, true},
      {"int2_per_group_32_gptq", 44032, 10.825, 0.51, 2, 32, true},
      {"int2_per_group_64", 40960, 18.7097, 0.26, 2, 64},
      {"int2_per_group_64_gptq", 40960, 9.8101, 0.59, 2, 64, true},
      {"int4_per_group_64_iq4_nl_gptq_search", 65536, 5.1362, 0.92, 4, 64,
       true},
      {"int4_per_group_64_iq4_nl_gptq_search_target", 65536, 5.1341, 0.94, 4,
       64, true},
      {"int4_per_group_32_signed_gptq_search_target", 68608, 5.1387, 0.94, 4,
       32, true},
      {"int4_per_group_32_iq4_nl_gptq_search_target", 68608, 5.1353, 0.94, 4,
       32, true},
      {"int4_per_group_32_minimum_gptq_search_target", 74752, 5.1353, 0.94, 4,
       32, true},
  });
  const Figure figure = ParetoFigure(SizeChart(results), YScale::kAuto);
  EXPECT_TRUE(absl::StrContains(figure.script, "20 schemes: enlarged below"));
  EXPECT_TRUE(absl::StrContains(figure.script, "15 schemes: enlarged below"));
  ExpectLabelsApart(figure, 24 + 2 + kKeyTexts);
}

TEST(FiguresTest, AutoTurnsLogarithmicForWideRangesAlone) {
  const std::string log = "log scale' offset -0.3";
  EXPECT_FALSE(absl::StrContains(
      ParetoFigure(SizeChart(FakeResults(FakeSweep(false))), YScale::kAuto)
          .script,
      log));
  EXPECT_TRUE(absl::StrContains(
      ParetoFigure(SizeChart(FakeResults(FakeSweep(true))), YScale::kAuto)
          .script,
      log));
}

TEST(FiguresTest, OneSchemeAloneIsDrawn) {
  const Results results = FakeResults({{"fp32", 414720, 4.84, 0.97}});
  EXPECT_THAT(Draw(ParetoFigure(SizeChart(results), YScale::kAuto),
                   ImageFormat::kPng, kGnuplot),
              IsOk());
  ASSERT_OK_AND_ASSIGN(const Figure accuracy, AccuracyFigure(results));
  EXPECT_THAT(Draw(accuracy, ImageFormat::kPng, kGnuplot), IsOk());
}

TEST(FiguresTest, DrawingTwiceGivesEqualBytes) {
  const Results results = FakeResults(FakeSweep(true));
  ASSERT_OK_AND_ASSIGN(const Figure accuracy, AccuracyFigure(results));
  for (const Figure& figure :
       {ParetoFigure(SizeChart(results), YScale::kAuto), accuracy}) {
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

TEST(FiguresTest, MinimalPairsAreCalledByTheirName) {
  Sweep sweep;
  sweep.measurements = {
      MakeFakeTextMeasurement({"fp32", 414720, 4.84, 0.97}),
      MakeFakeTextMeasurement({"int8", 113920, 4.85, 0.96, 8})};
  ASSERT_OK_AND_ASSIGN(const Results results, MakeResults(sweep, "test"));
  ASSERT_OK_AND_ASSIGN(const Figure figure, AccuracyFigure(results));
  EXPECT_TRUE(absl::StrContains(figure.script, "Minimal-pair accuracy"));
  EXPECT_TRUE(absl::StrContains(figure.script, "chance 50.0 %"));
  EXPECT_FALSE(absl::StrContains(figure.script, "erb-tense"));
  ASSERT_EQ(figure.points.size(), 2);
  EXPECT_DOUBLE_EQ(figure.points[0].x,
                   100 * results.schemes(0).minimal_pair_accuracy());
  EXPECT_THAT(Draw(figure, ImageFormat::kPng, kGnuplot), IsOk());
}

TEST(FiguresTest, AccuracyWithoutClozeItemsIsRefused) {
  Results results = FakeResults({{"fp32", 414720, 4.84, 0.97}});
  results.set_num_headline_items(0);
  EXPECT_THAT(AccuracyFigure(results), FailsSaying("no items of a task"));
}

TEST(FiguresTest, WhatGnuplotComplainsOfIsAnError) {
  EXPECT_THAT(Draw({100, 100, "plot nonsense(\n"}, ImageFormat::kPng, kGnuplot),
              FailsSaying("drew no figure (exit code 1)"));
}

TEST(FiguresTest, AMissingGnuplotIsNamed) {
  EXPECT_THAT(Draw({100, 100, "plot x\n"}, ImageFormat::kPng, "/no/gnuplot"),
              FailsSaying("/no/gnuplot: cannot be run: No such file"));
}

TEST(FiguresTest, QuotesInsideTextStayInside) {
  EXPECT_EQ(Quoted("it's `date`"), "'it''s `date`'");
}

TEST(FiguresTest, OtherEndingsThanPngAndSvgAreRefused) {
  EXPECT_THAT(FormatOf("figure.pdf"), FailsSaying("figure.pdf"));
}

}  // namespace
}  // namespace quant_curve
