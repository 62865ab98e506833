#include "lib/calibration/merge_calibrations.h"

#include <string>

#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;
using Files = std::vector<ShardFile<Calibration>>;

// Three blocks of two sequences of four tokens, two inputs; block i adds the
// triangle (8 i, 4 i, 2 i). Shard 0 has block 0, shard 1 blocks 1 and 2.
ShardFile<Calibration> Part(uint32_t index, const std::vector<double>& blocks) {
  Calibration calibration;
  calibration.set_checkpoint_sha256("checkpoint");
  calibration.set_num_sequences(6);
  calibration.set_sequence_length(4);
  calibration.set_sequences_per_block(2);
  *calibration.mutable_shard() = MakeShard(index, 2).value();
  LinearInput& input = *calibration.add_inputs();
  input.add_linears("fc1");
  input.mutable_partial()->set_in_features(2);
  for (const double block : blocks) {
    *input.mutable_partial()->add_sums() =
        MakeFloat64("sums", {3}, {8 * block, 4 * block, 2 * block});
  }
  input.mutable_histogram()->add_counts(index);
  input.mutable_histogram()->add_counts(7);
  input.mutable_histogram()->set_max_magnitude(3 - index);
  return {"part" + std::to_string(index), calibration};
}

Files Parts() { return {Part(0, {0}), Part(1, {1, 2})}; }

// What merging says of the shards with one change to the second.
absl::Status Refusal(void (*change)(Calibration&)) {
  Files files = Parts();
  change(files[1].message);
  return MergeCalibrations(std::move(files)).status();
}

TEST(MergeCalibrationsTest, HessiansAreMeansOverAllTokens) {
  ASSERT_OK_AND_ASSIGN(const Calibration merged, MergeCalibrations(Parts()));
  EXPECT_FALSE(merged.has_shard());
  ASSERT_EQ(merged.inputs_size(), 1);
  EXPECT_FALSE(merged.inputs(0).has_partial());
  // (24, 12, 6) / 24 tokens.
  EXPECT_THAT(ReadDoubles(merged.inputs(0).hessian()).value(),
              ElementsAre(1, 0.5, 0.25));
  // 1 / 2.25
  EXPECT_DOUBLE_EQ(merged.inputs(0).off_diagonal_share(), 4.0 / 9);
  EXPECT_THAT(merged.inputs(0).histogram().counts(), ElementsAre(1, 14));
  EXPECT_EQ(merged.inputs(0).histogram().max_magnitude(), 3);
}

TEST(MergeCalibrationsTest, ShardsOfAnotherCheckpointNameBothFiles) {
  EXPECT_THAT(Refusal([](Calibration& c) { c.set_checkpoint_sha256("x"); }),
              FailsSaying("part0 and part1: shards of different runs: they "
                          "differ in checkpoint_sha256"));
}

TEST(MergeCalibrationsTest, SumsThatAreNotThoseOfTheBlocksAreRefused) {
  EXPECT_THAT(
      Refusal([](Calibration& c) {
        c.mutable_inputs(0)->mutable_partial()->mutable_sums()->RemoveLast();
      }),
      FailsSaying("part1: input 0: 1 sums, its blocks make 2"));
  EXPECT_THAT(Refusal([](Calibration& c) {
                *c.mutable_inputs(0)->mutable_partial()->mutable_sums(0) =
                    MakeFloat64("sums", {2}, {1, 2});
              }),
              FailsSaying("part1: input 0"));
  EXPECT_THAT(Refusal([](Calibration& c) {
                c.mutable_inputs(0)
                    ->mutable_partial()
                    ->mutable_sums(0)
                    ->mutable_data()
                    ->pop_back();
              }),
              FailsSaying("part1: input 0"));
}

TEST(MergeCalibrationsTest, OtherInputsAreRefused) {
  EXPECT_THAT(Refusal([](Calibration& c) { c.clear_inputs(); }),
              FailsSaying("part0 and part1: 1 and 0 inputs"));
  EXPECT_THAT(Refusal([](Calibration& c) {
                c.mutable_inputs(0)->set_linears(0, "fc2");
              }),
              FailsSaying("part1: input 0: other Linears"));
  EXPECT_THAT(Refusal([](Calibration& c) {
                c.mutable_inputs(0)->mutable_histogram()->add_counts(1);
              }),
              FailsSaying("part1: input 0: histograms with different bins"));
}

// Parts 0 and 1 of two, of the model's blocks: a Hessian each.
Files PartsOfBlocks() {
  Files files;
  for (uint32_t i = 0; i < 2; ++i) {
    Calibration calibration;
    *calibration.mutable_part() = MakeShard(i, 2).value();
    LinearInput& input = *calibration.add_inputs();
    input.add_linears("fc" + std::to_string(i));
    *input.mutable_hessian() = MakeFloat64("hessian", {1}, {1.0 + i});
    files.push_back({"part" + std::to_string(i), calibration});
  }
  return files;
}

TEST(MergeCalibrationsTest, PartsAreConcatenated) {
  Files files = PartsOfBlocks();
  std::swap(files[0], files[1]);
  ASSERT_OK_AND_ASSIGN(const Calibration merged, MergeCalibrations(files));
  EXPECT_FALSE(merged.has_part());
  ASSERT_EQ(merged.inputs_size(), 2);
  EXPECT_EQ(merged.inputs(0).linears(0), "fc0");
  EXPECT_THAT(ReadDoubles(merged.inputs(1).hessian()).value(), ElementsAre(2));
}

TEST(MergeCalibrationsTest, PartsWithoutHessiansOrWithAShardsSumsAreRefused) {
  Files files = PartsOfBlocks();
  files[1].message.mutable_inputs(0)->clear_hessian();
  EXPECT_THAT(MergeCalibrations(files),
              FailsSaying("part1: input 0: has no Hessian, or a shard's sums"));
  files = PartsOfBlocks();
  files[0].message.mutable_inputs(0)->mutable_partial();
  EXPECT_THAT(MergeCalibrations(files), FailsSaying("part0: input 0: has no"));
  files = PartsOfBlocks();
  for (auto& file : files) {
    *file.message.mutable_shard() = MakeShard(0, 1).value();
  }
  EXPECT_THAT(MergeCalibrations(files),
              FailsSaying("part0: is both a shard and a part; calibrate it "
                          "again"));
}

TEST(MergeCalibrationsTest, ImpossibleSizesAreRefused) {
  Files files = Parts();
  for (auto& file : files) file.message.set_sequences_per_block(0);
  EXPECT_THAT(MergeCalibrations(files), FailsSaying("in blocks of 0"));
  files = Parts();
  for (auto& file : files) file.message.set_num_sequences(uint64_t{1} << 63);
  EXPECT_THAT(MergeCalibrations(files), FailsSaying("out of range"));
  files = Parts();
  for (auto& file : files) {
    file.message.mutable_inputs(0)->mutable_partial()->set_in_features(
        uint64_t{1} << 31);
  }
  EXPECT_THAT(MergeCalibrations(files), FailsSaying("in_features=2147483648"));
}

}  // namespace
}  // namespace quant_curve
