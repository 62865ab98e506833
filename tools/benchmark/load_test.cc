#include "tools/benchmark/load.h"

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TEST(LoadTest, TheSecondNumberOfSchedstatIsTheWait) {
  EXPECT_EQ(WaitNanoseconds("1200 345 6\n"), 345);
  EXPECT_EQ(WaitNanoseconds(""), 0);
  EXPECT_EQ(WaitNanoseconds("1200"), 0);
  EXPECT_EQ(WaitNanoseconds("a b c"), 0);
}

// user 1, nice 2, system 4, idle 8, iowait 16, irq 32, softirq 64, steal 128;
// guests are in user already.
TEST(LoadTest, IdleTicksAreNotBusyAndStealIsApart) {
  const CpuTicks ticks = ParseCpuTicks("cpu  1 2 4 8 16 32 64 128 256 512");
  EXPECT_EQ(ticks.busy, 1 + 2 + 4 + 32 + 64);
  EXPECT_EQ(ticks.steal, 128);
  EXPECT_EQ(ParseCpuTicks("cpu0 1 2 4 8 16 32 64 128 0 0").busy, 0);
  EXPECT_EQ(ParseCpuTicks("cpu 1 2 x 8 16 32 64 128").busy, 0);
  EXPECT_EQ(ParseCpuTicks("cpu 1 2 3").busy, 0);
}

TEST(LoadTest, AMeterCountsThisProcess) {
  const LoadMeter meter;
  double sum = 0;
  for (int i = 0; i < 20'000'000; ++i) sum += 1.0 / (1 + i);
  EXPECT_GT(sum, 0);
  const MachineLoad load = meter.Finish();
  EXPECT_GT(load.wall_seconds(), 0);
  EXPECT_GT(load.cpu_seconds(), 0);
  EXPECT_GE(load.wait_seconds(), 0);
  EXPECT_GE(load.other_cpu_seconds(), 0);
  EXPECT_GE(load.steal_seconds(), 0);
}

}  // namespace
}  // namespace quant_curve
