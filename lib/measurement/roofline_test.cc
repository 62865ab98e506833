#include "lib/measurement/roofline.h"

#include "lib/artifact/status_matchers.h"
#include "lib/measurement/fake_timing.h"

namespace quant_curve {
namespace {

// One thread of the made-up machine: L1 190, L2 95, L3 34, DRAM 17 GB/s;
// FMA 85 GFLOP/s, int8 330. 1000 parameters are 2100 operations.
RooflineDot DotOf(const DecodeTiming& decode) {
  const absl::StatusOr<RooflineDot> dot =
      MakeRooflineDot(MakeFakeTiming(false), decode);
  EXPECT_THAT(dot, IsOk());
  return dot.value_or(RooflineDot());
}

// 64 tokens a millisecond, half of one under L1: intensity 0.525.
TEST(RooflineTest, AModelThatFitsInL1IsUnderL1) {
  const RooflineDot dot =
      DotOf(MakeFakeDecode("tiny", "fp32", 1000, 4000, {0.0005}));
  EXPECT_DOUBLE_EQ(dot.intensity, 0.525);
  EXPECT_DOUBLE_EQ(dot.flops_per_second, 2100 * 64000.0);
  EXPECT_EQ(dot.level, L1);
  // 0.525 * 190e9 = 99.75e9 lies above 85e9: compute is the lower roof.
  EXPECT_FALSE(dot.memory_bound);
  EXPECT_DOUBLE_EQ(dot.share, 2100 * 64000.0 / 85e9);
  EXPECT_EQ(RoofName(dot, {}), "FMA");
}

TEST(RooflineTest, LargerModelsAreUnderSlowerLevels) {
  const RooflineDot l2 =
      DotOf(MakeFakeDecode("a", "fp32", 100000, 400000, {0.001}));
  EXPECT_EQ(l2.level, L2);
  EXPECT_TRUE(l2.memory_bound);
  EXPECT_DOUBLE_EQ(l2.memory_roof_flops, 0.525 * 95e9);
  EXPECT_EQ(RoofName(l2, {}), "L2");
  EXPECT_EQ(DotOf(MakeFakeDecode("a", "fp32", 1000000, 4e6, {0.1})).level, L3);
  EXPECT_EQ(DotOf(MakeFakeDecode("a", "fp32", 1e8, 4e8, {1})).level, DRAM);
}

TEST(RooflineTest, PrivateCachesOfMoreThreadsHoldMore) {
  const Machine machine = MakeFakeTiming(false).machine();
  EXPECT_EQ(LevelThatHolds(machine, 1.5e6, 1), L3);
  EXPECT_EQ(LevelThatHolds(machine, 1.5e6, 2), L2);
  // L3 is shared: twice the threads do not double it.
  EXPECT_EQ(LevelThatHolds(machine, 40e6, 2), DRAM);
}

TEST(RooflineTest, ALevelThatWasNotMeasuredYieldsToTheNextSlowerOne) {
  Timing timing = MakeFakeTiming(false);
  DecodeTiming decode = MakeFakeDecode("a", "fp32", 100000, 400000, {0.001});
  timing.mutable_ceilings(0)->mutable_bandwidths()->DeleteSubrange(1, 1);
  ASSERT_OK_AND_ASSIGN(const RooflineDot dot, MakeRooflineDot(timing, decode));
  EXPECT_EQ(dot.level, L3);
  timing.mutable_ceilings(0)->mutable_bandwidths()->DeleteSubrange(1, 2);
  ASSERT_OK_AND_ASSIGN(const RooflineDot l1, MakeRooflineDot(timing, decode));
  EXPECT_EQ(l1.level, L1);
}

TEST(RooflineTest, Int8ActivationsAreUnderTheInt8Peak) {
  DecodeTiming decode = MakeFakeDecode("a", "wa", 1000, 1000, {0.001});
  decode.mutable_scheme()->set_activation_format(ACTIVATION_INT8);
  const RooflineDot dot = DotOf(decode);
  EXPECT_DOUBLE_EQ(dot.compute_roof_flops, 330e9);
  EXPECT_FALSE(dot.memory_bound);
  EXPECT_EQ(RoofName(dot, decode.scheme()), "int8 dot");
}

TEST(RooflineTest, AThreadCountWithoutCeilingsIsRefused) {
  DecodeTiming decode = MakeFakeDecode("a", "fp32", 1000, 1000, {0.001});
  decode.set_threads(7);
  EXPECT_THAT(MakeRooflineDot(MakeFakeTiming(false), decode),
              FailsSaying("no ceilings with 7 threads"));
}

}  // namespace
}  // namespace quant_curve
