#include "lib/report/page.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/report/decision.h"
#include "lib/report/html.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kHostile[] = "</script><img src=x onerror=\"a('b')\">";

SchemeResult& AddScheme(const std::string& name, double bytes, double gap,
                        double bound, Results& results) {
  SchemeResult& scheme = *results.add_schemes();
  scheme.set_name(name);
  scheme.mutable_bytes()->set_total(bytes);
  scheme.set_bits_per_weight(bytes / 128);
  Metric& metric = *scheme.add_metrics();
  metric.set_name("perplexity_gap_percent");
  metric.set_value(gap);
  metric.set_standard_error(gap / 10);
  scheme.mutable_confidence()->set_upper_bound(bound);
  scheme.mutable_confidence()->set_frontier_probability(0.875);
  scheme.mutable_confidence()->set_group_letters("bc");
  return scheme;
}

Results MakeResults() {
  Results results;
  results.set_reference_scheme("fp32");
  AddScheme("fp32", 4096, 0, 0, results).set_on_frontier(true);
  AddScheme("int4", 1024, 0.5, 0.625, results).set_on_frontier(true);
  AddScheme("poor", 2048, 3, 3.5, results).add_dominated_by("int4");
  results.mutable_sampling()->set_unit("document");
  results.mutable_sampling()->set_units(1200);
  Decision& decision = *results.mutable_decision();
  decision.set_scheme("int4");
  decision.set_metric("perplexity_gap_percent");
  decision.set_margin(1);
  decision.set_meets_margin(true);
  decision.set_value(0.5);
  decision.set_standard_error(0.05);
  decision.set_upper_bound(0.625);
  decision.add_reasons("A reason.");
  return results;
}

Speed MakeSpeed() {
  Speed speed;
  for (const char* name : {"fp32", "int4"}) {
    SchemeSpeed& scheme = *speed.add_schemes();
    scheme.set_name(name);
    scheme.set_tokens_per_second(1000 + 250 * speed.schemes_size());
    scheme.set_tokens_per_second_low(1000);
    scheme.set_tokens_per_second_high(1700);
    scheme.set_speedup(1.25);
  }
  return speed;
}

std::string PageOf(const Results& results, const Speed* speed = nullptr) {
  return ReportPage(results, speed,
                    {"A title", "bazel run //x", {{"corpus", "0123"}}});
}

int CountOf(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != text.npos;
       at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

TEST(PageTest, TheDecisionIsThatOfTheReadme) {
  const Results results = MakeResults();
  const std::string page = PageOf(results);
  EXPECT_THAT(
      page,
      HasSubstr(
          "<strong>Ship <code>int4</code>: 1.0 KiB, 4.00 times smaller "
          "than <code>fp32</code>, with a perplexity gap of +0.500 ± "
          "0.050&nbsp;%, at most +0.625&nbsp;% (95&nbsp;% confidence over "
          "all schemes; the margin is +1&nbsp;%).</strong>"));
  EXPECT_THAT(page, HasSubstr(InlineHtml(DecisionSentence(results))));
  EXPECT_LT(page.find("Ship <code>"), page.find("<svg"));
}

TEST(PageTest, TheTableHasTheNumbersAndWhatSortingCompares) {
  EXPECT_THAT(
      PageOf(MakeResults()),
      AllOf(HasSubstr(
                "<tr class=\"on ship\" data-scheme=\"1\" data-name=\"int4\" "
                "data-bytes=\"1024\" data-loss=\"0.5\" data-bound=\"0.625\" "
                "data-summary=\"1,024 bytes, perplexity gap +0.5 %, at most "
                "+0.625 %\"><th scope=\"row\"><code>int4</code></th>"
                "<td class=\"text\"><strong>ship</strong></td>"
                "<td data-value=\"1024\">1,024</td>"
                "<td data-value=\"8\">8.00</td>"
                "<td data-value=\"0.5\">+0.500 ± 0.050&nbsp;%</td>"
                "<td data-value=\"0.625\">+0.625&nbsp;%</td>"
                "<td data-value=\"0.875\">87.5&nbsp;%</td>"
                "<td class=\"text\">bc</td></tr>"),
            HasSubstr("dominated by <code>int4</code>"),
            Not(HasSubstr("tokens/s")), Not(HasSubstr("KL divergence"))));
}

TEST(PageTest, WhatWasMeasuredHasItsColumnAndItsChart) {
  Results results = MakeResults();
  for (const int i : {1, 2}) {
    Metric& metric = *results.mutable_schemes(i)->add_metrics();
    metric.set_name("kl_divergence_mean_nats");
    metric.set_value(0.02);
    metric.set_standard_error(0.0005);
  }
  results.set_num_headline_items(600);
  for (SchemeResult& scheme : *results.mutable_schemes()) {
    scheme.set_verb_tense_accuracy(0.975);
  }
  const Speed speed = MakeSpeed();
  const std::string page = PageOf(results, &speed);
  EXPECT_THAT(page,
              AllOf(HasSubstr("<td data-value=\"0.02\">0.02000 ± 0.00050</td>"),
                    HasSubstr("<td data-value=\"0.975\">97.5&nbsp;%</td>"),
                    HasSubstr("<td data-value=\"1500\">1,500</td>"),
                    HasSubstr("<td>–</td>")));
  // Two costs, three qualities; three dots, of which two were timed.
  EXPECT_EQ(CountOf(page, "<figure class=\"view\""), 6);
  EXPECT_EQ(CountOf(page, "<g class=\"dot"), 3 * 3 + 3 * 2);
  // The margin is one of the gap.
  EXPECT_EQ(CountOf(page, "<g class=\"margin\""), 2);
}

// The gaps reach from 0 to 3 + 1.96 * 0.3 = 3.588. A linear axis from 13 % of
// that below, -0.4664, to 6 % above, 3.8033, has the margin at a share of
// (1 + 0.4664) / 4.2697 = 0.34345: of the 366 pixels above y = 408 that is
// 408 - 125.7 = 282.3.
TEST(PageTest, TheMarginIsDrawnAtItsHeight) {
  EXPECT_THAT(PageOf(MakeResults()),
              HasSubstr("class=\"margin\" transform=\"translate(0,282.3)\""));
}

TEST(PageTest, TheShippedSchemeHasTheRing) {
  const std::string page = PageOf(MakeResults());
  const size_t ring = page.find("<circle class=\"ring\" cx");
  EXPECT_EQ(CountOf(page, "<circle class=\"ring\" cx"), 2);  // the key's, too
  const size_t dot = page.rfind("<g class=\"dot", ring);
  EXPECT_EQ(page.substr(dot, 71),
            "<g class=\"dot on\" role=\"img\" data-scheme=\"1\"><title>int4\n"
            "verdict: ship\n");
}

// Those of lib/figures/pareto_figure.cc.
TEST(PageTest, ColorsAreThoseOfTheFigures) {
  for (const char* color : {"--on: #1f5fa8;", "--off: #6b6b6b;",
                            "--ring: #d55e00;", "--frontier: #a9bdd6;"}) {
    EXPECT_THAT(PageOf(MakeResults()), HasSubstr(color));
  }
}

TEST(PageTest, HostileNamesAreText) {
  Results results = MakeResults();
  results.mutable_schemes(1)->set_name(kHostile);
  results.mutable_schemes(2)->set_dominated_by(0, kHostile);
  results.mutable_decision()->set_scheme(kHostile);
  results.set_reference_scheme("fp32");
  const std::string page =
      ReportPage(results, nullptr, {kHostile, kHostile, {{kHostile, "0"}}});
  EXPECT_EQ(CountOf(page, "<script>"), 1);
  EXPECT_EQ(CountOf(page, "</script>"), 1);
  EXPECT_EQ(CountOf(page, "<img"), 0);
  EXPECT_EQ(CountOf(page, "onerror=\""), 0);
  EXPECT_THAT(page, HasSubstr("<h1>&lt;/script&gt;&lt;img src=x"));
}

TEST(PageTest, NothingComesFromElsewhere) {
  const Speed speed = MakeSpeed();
  const std::string page = PageOf(MakeResults(), &speed);
  EXPECT_THAT(page, AllOf(Not(HasSubstr("http:")), Not(HasSubstr("https:")),
                          Not(HasSubstr("src=")), Not(HasSubstr("url(")),
                          Not(HasSubstr("@import"))));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_LT(page.size(), 60000);
}

TEST(PageTest, TheSameResultsGiveTheSameBytes) {
  const Speed speed = MakeSpeed();
  EXPECT_EQ(PageOf(MakeResults(), &speed), PageOf(MakeResults(), &speed));
}

TEST(PageTest, NothingIsMinusZero) {
  Results results = MakeResults();
  Metric& gap = *results.mutable_schemes(1)->mutable_metrics(0);
  gap.set_value(-0.0001);
  gap.set_standard_error(0.25);
  const std::string page = PageOf(results);
  EXPECT_THAT(page, AllOf(HasSubstr("+0.00 ± 0.25 %"), Not(HasSubstr("-0.00 ")),
                          Not(HasSubstr(">-0<"))));
}

TEST(PageTest, WithoutADecisionThereIsNothingToExplore) {
  Results results = MakeResults();
  results.clear_decision();
  results.mutable_sampling()->set_units(3);
  for (SchemeResult& scheme : *results.mutable_schemes()) {
    scheme.clear_confidence();
  }
  EXPECT_THAT(
      PageOf(results),
      AllOf(HasSubstr("has only 3 documents: too few to decide"),
            Not(HasSubstr("id=\"explore\"")), Not(HasSubstr("data-bound")),
            Not(HasSubstr("<g class=\"margin\""))));
}

// A divergence's margin is drawn on the divergence's chart.
TEST(PageTest, ADecisionAboutDivergenceIsExploredInNats) {
  Results results = MakeResults();
  for (const int i : {1, 2}) {
    Metric& metric = *results.mutable_schemes(i)->add_metrics();
    metric.set_name("kl_divergence_mean_nats");
    metric.set_value(0.25 * i);
  }
  results.mutable_decision()->set_metric("kl_divergence_mean_nats");
  const std::string page = PageOf(results);
  EXPECT_THAT(page, AllOf(HasSubstr("data-unit=\"nats\""),
                          HasSubstr("data-loss=\"0.25\""),
                          HasSubstr("data-name=\"fp32\" data-bytes=\"4096\" "
                                    "data-loss=\"0\"")));
  EXPECT_GT(page.find("<g class=\"margin\""),
            page.find("data-y=\"kl_divergence_mean_nats\""));
}

}  // namespace
}  // namespace quant_curve
