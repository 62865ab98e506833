#include "tools/benchmark/memory_reader.h"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "lib/artifact/status_matchers.h"

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

TEST(WorkingSetsTest, DramIsNeverLeftOut) {
  EXPECT_THAT(
      Sets(32 * kKiB, kMiB, 32 * kMiB, 256),
      ElementsAre(Pair(L1, 16 * kKiB), Pair(L2, 512 * kKiB), Pair(DRAM, kMiB)));
}

class MemoryReaderTest : public ::testing::Test {
 protected:
  // Two cores with 32 KiB of L1 and 1 MiB of L2, but sets that are small.
  void SetUp() override {
    Machine machine;
    machine.set_cores(2);
    machine.set_l1_data_bytes(32 * kKiB);
    machine.set_l2_bytes(kMiB);
    std::vector<Bandwidth> sets(2);
    sets[0].set_level(L2);
    sets[0].set_working_set_bytes(8 * kKiB);
    sets[1].set_level(DRAM);
    sets[1].set_working_set_bytes(64 * kKiB);
    ASSERT_OK_AND_ASSIGN(reader_, MemoryReader::Make(machine, sets, 2));
  }

  std::unique_ptr<MemoryReader> reader_;
};

TEST_F(MemoryReaderTest, AStepsBytesComeFromTheLevelThatHoldsThem) {
  // Shared by two threads, 2 MiB fit both L2s. L1 was not measured.
  EXPECT_EQ(reader_->SetFor(kKiB).level(), L2);
  EXPECT_EQ(reader_->SetFor(2 * kMiB).level(), L2);
  EXPECT_EQ(reader_->SetFor(2 * kMiB + 1).level(), DRAM);
}

TEST_F(MemoryReaderTest, ASetIsAsLargeAsTheStepInWholeBlocks) {
  EXPECT_EQ(reader_->SetFor(1).working_set_bytes(), 4 * kKiB);
  EXPECT_EQ(reader_->SetFor(24 * kKiB).working_set_bytes(), 12 * kKiB);
  EXPECT_EQ(reader_->SetFor(24 * kKiB + 1).working_set_bytes(), 16 * kKiB);
  // The buffers end there.
  EXPECT_EQ(reader_->SetFor(kMiB).working_set_bytes(), 64 * kKiB);
}

TEST_F(MemoryReaderTest, BeyondTwiceTheLastCacheTheLargestSetIsRead) {
  Machine machine;
  machine.set_cores(1);
  machine.set_l2_bytes(8 * kKiB);
  std::vector<Bandwidth> sets(1);
  sets[0].set_level(DRAM);
  sets[0].set_working_set_bytes(256 * kKiB);
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<MemoryReader> reader,
                       MemoryReader::Make(machine, sets, 1));
  EXPECT_EQ(reader->SetFor(16 * kKiB).working_set_bytes(), 16 * kKiB);
  EXPECT_EQ(reader->SetFor(16 * kKiB + 1).working_set_bytes(), 256 * kKiB);
}

TEST_F(MemoryReaderTest, AllThreadsReadTheirSetInEachPass) {
  EXPECT_EQ(reader_->threads(), 2);
  EXPECT_EQ(reader_->Read(reader_->SetFor(24 * kKiB), 3), 2 * 3 * 12 * kKiB);
}

TEST_F(MemoryReaderTest, WholePassesReadWhatIsAsked) {
  const Bandwidth set = reader_->SetFor(24 * kKiB);
  EXPECT_EQ(reader_->ReadAtLeast(set, 1), 24 * kKiB);
  EXPECT_EQ(reader_->ReadAtLeast(set, 24 * kKiB), 24 * kKiB);
  EXPECT_EQ(reader_->ReadAtLeast(set, 24 * kKiB + 1), 48 * kKiB);
}

}  // namespace
}  // namespace quant_curve
