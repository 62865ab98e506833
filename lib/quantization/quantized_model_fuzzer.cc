// A quantized model behind the frame: ReadQuantizedModel, and its Linears.

#include <cmath>
#include <string>
#include <vector>

#include "lib/fuzzing/artifact_input.h"
#include "lib/fuzzing/fuzzing.h"
#include "lib/quantization/byte_account.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/quantized_model.h"
#include "lib/quantization/test_model.h"

namespace quant_curve {
namespace {

ModelConfig SmallConfig() {
  ModelConfig config = MiniGptConfig();
  config.set_vocab_size(3);
  config.set_d_model(4);
  config.set_num_heads(1);
  config.set_num_layers(1);
  config.set_d_ff(4);
  config.set_context_length(2);
  return config;
}

void TestModelInput(const Artifact<QuantizedModel>& artifact) {
  const QuantizedModel& model = artifact.message;
  for (const QuantizedLinear& linear : model.linears()) {
    const absl::StatusOr<std::vector<float>> weights =
        Dequantize(linear, model.scheme(), artifact.payload);
    if (!Accepts(weights)) continue;
    Require(weights->size() == linear.out_features() * linear.in_features(),
            "a Linear has out_features x in_features weights");
    for (const float weight : *weights) {
      Require(std::isfinite(weight), "weights are finite");
    }
  }
  const double bits = BitsPerWeight(model);
  Require(std::isfinite(bits) && bits >= 0, "bits per weight are a number");
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  std::vector<std::string> seeds;
  for (const char* scheme :
       {"fp32", "fp16", "int8_per_channel", "int4_per_group_64_gptq",
        "name: 'act' weight_format: WEIGHT_INTEGER bits: 3 granularity: "
        "PER_GROUP group_size: 2 method: GPTQ activation_order: true "
        "activation_format: ACTIVATION_FLOAT32 embedding_format: "
        "EMBEDDING_INT8"}) {
    QuantizedModel model = TestModel(SmallConfig(), scheme);
    *model.mutable_bytes() = ComputeByteAccount(model).value();
    seeds.push_back(PayloadOf(model));
  }
  return seeds;
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quant_curve;
  const auto model = ReadQuantizedModel(
      ArtifactInputPath<QuantizedModel>(InputView(data, size)));
  if (!Accepts(model)) return 0;
  RequireRoundTrip<QuantizedModel>(*model, ReadQuantizedModel);
  TestModelInput(*model);
  return 0;
}
