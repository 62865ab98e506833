// The numbers that figures draw, worked out by hand.
#include <string>
#include <vector>

#include "lib/artifact/status_matchers.h"
#include "lib/figures/accuracy_figure.h"
#include "lib/figures/ladder_figure.h"
#include "lib/figures/pareto_chart.h"
#include "lib/figures/pareto_layout.h"
#include "lib/measurement/fake_timing.h"

namespace quant_curve {
namespace {

using ::testing::HasSubstr;

void AddScheme(const std::string& name, double bytes, double perplexity,
               double gap_stderr_percent, double accuracy, Results& results) {
  SchemeResult* scheme = results.add_schemes();
  scheme->set_name(name);
  scheme->mutable_bytes()->set_total(bytes);
  scheme->set_perplexity(perplexity);
  Metric* gap = scheme->add_metrics();
  gap->set_name("perplexity_gap_percent");
  gap->set_standard_error(gap_stderr_percent);
  scheme->set_verb_tense_accuracy(accuracy);
  scheme->set_verb_tense_accuracy_low(accuracy - 0.03);
  scheme->set_verb_tense_accuracy_high(accuracy + 0.02);
}

// The third has more bytes than the second and a higher perplexity.
Results ThreeSchemes() {
  Results results;
  results.set_reference_scheme("fp32");
  results.set_num_headline_items(100);
  results.set_chance_accuracy(0.2);
  AddScheme("fp32", 4096, 5, 0, 0.9, results);
  AddScheme("int4", 1024, 6, 2, 0.75, results);
  AddScheme("poor", 2048, 7, 4, 0.5, results);
  results.mutable_schemes(0)->set_on_frontier(true);
  results.mutable_schemes(1)->set_on_frontier(true);
  return results;
}

// 1.96 standard errors of 2 % of the reference's 5 are 0.196.
TEST(FigureDataTest, SizesDotsHaveTheBytesAndTheGapsInterval) {
  const Chart chart = SizeChart(ThreeSchemes());
  ASSERT_EQ(chart.dots.size(), 3);
  const Dot& int4 = chart.dots[1];
  EXPECT_EQ(int4.x, 1024);
  EXPECT_EQ(int4.x_low, 1024);
  EXPECT_EQ(int4.x_high, 1024);
  EXPECT_EQ(int4.perplexity, 6);
  EXPECT_NEAR(int4.half_interval, 0.196, 1e-5);
  EXPECT_EQ(chart.dots[0].half_interval, 0);
  EXPECT_TRUE(int4.on_frontier);
  EXPECT_FALSE(chart.dots[2].on_frontier);
  EXPECT_FALSE(chart.is_speed);
  EXPECT_EQ(chart.reference, "fp32");
}

// The margin of 10 % ends at 1.1 times the reference's 5.
TEST(FigureDataTest, TheDecisionsSchemeAndMarginAreMarked) {
  Results results = ThreeSchemes();
  EXPECT_EQ(SizeChart(results).margin_perplexity, 0);
  Decision& decision = *results.mutable_decision();
  decision.set_scheme("int4");
  decision.set_metric("perplexity_gap_percent");
  decision.set_margin(10);
  results.set_experiment("mine");
  results.set_num_evaluation_tokens(1000);
  results.mutable_sampling()->set_unit("document");
  results.mutable_sampling()->set_units(20);
  const Chart chart = SizeChart(results);
  EXPECT_FALSE(chart.dots[0].is_shipped);
  EXPECT_TRUE(chart.dots[1].is_shipped);
  EXPECT_EQ(LabelOf(chart.dots[1]), "int4 (ship)");
  EXPECT_NEAR(chart.margin_perplexity, 5.5, 1e-12);
  EXPECT_EQ(chart.margin_label, "margin: +10 % of fp32");
  EXPECT_EQ(chart.subtitle,
            "mine; evaluation text of 1000 tokens in 20 documents");
}

TEST(FigureDataTest, TheStaircaseGoesRightBeforeItGoesDown) {
  const Chart chart = SizeChart(ThreeSchemes());
  ASSERT_EQ(chart.staircase.size(), 3);
  const Point expected[] = {{1024, 6}, {4096, 6}, {4096, 5}};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(chart.staircase[i].x, expected[i].x) << i;
    EXPECT_EQ(chart.staircase[i].y, expected[i].y) << i;
  }
}

TEST(FigureDataTest, SpeedsDotsHaveTheirMediansAndPercentiles) {
  Speed speed;
  for (const char* name : {"fp32", "int4"}) {
    SchemeSpeed* scheme = speed.add_schemes();
    scheme->set_name(name);
    scheme->set_tokens_per_second(200 + speed.schemes_size());
    scheme->set_tokens_per_second_low(100 + speed.schemes_size());
    scheme->set_tokens_per_second_high(400 + speed.schemes_size());
    scheme->set_threads(2);
  }
  ASSERT_OK_AND_ASSIGN(const Chart chart, SpeedChart(ThreeSchemes(), speed));
  ASSERT_EQ(chart.dots.size(), 2);
  EXPECT_EQ(chart.dots[1].x, 202);
  EXPECT_EQ(chart.dots[1].x_low, 102);
  EXPECT_EQ(chart.dots[1].x_high, 402);
  EXPECT_THAT(chart.title, HasSubstr("2 threads"));
  EXPECT_TRUE(chart.is_speed);
}

// At 300, 200 and 100 tokens a second and perplexities of 9, 6 and 5 the second
// lies a quarter of the way below the chord: 1 - 0.5 - 0.25.
TEST(FigureDataTest, TheKneeOfSpeedIsMarkedAndNoOther) {
  Results results;
  results.set_reference_scheme("a");
  Speed speed;
  const double perplexities[] = {5, 6, 9};
  for (int i = 0; i < 3; ++i) {
    const std::string name(1, "abc"[i]);
    AddScheme(name, 1000, perplexities[i], 0, 0.9, results);
    SchemeSpeed* scheme = speed.add_schemes();
    scheme->set_name(name);
    scheme->set_tokens_per_second(100 * (i + 1));
  }
  ASSERT_OK_AND_ASSIGN(const Chart chart, SpeedChart(results, speed));
  EXPECT_FALSE(chart.dots[0].is_knee);
  EXPECT_TRUE(chart.dots[1].is_knee);
  EXPECT_FALSE(chart.dots[2].is_knee);
  EXPECT_EQ(LabelOf(chart.dots[1]), "b (knee)");
}

// Bars from 50 to 200 and 4.5 to 5.5, and a tenth of their span on either side.
TEST(FigureDataTest, AxesReachAsFarAsTheBars) {
  Chart chart = {};
  chart.is_speed = true;
  chart.dots = {{"a", 100, 50, 120, 5.0, 0.5, true, false},
                {"b", 150, 140, 200, 5.2, 0.1, false, false}};
  const std::vector<View> views = MakeViews(chart, YScale::kLinear, 300, 1);
  ASSERT_EQ(views.size(), 1);
  EXPECT_EQ(views[0].labelled.size(), 2);
  const Panel& panel = views[0].panel;
  EXPECT_NEAR(panel.x.low, 35, 1e-9);
  EXPECT_NEAR(panel.x.high, 215, 1e-9);
  EXPECT_NEAR(panel.y.low, 4.4, 1e-9);
  EXPECT_NEAR(panel.y.high, 5.6, 1e-9);
  EXPECT_EQ(panel.box.top - panel.box.bottom, 300);
}

// 5.4 is within a tenth of 5, 5.6 is not; 9 is more than half again.
TEST(FigureDataTest, SchemesWithinATenthOfTheBestAreEnlarged) {
  Chart chart = {};
  chart.dots = {{"a", 400, 400, 400, 5.0, 0, true, false},
                {"b", 300, 300, 300, 5.4, 0, true, false},
                {"c", 200, 200, 200, 5.6, 0, true, false},
                {"d", 100, 100, 100, 9.0, 0, true, false}};
  const std::vector<View> views = MakeViews(chart, YScale::kLinear, 300, 1);
  ASSERT_EQ(views.size(), 2);
  ASSERT_EQ(views[0].labelled.size(), 2);
  EXPECT_EQ(views[0].labelled[1].name, "b");
  ASSERT_EQ(views[1].labelled.size(), 2);
  EXPECT_EQ(views[1].labelled[0].name, "c");
  EXPECT_EQ(views[1].band_label, "2 schemes: enlarged below");
}

// From the top: accuracy in percent and the ends of its interval.
TEST(FigureDataTest, AccuraciesAreDrawnWithTheirIntervals) {
  ASSERT_OK_AND_ASSIGN(const Figure figure, AccuracyFigure(ThreeSchemes()));
  EXPECT_THAT(figure.script, HasSubstr("$rows << EOD\n"
                                       "3 90 87 92\n"
                                       "2 75 72 77\n"
                                       "1 50 47 52\n"
                                       "EOD\n"));
  ASSERT_EQ(figure.points.size(), 3);
  EXPECT_EQ(figure.points[1].label, "int4");
  EXPECT_EQ(figure.points[1].x, 75);
  EXPECT_EQ(figure.points[1].y, 2);
}

// 2, 1 and 2 times as fast round by round: a median of 2; a tenth of the way
// from first to last of 1 2 2 is 1.2, nine tenths 2.
TEST(FigureDataTest, ALadderHasTheMedianAndItsPercentiles) {
  Timing timing;
  *timing.add_decodes() =
      MakeFakeDecode("minigpt", "fp32", 1000, 4000, {0.002, 0.001, 0.004});
  *timing.add_decodes() =
      MakeFakeDecode("minigpt", "int8", 1000, 1000, {0.001, 0.001, 0.002});
  ASSERT_OK_AND_ASSIGN(const Figure figure, LadderFigure(timing, "fp32"));
  EXPECT_THAT(figure.script, HasSubstr("$rung0 << EOD\n1000 2 1.2 2\nEOD\n"));
  ASSERT_EQ(figure.points.size(), 1);
  EXPECT_EQ(figure.points[0].label, "int8 1");
  EXPECT_EQ(figure.points[0].x, 1000);
  EXPECT_EQ(figure.points[0].y, 2);
}

}  // namespace
}  // namespace quant_curve
