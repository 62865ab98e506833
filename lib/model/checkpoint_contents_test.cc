// What ValidateCheckpoint says of a small checkpoint with one change.
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "lib/model/checkpoint.h"
#include "lib/model/config.h"
#include "lib/model/model_reader.h"
#include "lib/model/reference_model.h"

namespace quant_curve {
namespace {

Checkpoint Valid() {
  Checkpoint checkpoint;
  *checkpoint.mutable_config() = TinyConfig();
  checkpoint.set_tokenizer_sha256(std::string(32, 't'));
  for (const TensorSpec& spec : TensorSpecs(checkpoint.config())) {
    uint64_t size = 1;
    for (const uint64_t extent : spec.shape) size *= extent;
    *checkpoint.add_tensors() =
        MakeFloat32(spec.name, spec.shape, std::vector<float>(size, 0.5f));
  }
  return checkpoint;
}

absl::Status Refusal(const std::function<void(Checkpoint&)>& change) {
  Checkpoint checkpoint = Valid();
  change(checkpoint);
  const absl::Status valid = ValidateCheckpoint(checkpoint);
  return valid.ok() ? ModelFromCheckpoint(checkpoint).status() : valid;
}

TEST(CheckpointContentsTest, AValidCheckpointPasses) {
  EXPECT_THAT(ValidateCheckpoint(Valid()), IsOk());
}

TEST(CheckpointContentsTest, NumbersThatAreNotFiniteAreRefused) {
  for (const float value : {std::numeric_limits<float>::quiet_NaN(),
                            std::numeric_limits<float>::infinity()}) {
    EXPECT_THAT(Refusal([&](Checkpoint& c) {
                  Tensor& last = *c.mutable_tensors(c.tensors_size() - 1);
                  std::vector<float> values(12, 1);
                  values[11] = value;
                  last = MakeFloat32(last.name(), {12}, values);
                }),
                FailsSaying("'ln_f.bias': element 11 is not finite"));
  }
}

TEST(CheckpointContentsTest, MissingMisplacedAndMisshapenTensorsAreRefused) {
  EXPECT_THAT(Refusal([](Checkpoint& c) { c.mutable_tensors()->RemoveLast(); }),
              FailsSaying("tensors, the config needs"));
  EXPECT_THAT(
      Refusal([](Checkpoint& c) { c.mutable_tensors()->SwapElements(0, 1); }),
      FailsSaying("expected 'wte.weight'"));
  EXPECT_THAT(Refusal([](Checkpoint& c) {
                c.mutable_tensors(0)->set_shape(0, 12);
                c.mutable_tensors(0)->set_shape(1, 11);
              }),
              FailsSaying("shape [12, 11], expected [11, 12]"));
  EXPECT_THAT(
      Refusal([](Checkpoint& c) { c.mutable_tensors(3)->set_dtype(INT8); }),
      FailsSaying("dtype INT8"));
}

TEST(CheckpointContentsTest, TheTokenizersDigestHas32Bytes) {
  for (const size_t bytes : {0, 31, 33}) {
    EXPECT_THAT(Refusal([&](Checkpoint& c) {
                  c.set_tokenizer_sha256(std::string(bytes, 't'));
                }),
                FailsSaying("tokenizer_sha256 has"))
        << bytes;
  }
}

}  // namespace
}  // namespace quant_curve
