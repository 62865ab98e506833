#include "lib/quantization/merge_models.h"

#include <algorithm>
#include <string>

#include "lib/artifact/artifact.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/write_artifact.h"
#include "lib/quantization/byte_account.h"
#include "lib/quantization/quantized_model.h"
#include "lib/quantization/test_model.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Files = std::vector<ShardFile<QuantizedModel>>;

QuantizedModel Whole() {
  QuantizedModel model = TestModel(MiniGptConfig(), "int4_per_group_64");
  *model.mutable_bytes() = ComputeByteAccount(model).value();
  return model;
}

// The twelve Linears in even shares.
Files Parts(uint32_t count) {
  const QuantizedModel whole = Whole();
  Files files;
  for (uint32_t i = 0; i < count; ++i) {
    QuantizedModel part = whole;
    const Shard shard = MakeShard(i, count).value();
    *part.mutable_shard() = shard;
    part.clear_bytes();
    if (i > 0) part.clear_others();
    part.clear_linears();
    const ShardRange range = RangeOf(shard, whole.linears_size());
    for (int64_t j = range.first; j < range.end; ++j) {
      *part.add_linears() = whole.linears(j);
    }
    files.push_back({"part" + std::to_string(i), part});
  }
  return files;
}

TEST(MergeModelsTest, PartsInAnyOrderMakeTheWhole) {
  for (const uint32_t count : {1, 2, 3, 7, 20}) {
    Files files = Parts(count);
    std::reverse(files.begin(), files.end());
    ASSERT_OK_AND_ASSIGN(const QuantizedModel merged,
                         MergeModels(std::move(files)));
    EXPECT_EQ(merged.SerializeAsString(), Whole().SerializeAsString()) << count;
  }
}

TEST(MergeModelsTest, TensorsBesideTheLinearsMayBeInTheLastPart) {
  Files files = Parts(3);
  files[2].message.mutable_others()->Swap(files[0].message.mutable_others());
  ASSERT_OK_AND_ASSIGN(const QuantizedModel merged,
                       MergeModels(std::move(files)));
  EXPECT_EQ(merged.SerializeAsString(), Whole().SerializeAsString());
}

TEST(MergeModelsTest, PartsOfAnotherSchemeOrCheckpointNameBothFiles) {
  Files files = Parts(2);
  files[1].message.mutable_scheme()->set_group_size(32);
  EXPECT_THAT(MergeModels(files),
              FailsSaying("part0 and part1: shards of different runs: they "
                          "differ in scheme"));
  files = Parts(2);
  files[1].message.set_checkpoint_sha256(std::string(32, 'x'));
  EXPECT_THAT(MergeModels(files), FailsSaying("differ in checkpoint_sha256"));
}

TEST(MergeModelsTest, PartsThatMakeNoModelAreRefused) {
  Files files = Parts(2);
  files[0].message.mutable_linears()->RemoveLast();
  EXPECT_THAT(
      MergeModels(files),
      FailsSaying("merging part0, part1: linear 'h.1.attn.q_proj.weight' "));
  files = Parts(2);
  files[1].message.mutable_linears()->RemoveLast();
  EXPECT_THAT(MergeModels(files),
              FailsSaying("'h.1.mlp.fc2.weight' is missing"));
  files = Parts(2);
  files[0].message.clear_others();
  EXPECT_THAT(MergeModels(files), FailsSaying("'wte.weight' is missing"));
  files = Parts(2);
  *files[1].message.add_linears() = files[1].message.linears(0);
  EXPECT_THAT(MergeModels(files), FailsSaying("13"));
  files = Parts(2);
  *files[1].message.add_others() = files[0].message.others(0);
  EXPECT_THAT(MergeModels(files), FailsSaying("merging part0, part1: "));
}

TEST(MergeModelsTest, AShardIsNotAWholeModel) {
  const std::string path = ::testing::TempDir() + "/part.qca";
  ASSERT_THAT(WriteArtifact(path, Parts(4)[2].message), IsOk());
  EXPECT_THAT(ReadQuantizedModel(path),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("part.qca: shard 2 of 4"),
                             HasSubstr("merge the shards first"))));
}

}  // namespace
}  // namespace quant_curve
