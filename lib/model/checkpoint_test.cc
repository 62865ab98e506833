#include "lib/model/checkpoint.h"

#include <sys/resource.h>

#include <string>

#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "lib/model/config.h"

namespace quant_curve {
namespace {

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
