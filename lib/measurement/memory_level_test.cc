#include "lib/measurement/memory_level.h"

#include "gtest/gtest.h"
#include "lib/measurement/fake_timing.h"

namespace quant_curve {
namespace {

// 32 KiB of L1 and 1 MiB of L2 a core, 32 MiB of L3.
TEST(MemoryLevelTest, TheFastestLevelThatHoldsTheBytes) {
  const Machine machine = MakeFakeTiming(false).machine();
  EXPECT_EQ(LevelThatHolds(machine, 32768, 1), L1);
  EXPECT_EQ(LevelThatHolds(machine, 32769, 1), L2);
  EXPECT_EQ(LevelThatHolds(machine, 1 << 25, 1), L3);
  EXPECT_EQ(LevelThatHolds(machine, (1 << 25) + 1, 1), DRAM);
}

TEST(MemoryLevelTest, PrivateCachesOfMoreThreadsHoldMore) {
  const Machine machine = MakeFakeTiming(false).machine();
  EXPECT_EQ(LevelThatHolds(machine, 1.5e6, 1), L3);
  EXPECT_EQ(LevelThatHolds(machine, 1.5e6, 2), L2);
  // L3 is shared: twice the threads do not double it.
  EXPECT_EQ(LevelThatHolds(machine, 40e6, 2), DRAM);
  // Two cores.
  EXPECT_EQ(LevelThatHolds(machine, 2.5e6, 4), L3);
}

TEST(MemoryLevelTest, ALevelThatWasNotMeasuredYieldsToTheNextSlowerOne) {
  const Timing timing = MakeFakeTiming(false);
  Ceilings ceilings = timing.ceilings(0);
  const auto level = [&] {
    return LevelFor(timing.machine(), ceilings, 400000).level();
  };
  EXPECT_EQ(level(), L2);
  ceilings.mutable_bandwidths()->DeleteSubrange(1, 1);
  EXPECT_EQ(level(), L3);
  ceilings.mutable_bandwidths()->DeleteSubrange(1, 2);
  EXPECT_EQ(level(), L1);
}

TEST(MemoryLevelTest, BeyondAllThatWereMeasuredTheSlowestIsTaken) {
  const Timing timing = MakeFakeTiming(false);
  Ceilings ceilings = timing.ceilings(0);
  // L1 and L2 are left, in either order.
  ceilings.mutable_bandwidths()->DeleteSubrange(2, 2);
  EXPECT_EQ(LevelFor(timing.machine(), ceilings, 1e9).level(), L2);
  ceilings.mutable_bandwidths()->SwapElements(0, 1);
  EXPECT_EQ(LevelFor(timing.machine(), ceilings, 1e9).level(), L2);
}

TEST(MemoryLevelTest, CeilingsAreFoundByTheirThreads) {
  const Timing timing = MakeFakeTiming(false);
  EXPECT_EQ(FindCeilings(timing, 2), &timing.ceilings(1));
  EXPECT_EQ(FindCeilings(timing, 7), nullptr);
}

}  // namespace
}  // namespace quant_curve
