// A checkpoint behind the frame: ReadCheckpoint.

#include <string>
#include <vector>

#include "lib/artifact/tensor.h"
#include "lib/fuzzing/artifact_input.h"
#include "lib/fuzzing/fuzzing.h"
#include "lib/model/checkpoint.h"
#include "lib/model/config.h"
#include "lib/model/model_reader.h"

namespace quant_curve {
namespace {

Checkpoint SmallCheckpoint(ModelConfig config) {
  config.set_vocab_size(3);
  config.set_d_model(4);
  config.set_num_layers(1);
  config.set_num_heads(2);
  config.set_d_ff(4);
  config.set_context_length(2);
  config.set_layer_norm_epsilon(1e-5f);
  if (config.embedding_multiplier() == 0) config.set_embedding_multiplier(2);
  Checkpoint checkpoint;
  *checkpoint.mutable_config() = config;
  checkpoint.set_tokenizer_sha256(std::string(32, 't'));
  for (const TensorSpec& spec : TensorSpecs(config)) {
    *checkpoint.add_tensors() =
        MakeFloat32(spec.name, spec.shape,
                    std::vector<float>(NumElements(spec.shape).value(), 0.5f));
  }
  return checkpoint;
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  std::vector<std::string> seeds;
  for (const ModelConfig& family :
       {MiniGptFamily(), Gpt2Family(), LlamaFamily(10000)}) {
    seeds.push_back(PayloadOf(SmallCheckpoint(family)));
  }
  return seeds;
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quant_curve;
  const auto checkpoint =
      ReadCheckpoint(ArtifactInputPath<Checkpoint>(InputView(data, size)));
  if (!Accepts(checkpoint)) return 0;
  RequireRoundTrip<Checkpoint>(*checkpoint, ReadCheckpoint);
  const auto model =
      ModelFromCheckpoint(checkpoint->message, checkpoint->payload);
  Accepts(model);
  return 0;
}
