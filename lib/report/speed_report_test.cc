// The README with made-up speeds, for outcomes good and bad.
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "lib/artifact/status_matchers.h"
#include "lib/measurement/fake_measurement.h"
#include "lib/measurement/fake_timing.h"
#include "lib/measurement/results.h"
#include "lib/measurement/sweep.h"
#include "lib/report/readme.h"
#include "lib/report/roofline_readme.h"
#include "lib/report/speed_answer.h"
#include "lib/report/speed_tables.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kInt4[] = "int4_per_group_64_gptq";

Sweep MakeSweep(const std::vector<FakeScheme>& schemes) {
  Sweep sweep;
  for (const FakeScheme& scheme : schemes) {
    sweep.measurements.push_back(MakeFakeMeasurement(scheme));
  }
  return sweep;
}

// README.md and details.md together.
std::string PagesOf(const Sweep& sweep, const Timing& timing) {
  const absl::StatusOr<Results> results = MakeResults(sweep, "test");
  EXPECT_THAT(results, IsOk());
  const absl::StatusOr<MeasuredSpeed> measured =
      MakeMeasuredSpeed(timing, "minigpt", 1, *results);
  EXPECT_THAT(measured, IsOk());
  const absl::StatusOr<Pages> pages = WritePages(
      sweep, *results, &*measured, {"A title", "bazel run //x", /*lab=*/true});
  EXPECT_THAT(pages, IsOk());
  return pages.ok() ? pages->readme + pages->details : "";
}

// The ceilings of the made-up machine, and one decode a scheme that takes so
// many microseconds a token. One thread: L2 95 GB/s, FMA 85 GFLOP/s.
struct FakeSpeed {
  std::string scheme;
  double bytes;
  double microseconds;
};
Timing MakeTiming(const std::vector<FakeSpeed>& speeds) {
  Timing timing = MakeFakeTiming(false);
  timing.clear_decodes();
  for (const FakeSpeed& speed : speeds) {
    *timing.add_decodes() =
        MakeFakeDecode("minigpt", speed.scheme, 103680, speed.bytes,
                       {32e-6 * speed.microseconds});
  }
  return timing;
}

TEST(SpeedReportTest, TheThirdQuestionIsAnsweredForBothRegimes) {
  EXPECT_THAT(
      PagesOf(MakeSweep(FakeSweep(false)), MakeFakeTiming(false)),
      AllOf(HasSubstr("**minigpt**, 103,680 parameters, 1 thread."),
            HasSubstr("fits its L2"),
            HasSubstr("**gpt2_small**, 124,000,000 parameters, 2 "),
            HasSubstr("fits no cache of this machine"),
            HasSubstr("](roofline_overlay.png)"),
            HasSubstr("](latency_pareto.png)"), HasSubstr("`speed.json`"),
            Not(HasSubstr("Speed is not measured"))));
}

// 400 kB and 100 kB: a bound of 4; 20 and 8 us: 2.5 times as fast, 62 % of it.
TEST(SpeedReportTest, TheMeasuredRatioStandsBesideTheBound) {
  EXPECT_THAT(
      PagesOf(MakeSweep(FakeSweep(false)),
              MakeTiming({{"fp32", 400000, 20}, {kInt4, 100000, 8}})),
      AllOf(HasSubstr("allows `int4_per_group_64_gptq` 4.00 times the speed of "
                      "`fp32`. Measured: 2.50 times, 62 % of that."),
            HasSubstr("- Every other scheme is faster than `fp32`.")));
}

// What is stored shrinks 6.33 times.
TEST(SpeedReportTest, WhatAStepMovesBoundsTheSchemeToShip) {
  EXPECT_THAT(
      PagesOf(MakeSweep(FakeSweep(false)),
              MakeTiming({{"fp32", 400000, 20}, {kInt4, 100000, 8}})),
      AllOf(HasSubstr("Ship `int4_per_group_64_gptq`: "),
            HasSubstr("a decode step moves 4.00 times fewer bytes than with "
                      "`fp32`, which bounds what it can gain in speed; on the "
                      "machine measured here it decodes 125,000 tokens a "
                      "second, 2.50 times as many.")));
}

// int8's 12 us over int4's, round by round.
TEST(SpeedReportTest, AnOrderThatSomeRoundsTurnRoundIsNamed) {
  const auto readme = [](double third_round) {
    Timing timing = MakeFakeTiming(false);
    timing.clear_decodes();
    const auto add = [&](const char* scheme, double bytes,
                         const std::vector<double>& microseconds) {
      std::vector<double> seconds;
      for (const double us : microseconds) seconds.push_back(32e-6 * us);
      *timing.add_decodes() =
          MakeFakeDecode("minigpt", scheme, 103680, bytes, seconds);
    };
    add("fp32", 400000, {20, 20, 20});
    add("int8_per_channel", 110000, {12, 12, 12});
    add(kInt4, 100000, {10, 10, third_round});
    return PagesOf(MakeSweep(FakeSweep(false)), timing);
  };
  EXPECT_THAT(readme(30),
              HasSubstr("In more than a tenth of the rounds the second of "
                        "these was the faster one: `int4_per_group_64_gptq` "
                        "and `int8_per_channel`."));
  EXPECT_THAT(readme(11), Not(HasSubstr("In more than a tenth")));
}

TEST(SpeedReportTest, ASlowerInt4IsCalledSlower) {
  EXPECT_THAT(
      PagesOf(MakeSweep(FakeSweep(false)),
              MakeTiming({{"fp32", 400000, 20}, {kInt4, 100000, 40}})),
      AllOf(HasSubstr("- **Slower** than `fp32`: `int4_per_group_64_gptq` "
                      "(0.50 times)"),
            HasSubstr("0.50 times as many")));
}

// 2.1 FLOP a parameter are 217,728. Intensity 0.54 under L2: a roof of 51.7
// GFLOP/s, or 4.21 us; 2.18 under FMA: 85, or 2.56 us.
// 1 us where 400 kB through L2 at 95 GB/s take 4.21; 20 and 20.1 us differ by
// less than 2 %.
TEST(SpeedReportTest, ADotAboveItsCeilingAndAnEqualSpeedAreCalledSo) {
  EXPECT_THAT(
      PagesOf(MakeSweep(FakeSweep(false)), MakeTiming({{"fp32", 400000, 1}})),
      HasSubstr("- **Above** the ceiling that was measured: `fp32`."));
  EXPECT_THAT(
      PagesOf(MakeSweep(FakeSweep(false)),
              MakeTiming({{"fp32", 400000, 20}, {kInt4, 100000, 20.1}})),
      AllOf(HasSubstr("- **No faster** than `fp32`, within 2 %: "
                      "`int4_per_group_64_gptq` (1.00 times)."),
            Not(HasSubstr("**Slower**"))));
}

TEST(SpeedReportTest, EachSchemeIsUnderACeiling) {
  EXPECT_THAT(
      PagesOf(MakeSweep(FakeSweep(false)),
              MakeTiming({{"fp32", 400000, 5}, {kInt4, 100000, 10}})),
      AllOf(
          HasSubstr("reached): `fp32` (L2, 84 %). Under the compute ceiling: "
                    "`int4_per_group_64_gptq` (FMA, 26 %)."),
          HasSubstr("`int4_per_group_64_gptq` (10.0 µs per token, its ceiling "
                    "would allow 2.56)")));
}

// The line through (400 kB, 20 us) and (100 kB, 11 us) meets 0 bytes at 8 us.
// 220 / 95 = 2.32 predicted, 20 / 11 = 1.82 measured.
TEST(SpeedReportTest, PredictionsStandBesideMeasurements) {
  EXPECT_THAT(PagesOf(MakeSweep(FakeSweep(false)),
                      MakeTiming({{"fp32", 400000, 20},
                                  {"int8_per_channel", 100000, 11}})),
              AllOf(HasSubstr("| fp32 | 95 | 50,000 | 526 times | 10.5 | "
                              "0.0200 | 1.00 | 1.00 | +0.0 % |"),
                    HasSubstr("| 2.32 | 1.82 | -21.5 % |"),
                    HasSubstr("The model of 405.0 KiB sits in this machine's "
                              "L2"),
                    HasSubstr("8.00 of fp32's 20.0 µs per token do not shrink"),
                    HasSubstr("95 tokens/s of 414,720 bytes are 0.0394 GB/s")));
}

// 20 and 9 us: 2.22, within 20 % of 2.32.
TEST(SpeedReportTest, ARatioNearItsPredictionNeedsNoExplanation) {
  EXPECT_THAT(PagesOf(MakeSweep(FakeSweep(false)),
                      MakeTiming({{"fp32", 400000, 20},
                                  {"int8_per_channel", 100000, 9}})),
              AllOf(HasSubstr("within 20 % of its predicted ratio"),
                    Not(HasSubstr("sits in"))));
}

// Every parameter a byte: 103,680, and 4 for each of 1,152 rows and 64 tokens.
TEST(SpeedReportTest, BothAccountingsAddUp) {
  const std::string readme =
      PagesOf(MakeSweep(FakeSweep(false)), MakeFakeTiming(false));
  EXPECT_THAT(readme, HasSubstr("| **int8-w** | 108,544 | 113,920 | +5,376 |"));
  EXPECT_THAT(readme, HasSubstr("| **int8-wa** | 108,572 | 113,920 | +5,348 "));
  EXPECT_THAT(readme, HasSubstr("| 4,096 | 8,192 | +4,096 |"));
  EXPECT_THAT(readme, HasSubstr("comes to 106.0 KiB"));
}

TEST(SpeedReportTest, AnotherModelHasNoPredictions) {
  Sweep sweep = MakeSweep(FakeSweep(false));
  for (Measurement& measurement : sweep.measurements) {
    measurement.set_num_parameters(500);
  }
  Timing timing = MakeFakeTiming(false);
  for (DecodeTiming& decode : *timing.mutable_decodes()) {
    if (decode.model() == "minigpt") decode.set_num_parameters(500);
  }
  EXPECT_THAT(PagesOf(sweep, timing),
              AllOf(Not(HasSubstr("## Predicted")),
                    Not(HasSubstr("## Two accountings")),
                    Not(HasSubstr("worked frontier"))));
}

TEST(SpeedReportTest, ATimingOfAnotherModelIsRefused) {
  const Sweep sweep = MakeSweep(FakeSweep(false));
  ASSERT_OK_AND_ASSIGN(const Results results, MakeResults(sweep, "test"));
  Timing timing = MakeFakeTiming(false);
  EXPECT_THAT(MakeMeasuredSpeed(timing, "gpt2_small", 1, results),
              FailsSaying("has 124000000 parameters, the measured model "
                          "103680"));
  EXPECT_THAT(MakeMeasuredSpeed(timing, "nano", 1, results),
              FailsSaying("no nano"));
}

TEST(SpeedReportTest, EveryTableRowHasAsManyCellsAsItsHeader) {
  ASSERT_OK_AND_ASSIGN(
      const std::string roofline,
      WriteRooflineReadme(MakeFakeTiming(true), "fp32", "T", "c"));
  const std::string readme =
      PagesOf(MakeSweep(FakeSweep(false)), MakeFakeTiming(true));
  for (const std::string& text : {roofline, readme}) {
    size_t cells = 0;
    for (const absl::string_view line : absl::StrSplit(text, '\n')) {
      const bool is_row = !line.empty() && line[0] == '|';
      const size_t found =
          std::vector<std::string>(absl::StrSplit(line, '|')).size();
      if (is_row && cells > 0) {
        EXPECT_EQ(found, cells) << line;
      }
      cells = is_row ? found : 0;
    }
  }
}

TEST(SpeedReportTest, TheRooflineReadmeHasCeilingsModelsAndThroughputs) {
  ASSERT_OK_AND_ASSIGN(
      const std::string readme,
      WriteRooflineReadme(MakeFakeTiming(true), "fp32", "T", "bazel run //r"));
  EXPECT_THAT(readme,
              HasSubstr("| 1 | 85.0 | 330 | 190 | 95.0 | 34.0 | 17.0 |"));
  EXPECT_THAT(readme, HasSubstr("### 10m, 10,200,000 parameters, 2 threads"));
  // 1e9 operations in 0.03 s: 33.3 of 85 GFLOP/s.
  EXPECT_THAT(readme, HasSubstr("| evaluate fp32 minigpt | 1 | 33.3 [33.3, "
                                "33.3] | 39.2 % |"));
  EXPECT_THAT(readme, HasSubstr("](roofline.png)"));
  EXPECT_THAT(readme, HasSubstr("](speedup_ladder.png)"));
  EXPECT_THAT(readme, HasSubstr("    bazel run //r\n"));
}

TEST(SpeedReportTest, ARooflineReadmeNeedsDecodesAndTheReference) {
  EXPECT_THAT(WriteRooflineReadme(Timing(), "fp32", "T", "c"),
              FailsSaying("no decode timings"));
  EXPECT_THAT(WriteRooflineReadme(MakeFakeTiming(true), "fp64", "T", "c"),
              FailsSaying("in scheme fp64"));
}

TEST(SpeedTablesTest, NumbersHaveThreeDigitsAndNoExponent) {
  EXPECT_EQ(ShortNumber(12345.6), "12,346");
  EXPECT_EQ(ShortNumber(123.4), "123");
  EXPECT_EQ(ShortNumber(12.34), "12.3");
  EXPECT_EQ(ShortNumber(0.01534), "0.0153");
}

TEST(SpeedTablesTest, SizesHaveBinaryUnits) {
  EXPECT_EQ(SizeText(32 << 10), "32 KiB");
  EXPECT_EQ(SizeText(1.5 * (1 << 20)), "1.5 MiB");
}

TEST(SpeedReportTest, ABusyMachineIsNamedWithItsSigns) {
  Timing timing = MakeFakeTiming(false);
  EXPECT_THAT(PagesOf(MakeSweep(FakeSweep(false)), timing),
              Not(HasSubstr("The machine was busy")));
  timing.mutable_load()->set_other_cpu_seconds(100);
  EXPECT_THAT(
      PagesOf(MakeSweep(FakeSweep(false)), timing),
      AllOf(HasSubstr("**The machine was busy: take speeds as rough.**"),
            HasSubstr("**The machine was busy, so these speeds are "
                      "rough**"),
            HasSubstr("- Other processes had 50.0 % of the cores.")));
}

}  // namespace
}  // namespace quant_curve
