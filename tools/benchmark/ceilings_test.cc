#include "tools/benchmark/ceilings.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr uint64_t kKiB = 1024;
constexpr uint64_t kMiB = 1024 * 1024;

std::vector<std::pair<MemoryLevel, uint64_t>> Sets(uint64_t l1, uint64_t l2,
                                                   uint64_t l3, int threads) {
  Machine machine;
  machine.set_l1_data_bytes(l1);
  machine.set_l2_bytes(l2);
  machine.set_l3_bytes(l3);
  std::vector<std::pair<MemoryLevel, uint64_t>> sets;
  for (const Bandwidth& set : WorkingSets(machine, threads)) {
    sets.emplace_back(set.level(), set.working_set_bytes());
  }
  return sets;
}

TEST(WorkingSetsTest, CachesAreHalfFilledAndMemoryIsEightTimesTheLastOne) {
  EXPECT_THAT(Sets(32 * kKiB, kMiB, 40 * kMiB, 1),
              ElementsAre(Pair(L1, 16 * kKiB), Pair(L2, 512 * kKiB),
                          Pair(L3, 20 * kMiB), Pair(DRAM, 320 * kMiB)));
}

TEST(WorkingSetsTest, ThreadsShareTheLastCacheAndMemory) {
  EXPECT_THAT(Sets(32 * kKiB, kMiB, 16 * kMiB, 2),
              ElementsAre(Pair(L1, 16 * kKiB), Pair(L2, 512 * kKiB),
                          Pair(L3, 4 * kMiB), Pair(DRAM, 128 * kMiB)));
}

TEST(WorkingSetsTest, MemoryIsAtMostAGibibyte) {
  EXPECT_THAT(Sets(0, 0, 512 * kMiB, 1),
              ElementsAre(Pair(L3, 256 * kMiB), Pair(DRAM, 1024 * kMiB)));
}

TEST(WorkingSetsTest, LevelsThatCannotBeToldApartAreLeftOut) {
  // Half of a thread's share of L3, 1 MiB, would fit into L2.
  EXPECT_THAT(
      Sets(32 * kKiB, 2 * kMiB, 32 * kMiB, 16),
      ElementsAre(Pair(L1, 16 * kKiB), Pair(L2, kMiB), Pair(DRAM, 16 * kMiB)));
  EXPECT_THAT(Sets(0, 0, 0, 1), ElementsAre(Pair(DRAM, 256 * kMiB)));
}

TEST(BestRateTest, TakesTheFastestOfTheRunsThatAreLongEnough) {
  // An iteration takes 0.1 s, in the fourth run of four iterations a bit less.
  double now = 0;
  int long_runs = 0;
  const double rate = BestRate(
      0.35, [&] { return now; },
      [&](int64_t iterations) {
        if (iterations >= 4) ++long_runs;
        now +=
            (long_runs == 4 ? 0.09375 : 0.1) * static_cast<double>(iterations);
        return 3.0 * static_cast<double>(iterations);
      });
  EXPECT_NEAR(rate, 3 / 0.09375, 1e-9);
  EXPECT_EQ(long_runs, 10);
}

}  // namespace
}  // namespace quant_curve
