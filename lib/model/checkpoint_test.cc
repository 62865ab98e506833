#include "lib/model/checkpoint.h"

#include <sys/resource.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

int64_t PeakMemoryBytes() {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

// Width 1, no tensors.
Checkpoint Empty() {
  Checkpoint checkpoint;
  ModelConfig& config = *checkpoint.mutable_config();
  config = LlamaFamily(10000);
  config.set_vocab_size(1);
  config.set_d_model(2);
  config.set_num_layers(1);
  config.set_num_heads(1);
  config.set_d_ff(1);
  config.set_context_length(1);
  config.set_layer_norm_epsilon(1e-5f);
  checkpoint.set_tokenizer_sha256(std::string(32, '\0'));
  return checkpoint;
}

// Nine of the block, the embedding, the last norm and the head.
TEST(CheckpointTest, TensorsAreCountedBeforeTheyAreListed) {
  Checkpoint checkpoint = Empty();
  EXPECT_THAT(ValidateCheckpoint(checkpoint),
              FailsSaying("0 tensors, the config needs 12"));
  checkpoint.mutable_config()->set_num_layers(1 << 20);
  const int64_t before = PeakMemoryBytes();
  EXPECT_THAT(ValidateCheckpoint(checkpoint),
              FailsSaying("0 tensors, the config needs 9437187"));
  EXPECT_LT(PeakMemoryBytes() - before, int64_t{16} << 20);
}

// Part i of n has blocks [i L / n, (i + 1) L / n).
TEST(CheckpointTest, BlocksAreSpreadEvenlyOverTheParts) {
  const auto parts_of = [](uint32_t num_layers, uint32_t count) {
    ModelConfig config;
    config.set_num_layers(num_layers);
    std::vector<uint32_t> parts;
    for (uint32_t i = 0; i < num_layers; ++i) {
      const std::string name = LayerTensorName(i, "attn.q_proj.weight");
      parts.push_back(*PartOfTensor(name, config, count));
    }
    return parts;
  };
  EXPECT_THAT(parts_of(5, 1), ElementsAre(0, 0, 0, 0, 0));
  EXPECT_THAT(parts_of(5, 2), ElementsAre(0, 0, 1, 1, 1));
  EXPECT_THAT(parts_of(5, 3), ElementsAre(0, 1, 1, 2, 2));
  EXPECT_THAT(parts_of(5, 5), ElementsAre(0, 1, 2, 3, 4));
  // [0, 0), [0, 1), [1, 1), [1, 2)
  EXPECT_THAT(parts_of(2, 4), ElementsAre(1, 3));
}

TEST(CheckpointTest, EmbeddingAndHeadAreAtTheEndsTheRestIsInTheIndex) {
  ModelConfig config;
  config.set_num_layers(2);
  EXPECT_EQ(PartOfTensor("wte.weight", config, 4), 0);
  EXPECT_EQ(PartOfTensor("lm_head.weight", config, 4), 3);
  for (const char* name : {"wpe.weight", "ln_f.weight", "ln_f.bias"}) {
    EXPECT_EQ(PartOfTensor(name, config, 4), absl::nullopt) << name;
  }
}

TEST(CheckpointTest, APartIsNoCheckpoint) {
  Checkpoint checkpoint = Empty();
  checkpoint.mutable_part()->set_count(4);
  EXPECT_THAT(ValidateCheckpoint(checkpoint),
              FailsSaying("is part 0 of 4 (counted from 0) of a checkpoint; "
                          "give the index of the parts"));
}

TEST(CheckpointTest, DigestsOfAnotherLengthAreRefused) {
  Checkpoint checkpoint = Empty();
  checkpoint.set_corpus_sha256("x");
  EXPECT_THAT(ValidateCheckpoint(checkpoint),
              FailsSaying("corpus_sha256 has 1 bytes, not 32"));
  checkpoint.set_tokenizer_sha256("x");
  EXPECT_THAT(ValidateCheckpoint(checkpoint),
              FailsSaying("tokenizer_sha256 has 1 bytes, not 32"));
}

}  // namespace
}  // namespace quant_curve
