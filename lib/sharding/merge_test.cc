#include "lib/sharding/merge.h"

#include "lib/artifact/status_matchers.h"
#include "proto/calibration.pb.h"

namespace quant_curve {
namespace {

using Files = std::vector<ShardFile<Calibration>>;

ShardFile<Calibration> File(const std::string& name, uint32_t index,
                            uint32_t count) {
  ShardFile<Calibration> file = {name, Calibration()};
  *file.message.mutable_shard() = MakeShard(index, count).value();
  file.message.set_corpus_sha256("corpus");
  file.message.mutable_inputs()->Add()->add_linears(name);
  return file;
}

absl::Status Arrange(Files& files) {
  return ArrangeShards("shard", {"inputs"}, files);
}

TEST(MergeTest, ShardsMayComeInAnyOrder) {
  Files files = {File("c", 2, 3), File("a", 0, 3), File("b", 1, 3)};
  ASSERT_THAT(Arrange(files), IsOk());
  EXPECT_EQ(files[0].name, "a");
  EXPECT_EQ(files[1].name, "b");
  EXPECT_EQ(files[2].name, "c");
}

TEST(MergeTest, AMissingShardIsNamed) {
  Files files = {File("c", 2, 3), File("a", 0, 3)};
  EXPECT_THAT(Arrange(files),
              FailsSaying("shard 1 of 3 (counted from 0) is missing; the "
                          "files given are a, c"));
  files = {File("a", 0, 2)};
  EXPECT_THAT(Arrange(files), FailsSaying("shard 1 of 2"));
}

TEST(MergeTest, ARepeatedShardNamesBothFiles) {
  Files files = {File("a", 0, 2), File("b", 1, 2), File("again", 1, 2)};
  EXPECT_THAT(Arrange(files),
              FailsSaying("b and again: both are shard 1 of 2"));
}

TEST(MergeTest, AnotherNumberOfShardsNamesBothFiles) {
  Files files = {File("a", 0, 2), File("b", 1, 3)};
  EXPECT_THAT(Arrange(files),
              FailsSaying("a is shard 0 of 2 (counted from 0), b is shard 1"));
}

TEST(MergeTest, ShardsOfDifferentRunsNameBothFilesAndTheField) {
  Files files = {File("a", 0, 2), File("b", 1, 2)};
  files[1].message.set_corpus_sha256("other");
  EXPECT_THAT(Arrange(files), FailsSaying("a and b: shards of different runs: "
                                          "they differ in corpus_sha256"));
  files[1].message.clear_corpus_sha256();
  EXPECT_THAT(Arrange(files), FailsSaying("they differ in corpus_sha256"));
}

TEST(MergeTest, WholeArtifactsAndNoneAtAllAreRefused) {
  Files files = {File("a", 0, 2), File("b", 1, 2)};
  files[1].message.clear_shard();
  EXPECT_THAT(Arrange(files), FailsSaying("b: is whole, not a shard"));
  files.clear();
  EXPECT_THAT(Arrange(files), FailsSaying("no shards"));
}

TEST(MergeTest, AnImpossibleShardIsRefused) {
  Files files = {File("a", 0, 2), File("b", 1, 2)};
  files[1].message.mutable_shard()->set_index(7);
  EXPECT_THAT(
      Arrange(files),
      FailsSaying("b: is shard 7 of 2 (counted from 0): must be below"));
}

TEST(MergeTest, MessagesOnPartsSpeakOfParts) {
  Files files = {File("a", 0, 2), File("b", 1, 2)};
  const auto arrange = [&] { return ArrangeShards("part", {"inputs"}, files); };
  EXPECT_THAT(arrange(), FailsSaying("a: is not a part"));
  for (auto& file : files) {
    *file.message.mutable_part() = file.message.shard();
    file.message.clear_shard();
  }
  EXPECT_THAT(arrange(), IsOk());
  files[1].message.set_corpus_sha256("other");
  EXPECT_THAT(arrange(), FailsSaying("a and b: parts of different runs"));
  files.pop_back();
  EXPECT_THAT(arrange(),
              FailsSaying("part 1 of 2 (counted from 0) is missing"));
}

}  // namespace
}  // namespace quant_curve
