// A calibration behind the frame: ReadCalibrationOf, and GPTQ with what it
// says.

#include <string>
#include <vector>

#include "lib/artifact/artifact.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/tensor.h"
#include "lib/fuzzing/artifact_input.h"
#include "lib/fuzzing/fuzzing.h"
#include "lib/model/config.h"
#include "lib/numerics/parallel.h"
#include "lib/quantization/quantized_model.h"
#include "lib/quantization/scheme.h"
#include "tools/quantize/calibration_reader.h"
#include "tools/quantize/quantize_model.h"

namespace quant_curve {
namespace {

constexpr const char* kSchemes[] = {
    "name: 'gptq' weight_format: WEIGHT_INTEGER bits: 3 granularity: PER_GROUP "
    "group_size: 2 method: GPTQ activation_order: true "
    "activation_format: ACTIVATION_FLOAT32",
    "name: 'clip' weight_format: WEIGHT_INTEGER bits: 8 symmetric: true "
    "granularity: PER_CHANNEL method: RTN activation_format: ACTIVATION_INT8 "
    "activation_clip_percentile: 99"};

// One layer of width 2: weights count up from -1 in steps of 1/4.
Artifact<Checkpoint> SmallCheckpoint() {
  ModelConfig config = MiniGptFamily();
  config.set_vocab_size(3);
  config.set_d_model(2);
  config.set_num_layers(1);
  config.set_num_heads(1);
  config.set_d_ff(3);
  config.set_context_length(2);
  config.set_layer_norm_epsilon(1e-5f);
  config.set_embedding_multiplier(1);
  Artifact<Checkpoint> checkpoint;
  checkpoint.sha256 = Sha256("checkpoint");
  *checkpoint.message.mutable_config() = config;
  checkpoint.message.set_tokenizer_sha256(std::string(32, 't'));
  for (const TensorSpec& spec : TensorSpecs(config)) {
    std::vector<float> values(NumElements(spec.shape).value());
    for (size_t i = 0; i < values.size(); ++i) values[i] = i / 4.0f - 1;
    *checkpoint.message.add_tensors() =
        MakeFloat32(spec.name, spec.shape, values);
  }
  return checkpoint;
}

Calibration SmallCalibration(const Artifact<Checkpoint>& checkpoint) {
  Calibration calibration;
  calibration.set_checkpoint_sha256(checkpoint.sha256);
  calibration.set_corpus_sha256(std::string(32, 'c'));
  calibration.set_num_sequences(2);
  calibration.set_sequence_length(2);
  calibration.set_histogram_sequences(2);
  calibration.set_sequences_per_block(1);
  for (const LinearInputSpec& spec :
       LinearInputSpecs(checkpoint.message.config())) {
    LinearInput& input = *calibration.add_inputs();
    for (const std::string& linear : spec.linears) input.add_linears(linear);
    const uint64_t n = spec.in_features;
    std::vector<double> triangle;
    for (uint64_t i = 0; i < n; ++i) {
      triangle.push_back(1);
      triangle.insert(triangle.end(), n - 1 - i, 0.5);
    }
    *input.mutable_hessian() =
        MakeFloat64("hessian", {triangle.size()}, triangle);
    MagnitudeHistogram& histogram = *input.mutable_histogram();
    for (const uint64_t count : {1, 5, 2}) histogram.add_counts(count);
    histogram.set_smallest(0.25);
    histogram.set_bins_per_octave(1);
    histogram.set_max_magnitude(1.5);
  }
  return calibration;
}

const Artifact<Checkpoint>& TheCheckpoint() {
  static const auto* const checkpoint =
      new Artifact<Checkpoint>(SmallCheckpoint());
  return *checkpoint;
}

absl::StatusOr<Artifact<Calibration>> Read(const std::string& path) {
  return ReadCalibrationOf(TheCheckpoint(), "checkpoint", path);
}

void TestCalibration(const Artifact<Calibration>& calibration) {
  static ThreadPool* const pool = new ThreadPool(1);
  for (const char* text : kSchemes) {
    const Scheme scheme = ResolveScheme(text).value();
    const absl::StatusOr<QuantizeResult> result = QuantizeModel(
        TheCheckpoint(), &calibration, scheme, *pool, [](int64_t) {});
    if (!Accepts(result)) continue;
    Require(ValidateQuantizedModel(result->model).ok(),
            "what was quantized is a valid model");
  }
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {PayloadOf(SmallCalibration(TheCheckpoint()))};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quant_curve;
  const auto calibration =
      Read(ArtifactInputPath<Calibration>(InputView(data, size)));
  if (!Accepts(calibration)) return 0;
  RequireRoundTrip<Calibration>(*calibration, Read);
  TestCalibration(*calibration);
  return 0;
}
