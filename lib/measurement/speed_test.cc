#include "lib/measurement/speed.h"

#include "lib/artifact/status_matchers.h"
#include "lib/measurement/fake_timing.h"
#include "lib/measurement/results_json.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// fp32 takes 2, 1 and 4 ms for 32 tokens, int8 1, 1 and 2 ms.
Timing SmallTiming() {
  Timing timing;
  timing.mutable_machine()->set_cpu_model("A CPU");
  timing.mutable_machine()->set_isa("AVX2");
  timing.mutable_machine()->set_cores(1);
  *timing.add_decodes() =
      MakeFakeDecode("minigpt", "fp32", 1000, 4000, {0.002, 0.001, 0.004});
  *timing.add_decodes() =
      MakeFakeDecode("minigpt", "int8", 1000, 1000, {0.001, 0.001, 0.002});
  return timing;
}

TEST(SpeedTest, AQuantileBetweenSamplesIsLinear) {
  EXPECT_EQ(Quantile({30, 10, 20}, 0.5), 20);
  EXPECT_EQ(Quantile({30, 10, 20}, 0), 10);
  EXPECT_EQ(Quantile({30, 10, 20}, 1), 30);
  // 0.25 * (2 - 1) of the way from 10 to 20.
  EXPECT_EQ(Quantile({20, 10}, 0.25), 12.5);
  EXPECT_EQ(Quantile({7}, 0.9), 7);
}

// Rates 8000, 16000 and 32000 tokens a second; 10 % lies a fifth of the way
// from the first to the second, 90 % four fifths from the second to the third.
TEST(SpeedTest, TokensPerSecondAreQuantilesOfTheRates) {
  const Spread spread = TokensPerSecond(SmallTiming().decodes(0));
  EXPECT_DOUBLE_EQ(spread.median, 16000);
  EXPECT_DOUBLE_EQ(spread.low, 8000 + 0.2 * 8000);
  EXPECT_DOUBLE_EQ(spread.high, 16000 + 0.8 * 16000);
}

// 4, 1/2 and 1 times; the medians, 3 and 2 ms, would say 1.5.
TEST(SpeedTest, SpeedupComparesRoundByRound) {
  const Spread speedup =
      SpeedupOver(MakeFakeDecode("a", "fp32", 9, 9, {0.004, 0.001, 0.003}),
                  MakeFakeDecode("a", "int8", 9, 9, {0.001, 0.002, 0.003}));
  EXPECT_DOUBLE_EQ(speedup.median, 1);
  EXPECT_DOUBLE_EQ(speedup.low, 0.6);
  EXPECT_DOUBLE_EQ(speedup.high, 3.4);
}

TEST(SpeedTest, SpeedIsOfMediansAndSpeedupOfRounds) {
  ASSERT_OK_AND_ASSIGN(const Speed speed,
                       MakeSpeed(SmallTiming(), "minigpt", 1, "fp32", "test"));
  EXPECT_EQ(speed.machine().cpu_model(), "A CPU");
  ASSERT_EQ(speed.schemes_size(), 2);
  const SchemeSpeed* int8 = FindSpeed(speed, "int8");
  ASSERT_NE(int8, nullptr);
  EXPECT_DOUBLE_EQ(int8->tokens_per_second(), 32000);
  EXPECT_DOUBLE_EQ(int8->milliseconds_per_token(), 1.0 / 32);
  EXPECT_DOUBLE_EQ(int8->speedup(), 2);
  EXPECT_DOUBLE_EQ(int8->speedup_low(), 1.2);
  EXPECT_DOUBLE_EQ(int8->speedup_high(), 2);
  // 1000 bytes and 2100 operations, 32000 times a second.
  EXPECT_DOUBLE_EQ(int8->gigabytes_per_second(), 0.032);
  EXPECT_DOUBLE_EQ(int8->gigaflops_per_second(), 0.0672);
  EXPECT_EQ(int8->repeats(), 3);
  EXPECT_EQ(FindSpeed(speed, "fp16"), nullptr);
}

// fp32 in 8000, 16000 and 32000 tokens a second of 4000 bytes; int8 16000 and
// twice 32000, of 1000.
TEST(SpeedTest, EveryFieldIsThatOfItsScheme) {
  Timing timing = SmallTiming();
  timing.mutable_machine()->set_cores(5);
  for (DecodeTiming& decode : *timing.mutable_decodes()) decode.set_threads(7);
  ASSERT_OK_AND_ASSIGN(const Speed speed,
                       MakeSpeed(timing, "minigpt", 7, "fp32", "a test"));
  EXPECT_EQ(speed.experiment(), "a test");
  EXPECT_EQ(speed.reference_scheme(), "fp32");
  EXPECT_EQ(speed.machine().isa(), "AVX2");
  EXPECT_EQ(speed.machine().cores(), 5);
  const SchemeSpeed& fp32 = speed.schemes(0);
  EXPECT_EQ(fp32.name(), "fp32");
  EXPECT_DOUBLE_EQ(fp32.tokens_per_second_low(), 8000 + 0.2 * 8000);
  EXPECT_DOUBLE_EQ(fp32.tokens_per_second_high(), 16000 + 0.8 * 16000);
  EXPECT_EQ(fp32.bytes_per_token(), 4000);
  EXPECT_EQ(fp32.speedup(), 1);
  EXPECT_EQ(fp32.speedup_low(), 1);
  EXPECT_EQ(fp32.threads(), 7);
  const SchemeSpeed& int8 = speed.schemes(1);
  EXPECT_DOUBLE_EQ(int8.tokens_per_second_low(), 16000 + 0.2 * 16000);
  EXPECT_DOUBLE_EQ(int8.tokens_per_second_high(), 32000);
  EXPECT_EQ(int8.bytes_per_token(), 1000);
}

TEST(SpeedTest, AReferenceThatWasNotTimedIsRefused) {
  EXPECT_THAT(MakeSpeed(SmallTiming(), "minigpt", 2, "fp32", ""),
              FailsSaying("no minigpt in scheme fp32 with 2 threads"));
  EXPECT_THAT(MakeSpeed(SmallTiming(), "big", 1, "fp32", ""),
              FailsSaying("its models are: minigpt"));
}

TEST(SpeedTest, JsonHasTheProtosFieldNames) {
  ASSERT_OK_AND_ASSIGN(const Speed speed,
                       MakeSpeed(SmallTiming(), "minigpt", 1, "fp32", "test"));
  ASSERT_OK_AND_ASSIGN(const std::string json, SpeedToJson(speed));
  EXPECT_THAT(json, HasSubstr("\"tokens_per_second\": 16000"));
  EXPECT_THAT(json, HasSubstr("\"milliseconds_per_token\": 0.0625"));
}

TEST(SpeedTest, ModelsComeByRisingSizeAndThreadsRise) {
  const Timing timing = MakeFakeTiming(true);
  EXPECT_THAT(ModelNames(timing),
              ElementsAre("minigpt", "1m", "10m", "gpt2_small"));
  EXPECT_THAT(ThreadCounts(timing, "10m"), ElementsAre(1, 2));
  EXPECT_EQ(DecodesOf(timing, "10m", 2).size(), 5);
}

}  // namespace
}  // namespace quant_curve
