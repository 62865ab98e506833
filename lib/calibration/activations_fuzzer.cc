// Activations behind the frame: the check that they are of this run, and a part
// of a calibration that begins with them.

#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/tensor.h"
#include "lib/calibration/calibrate_model.h"
#include "lib/calibration/model_parts.h"
#include "lib/fuzzing/artifact_input.h"
#include "lib/fuzzing/fuzzing.h"
#include "lib/model/activation_store.h"
#include "lib/model/config.h"
#include "lib/model/model.h"
#include "lib/model/model_reader.h"
#include "lib/numerics/parallel.h"

namespace quant_curve {
namespace {

// Two layers of width 2; all parameters are 1/4.
Model SmallModel() {
  ModelConfig config = MiniGptFamily();
  config.set_vocab_size(3);
  config.set_d_model(2);
  config.set_num_layers(2);
  config.set_num_heads(1);
  config.set_d_ff(3);
  config.set_context_length(2);
  config.set_layer_norm_epsilon(1e-5f);
  config.set_embedding_multiplier(1);
  Model model = MakeModel(config);
  SetParameters(std::vector<float>(NumParameters(config), 0.25f), model);
  return model;
}

const Model& TheModel() {
  static const auto* const model = new Model(SmallModel());
  return *model;
}

// Two sequences of two tokens, of which the first block has run.
ActivationStreams SmallStreams() {
  ActivationStreams streams;
  streams.set_checkpoint_sha256(std::string(32, 'k'));
  streams.set_corpus_sha256(std::string(32, 'c'));
  streams.set_num_sequences(2);
  streams.set_sequence_length(2);
  streams.set_next_block(1);
  for (int i = 0; i < 2; ++i) {
    *streams.add_streams() =
        MakeFloat32("stream", {2, 2}, {1.0f, -2.0f, 0.5f, 4.0f});
  }
  return streams;
}

// Of a sequential scheme.
ActivationStreams SmallQuantizedStreams() {
  ActivationStreams streams = SmallStreams();
  streams.mutable_scheme()->set_name("int3");
  streams.mutable_scheme()->set_sequential(true);
  streams.set_calibration_sha256(std::string(32, 'h'));
  return streams;
}

// The second of two parts, which holds one block.
void TestPart(const Artifact<ActivationStreams>& before) {
  static ThreadPool* const pool = new ThreadPool(1);
  ModelPart part;
  part.part = MakeShard(1, 2).value();
  part.before = &before;
  part.before_path = "input";
  absl::optional<ActivationStore> streams;
  const absl::StatusOr<Calibration> calibration = CalibratePart(
      ModelReader::Of(TheModel()), {{0, 1}, {2, 0}}, CalibrationOptions(), part,
      *pool, [](int64_t) {}, KeepInMessage, streams);
  if (!Accepts(calibration)) return;
  Require(calibration->inputs_size() == kInputsPerBlock,
          "a part has the Hessians of its block");
  ActivationStreams handed_on;
  handed_on.set_num_sequences(2);
  handed_on.set_sequence_length(2);
  Require(
      HandOn(part.part, TheModel().config, *streams, handed_on, KeepInMessage)
          .ok(),
      "what was calibrated can be handed on");
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {PayloadOf(SmallStreams()), PayloadOf(SmallQuantizedStreams())};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quant_curve;
  const auto streams = ReadArtifact<ActivationStreams>(
      ArtifactInputPath<ActivationStreams>(InputView(data, size)));
  if (!Accepts(streams)) return 0;
  RequireRoundTrip<ActivationStreams>(*streams,
                                      ReadArtifact<ActivationStreams>);
  Accepts(CheckStreamsOf(SmallQuantizedStreams(), streams->message, "input"));
  TestPart(*streams);
  return 0;
}
