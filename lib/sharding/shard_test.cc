#include "lib/sharding/shard.h"

#include <vector>

#include "lib/artifact/status_matchers.h"
#include "proto/calibration.pb.h"

namespace quant_curve {
namespace {

Shard Of(uint32_t index, uint32_t count) {
  return MakeShard(index, count).value();
}

TEST(ShardTest, AnIndexBeyondTheCountIsRefused) {
  EXPECT_THAT(MakeShard(4, 4), FailsSaying("--shard=4: must be less than "
                                           "--shards=4"));
  EXPECT_THAT(MakeShard(0, 0),
              FailsSaying("--shards=0: must be in [1, 65536]"));
  EXPECT_THAT(MakeShard(0, 65537), FailsSaying("--shards=65537"));
  EXPECT_THAT(MakeShard(65535, 65536), IsOk());
}

TEST(ShardTest, RangesCoverTheUnitsInOrder) {
  for (const int64_t units : {0, 1, 10, 64}) {
    for (const uint32_t count : {1, 2, 3, 7, 64}) {
      int64_t next = 0;
      for (uint32_t i = 0; i < count; ++i) {
        const ShardRange range = RangeOf(Of(i, count), units);
        EXPECT_EQ(range.first, next);
        EXPECT_GE(range.size(), units / count);
        EXPECT_LE(range.size(), (units + count - 1) / count);
        next = range.end;
      }
      EXPECT_EQ(next, units);
    }
  }
}

TEST(ShardTest, RangesOfManyUnitsDoNotOverflow) {
  const int64_t units = int64_t{1} << 46;
  EXPECT_EQ(RangeOf(Of(65535, 65536), units).end, units);
}

// The shares are [0, 4) and [4, 8); the middles 1, 2.5, 4 and 6.5.
TEST(ShardTest, CostsDecideWhereRangesEnd) {
  const std::vector<double> costs = {2, 1, 2, 3};
  EXPECT_EQ(RangeByCost(Of(0, 2), costs).first, 0);
  EXPECT_EQ(RangeByCost(Of(0, 2), costs).end, 2);
  EXPECT_EQ(RangeByCost(Of(1, 2), costs).first, 2);
  EXPECT_EQ(RangeByCost(Of(1, 2), costs).end, 4);
}

TEST(ShardTest, RangesByCostCoverTheUnitsInOrder) {
  const std::vector<double> costs = {0.1, 7, 0.3, 0.3, 1e20, 1};
  for (const uint32_t count : {1, 2, 3, 7, 50}) {
    int64_t next = 0;
    for (uint32_t i = 0; i < count; ++i) {
      const ShardRange range = RangeByCost(Of(i, count), costs);
      EXPECT_EQ(range.first, next);
      next = range.end;
    }
    EXPECT_EQ(next, 6);
  }
}

TEST(ShardTest, AReaderOfWholesNamesTheShardAndWhatToDo) {
  Calibration calibration;
  EXPECT_THAT(CheckWhole(calibration, "a.qca"), IsOk());
  *calibration.mutable_shard() = Of(2, 4);
  EXPECT_THAT(CheckWhole(calibration, "a.qca"),
              FailsSaying("a.qca: shard 2 of 4 (counted from 0); merge the "
                          "shards first (//tools/merge)"));
  calibration.clear_shard();
  *calibration.mutable_part() = Of(1, 3);
  EXPECT_THAT(CheckWhole(calibration, "a.qca"),
              FailsSaying("a.qca: part 1 of 3 (counted from 0); merge the "
                          "parts first (//tools/merge)"));
}

}  // namespace
}  // namespace quant_curve
