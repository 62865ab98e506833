// The README of made-up sweeps, for outcomes good and bad.
#include "lib/report/readme.h"

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "lib/artifact/status_matchers.h"
#include "lib/measurement/fake_measurement.h"
#include "lib/measurement/measurement.h"
#include "lib/measurement/results.h"
#include "lib/report/facts.h"
#include "lib/report/gptq_answer.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;

using ::testing::HasSubstr;
using ::testing::Not;

Sweep MakeSweep(const std::vector<FakeScheme>& schemes) {
  Sweep sweep;
  for (const FakeScheme& scheme : schemes) {
    sweep.measurements.push_back(MakeFakeMeasurement(scheme));
  }
  return sweep;
}

// README.md and details.md together.
std::string PagesOf(const Sweep& sweep) {
  const absl::StatusOr<Results> results = MakeResults(sweep, "test");
  EXPECT_THAT(results, IsOk());
  const absl::StatusOr<Pages> pages = WritePages(
      sweep, *results, nullptr, {"A title", "bazel run //x", /*lab=*/true});
  EXPECT_THAT(pages, IsOk());
  return pages.ok() ? pages->readme + pages->details : "";
}

const FakeScheme kFp32 = {"fp32", 414720, 4.84, 0.97};
const FakeScheme kRtn = {"int4_per_group_64", 65536, 4.935, 0.95, 4, 64};

FakeScheme Gptq(double perplexity) {
  return {"int4_per_group_64_gptq", 65536, perplexity, 0.96, 4, 64, true};
}

TEST(ReadmeTest, TheMainSweepAnswersAllFourQuestions) {
  EXPECT_THAT(
      PagesOf(MakeSweep(FakeSweep(false))),
      AllOf(
          HasSubstr("# A title\n\n**Ship `int4_per_group_64_gptq`: 64.0 KiB, "),
          HasSubstr("](pareto.png)"), HasSubstr("\n## 1. "),
          HasSubstr("\n## 2. "), HasSubstr("\n## 3. "), HasSubstr("\n## 4. "),
          HasSubstr("    bazel run //x\n"),
          HasSubstr("Speed is not measured in this experiment")));
}

// Losses of fake measurements: 0.4 / 4^bits * 1.01 of q_proj by rounding to
// nearest, 0.4 / 4^bits / 3 by GPTQ.
TEST(ReadmeTest, SchemesOnOneGridShareAColumnOfProxyLosses) {
  Sweep sweep = MakeSweep(
      {kFp32, {"int8_per_channel", 120000, 4.85, 0.97, 8}, kRtn, Gptq(4.9)});
  const std::string linear = "\n| `h.0.attn.q_proj.weight` | [64, 64] | ";
  EXPECT_THAT(
      PagesOf(sweep),
      AllOf(HasSubstr("| Linear | [out, in] | `int8_per_channel` | "
                      "`int4_per_group_64`<br>`int4_per_group_64_gptq` |\n"),
            HasSubstr(linear + "6.16e-06 | 1.58e-03 → 5.21e-04 |\n")));
  for (const int i : {2, 3}) {
    sweep.measurements[i].mutable_linears(0)->set_has_proxy_losses(false);
  }
  EXPECT_THAT(PagesOf(sweep), HasSubstr(linear + "6.16e-06 | – |\n"));
}

TEST(ReadmeTest, TextAndMinimalPairsAreCalledByTheirNames) {
  Sweep sweep;
  for (const FakeScheme& scheme : {kFp32, kRtn}) {
    sweep.measurements.push_back(MakeFakeTextMeasurement(scheme));
  }
  EXPECT_THAT(
      PagesOf(sweep),
      AllOf(HasSubstr("minimal-pair accuracy"),
            HasSubstr("](minimal_pair_accuracy.png)"),
            HasSubstr("1,000 minimal pairs"),
            HasSubstr("guessing gives 50.0 %"),
            HasSubstr("| scheme | per token | per byte | per word |"),
            HasSubstr("14,000 bytes and 2,700 words"),
            HasSubstr("| `islands` | 300 |"), Not(HasSubstr("erb-tense"))));
}

TEST(ReadmeTest, WithoutTaskThereIsNoAccuracy) {
  Sweep sweep;
  for (const FakeScheme& scheme : {kFp32, kRtn}) {
    Measurement measurement = MakeFakeTextMeasurement(scheme);
    measurement.clear_items();
    measurement.clear_candidate_log_probability_nats();
    ASSERT_THAT(FillSummaries(measurement), IsOk());
    sweep.measurements.push_back(measurement);
  }
  EXPECT_THAT(PagesOf(sweep), AllOf(Not(HasSubstr("ccuracy")),
                                    HasSubstr("Every number and the figure")));
}

TEST(ReadmeTest, PredictionsForMiniGptAreNotHeldAgainstOtherModels) {
  const FakeScheme int8 = {"int8_per_channel", 113920, 4.8403, 0.972, 8};
  Sweep sweep = MakeSweep({kFp32, int8});
  EXPECT_THAT(PagesOf(sweep), HasSubstr("worked frontier predicts"));
  for (Measurement& measurement : sweep.measurements) {
    measurement.set_num_parameters(656000);
  }
  EXPECT_THAT(PagesOf(sweep), Not(HasSubstr("worked frontier")));
}

TEST(ReadmeTest, DominatorsAreNamed) {
  EXPECT_THAT(PagesOf(MakeSweep({kFp32, kRtn, Gptq(4.88)})),
              HasSubstr("- `int4_per_group_64` by `int4_per_group_64_gptq`\n"));
}

TEST(ReadmeTest, AGoodGptqMeetsTheBarAndBeatsRtn) {
  EXPECT_THAT(
      PagesOf(MakeSweep({kFp32, kRtn, Gptq(4.88)})),
      AllOf(HasSubstr("at most 15 %: met (95 % confidence). It hopes for "
                      "5 %: met."),
            HasSubstr("it is better than rounding to nearest"),
            Not(HasSubstr("**worse**"))));
}

TEST(ReadmeTest, ASequentialSchemeIsHeldAgainstTheSameRtn) {
  Sweep sweep = MakeSweep({kFp32, kRtn, Gptq(4.88)});
  const std::string one_shot = PagesOf(sweep);
  EXPECT_THAT(one_shot, Not(HasSubstr("sequential")));
  Scheme& scheme = *sweep.measurements[2].mutable_scheme();
  scheme.set_sequential(true);
  scheme.set_name("int4_sequential");
  EXPECT_THAT(PagesOf(sweep),
              AllOf(HasSubstr("| better than RTN |"),
                    HasSubstr("A sequential scheme's H sees the blocks before "
                              "it quantized")));
}

TEST(ReadmeTest, AWorseGptqIsCalledWorseWithADiagnosis) {
  EXPECT_THAT(PagesOf(MakeSweep({kFp32, kRtn, Gptq(5.3)})),
              AllOf(HasSubstr("it is **worse** than rounding to nearest"),
                    HasSubstr("It hopes for 5 %: missed."),
                    HasSubstr("GPTQ does lower the loss it minimises"),
                    HasSubstr("GPTQ's is above in 0 of them")));
}

TEST(ReadmeTest, AMissedBarIsCalledMissedAndInt8StandsBeside) {
  EXPECT_THAT(PagesOf(MakeSweep(
                  {kFp32, kRtn, Gptq(6.0), {"int8", 113920, 4.85, 0.97, 8}})),
              AllOf(HasSubstr("at most 15 %: missed"),
                    HasSubstr("INT4 is **far worse** than INT8 here")));
}

TEST(ReadmeTest, ASweepWithoutTheBarsSchemeSaysSo) {
  EXPECT_THAT(PagesOf(MakeSweep({kFp32, kRtn})),
              HasSubstr("which this sweep does not have"));
}

TEST(ReadmeTest, WithoutASmallSchemeInReachTheReferenceIsShipped) {
  EXPECT_THAT(PagesOf(MakeSweep({kFp32, {"int2", 40960, 31, 0.3, 2, 64}})),
              HasSubstr("**Ship `fp32`: no smaller scheme is shown to have a "
                        "perplexity gap below +1 %.**"));
}

TEST(ReadmeTest, OnlyFc2TellsGroupsOf64And128Apart) {
  EXPECT_THAT(PagesOf(MakeSweep(FakeSweep(false))),
              HasSubstr("equally many scales in 10 of 12 Linears, since a "
                        "group never spans more than a row; only "
                        "`h.0.mlp.fc2.weight` and `h.1.mlp.fc2.weight`"));
}

TEST(ReadmeTest, PublishedInt8GapsThatDoNotAppearAreReported) {
  EXPECT_THAT(PagesOf(MakeSweep(FakeSweep(false))),
              HasSubstr("`int8_weight_activation` does not appear here"));
}

TEST(ReadmeTest, WithoutClozeItemsThereIsNoAccuracy) {
  Sweep sweep = MakeSweep({kFp32, kRtn});
  for (Measurement& measurement : sweep.measurements) {
    measurement.clear_items();
    measurement.clear_candidate_log_probability_nats();
    ASSERT_THAT(FillSummaries(measurement), IsOk());
  }
  EXPECT_THAT(PagesOf(sweep),
              AllOf(Not(HasSubstr("ccuracy")), HasSubstr("## 4.")));
}

TEST(ReadmeTest, AModelNoBetterThanGuessingIsCalledSo) {
  EXPECT_THAT(PagesOf(MakeSweep({{"fp32", 414720, 4.84, 0.2}, kRtn})),
              HasSubstr("does **not** lie above that"));
}

TEST(ReadmeTest, EveryTableRowHasAsManyCellsAsItsHeader) {
  size_t cells = 0;
  for (const absl::string_view line :
       absl::StrSplit(PagesOf(MakeSweep(FakeSweep(true))), '\n')) {
    const bool is_row = !line.empty() && line[0] == '|';
    const size_t found =
        std::vector<std::string>(absl::StrSplit(line, '|')).size();
    if (is_row && cells > 0) {
      EXPECT_EQ(found, cells) << line;
    }
    cells = is_row ? found : 0;
  }
}

// 1.96 standard errors of 0.2 are 0.39.
TEST(FactsTest, AGapIsBelowOnlyWithItsInterval) {
  EXPECT_EQ(IsBelow({4.6, 0.2}, 5), Below::kYes);
  EXPECT_EQ(IsBelow({4.7, 0.2}, 5), Below::kCannotTell);
  EXPECT_EQ(IsBelow({5.3, 0.2}, 5), Below::kCannotTell);
  EXPECT_EQ(IsBelow({5.4, 0.2}, 5), Below::kNo);
}

TEST(ReadmeTest, ABarWithinTheIntervalIsNeitherMetNorMissed) {
  const Sweep sweep = MakeSweep({kFp32, kRtn, Gptq(5.08)});
  ASSERT_OK_AND_ASSIGN(Results results, MakeResults(sweep, "test"));
  for (Metric& metric : *results.mutable_schemes(2)->mutable_metrics()) {
    if (metric.name() != kPerplexityGap) continue;
    metric.set_value(4.8);
    metric.set_standard_error(0.2);
  }
  EXPECT_THAT(GptqAnswer(sweep, results, /*with_bar=*/true).value(),
              HasSubstr("at most 15 %: met (95 % confidence). It hopes for 5 "
                        "%: neither met nor missed that the windows could "
                        "tell."));
}

TEST(FactsTest, TheRtnTwinHasTheSameGrid) {
  const Sweep sweep = MakeSweep(
      {kFp32, {"int4_g128", 65024, 4.937, 0.95, 4, 128}, kRtn, Gptq(4.88)});
  ASSERT_OK_AND_ASSIGN(const std::vector<GptqFact> facts, GptqFacts(sweep));
  ASSERT_EQ(facts.size(), 1);
  EXPECT_EQ(facts[0].scheme, 3);
  EXPECT_EQ(facts[0].rtn, 2);
  // 4.88 / 4.935 = 0.98886; the made-up windows meet it within 0.2 %.
  EXPECT_NEAR(facts[0].gap_to_rtn_percent.value, -1.11, 0.2);
}

// (98304 + 4096) weights, two operations each.
TEST(FactsTest, ADecodeStepOfMiniGptHas204800Operations) {
  EXPECT_EQ(DecodeFlops(MakeFakeMeasurement(kFp32)), 204800);
}

}  // namespace
}  // namespace quant_curve
