#include "lib/measurement/roofline.h"

#include <vector>

#include "gmock/gmock.h"
#include "lib/artifact/status_matchers.h"
#include "lib/measurement/fake_timing.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

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

// An intensity of 0.5 times 170 GB/s is the 85 GFLOP/s of the FMA ceiling.
TEST(RooflineTest, OfTwoEqualRoofsMemoryIsTheOneReached) {
  DecodeTiming decode = MakeFakeDecode("a", "fp32", 1000, 4200, {0.001});
  decode.set_memory_bytes_per_second(0, 170e9);
  const RooflineDot dot = DotOf(decode);
  ASSERT_EQ(dot.memory_roof_flops, dot.compute_roof_flops);
  EXPECT_TRUE(dot.memory_bound);
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

// 400 kB at 32 tokens in 1, 2 and 4 ms: 12.8, 6.4 and 3.2 GB/s, while L2 gave
// 25.6, 16 and 5: 50, 40 and 64 %. The ratio of medians would be 40.
TEST(RooflineTest, TheShareComparesEachRepeatWithWhatMemoryGaveBesideIt) {
  DecodeTiming decode =
      MakeFakeDecode("a", "fp32", 100000, 400000, {0.001, 0.002, 0.004});
  decode.set_memory_bytes_per_second(0, 25.6e9);
  decode.set_memory_bytes_per_second(1, 16e9);
  decode.set_memory_bytes_per_second(2, 5e9);
  const RooflineDot dot = DotOf(decode);
  EXPECT_DOUBLE_EQ(dot.share, 0.5);
  EXPECT_DOUBLE_EQ(dot.memory.median, 16e9);
  EXPECT_DOUBLE_EQ(dot.memory_roof_flops, 0.525 * 16e9);
}

// Of L2, from which both schemes come: 10, 20, 30 and 40. A decode that is not
// asked for came from DRAM; beside none was L3 read.
TEST(RooflineTest, CeilingsAreThoseBesideTheDecodes) {
  const Timing timing = MakeFakeTiming(false);
  std::vector<DecodeTiming> decodes;
  for (const double gigabytes : {10, 30}) {
    DecodeTiming& decode = decodes.emplace_back(
        MakeFakeDecode("a", "fp32", 100000, 400000, {0.001, 0.001}));
    decode.set_memory_bytes_per_second(0, gigabytes * 1e9);
    decode.set_memory_bytes_per_second(1, (gigabytes + 10) * 1e9);
  }
  ASSERT_OK_AND_ASSIGN(const Ceilings ceilings,
                       CeilingsBeside(timing, {&decodes[0], &decodes[1]}));
  std::vector<double> speeds;
  for (const Bandwidth& bandwidth : ceilings.bandwidths()) {
    speeds.push_back(bandwidth.read_bytes_per_second());
  }
  EXPECT_THAT(speeds, ElementsAre(190e9, 25e9, 34e9, 17e9));
  EXPECT_EQ(ceilings.fma_flops_per_second(), 85e9);
  decodes[0].set_threads(7);
  EXPECT_THAT(CeilingsBeside(timing, {&decodes[0]}),
              FailsSaying("no ceilings with 7 threads, with which a was"));
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
