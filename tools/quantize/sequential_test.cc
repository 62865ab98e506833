#include "tools/quantize/sequential.h"

#include <cmath>
#include <utility>

#include "lib/artifact/artifact.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "lib/calibration/calibrate_model.h"
#include "lib/calibration/model_parts.h"
#include "lib/model/forward.h"
#include "lib/model/reference_model.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/merge_models.h"
#include "lib/quantization/scheme.h"
#include "lib/sharding/merge.h"
#include "tools/quantize/quantize_model.h"

namespace quant_curve {
namespace {

using Sequences = std::vector<std::vector<uint32_t>>;

constexpr char kScheme[] =
    "name: 'int3' weight_format: WEIGHT_INTEGER bits: 3 symmetric: true "
    "granularity: PER_GROUP group_size: 8 method: GPTQ "
    "activation_format: ACTIVATION_FLOAT32 ";

Scheme SchemeWith(const std::string& fields) {
  return ResolveScheme(kScheme + fields).value();
}

// Twenty-two sequences: five blocks of four and one of two.
Sequences SomeSequences() {
  Sequences sequences;
  for (uint32_t i = 0; i < 22; ++i) {
    sequences.push_back({i % 11, 5, i * 7 % 11, 1, i * 3 % 11, i / 2});
  }
  return sequences;
}

// Repeats the values of a list that has some.
void RepeatToLength(int length, google::protobuf::RepeatedField<bool>& values) {
  const int count = values.size();
  if (count > length) values.Truncate(length);
  for (int i = count; count > 0 && i < length; ++i) {
    values.Add(values.Get(i % count));
  }
}

Artifact<Checkpoint> TinyCheckpoint(ModelConfig config, uint64_t layers) {
  config.set_num_layers(layers);
  // Features by layer: those of the first layers, in turn.
  RepeatToLength(layers, *config.mutable_full_attention());
  RepeatToLength(layers, *config.mutable_no_rotation());
  Artifact<Checkpoint> checkpoint;
  checkpoint.sha256 = std::string(32, 'c');
  *checkpoint.message.mutable_config() = config;
  checkpoint.message.set_tokenizer_sha256(std::string(32, 't'));
  const std::vector<double> parameters = TinyParameters(config, 4);
  auto next = parameters.begin();
  for (const TensorSpec& spec : TensorSpecs(config)) {
    const uint64_t size = NumElements(spec.shape).value();
    *checkpoint.message.add_tensors() = MakeFloat32(
        spec.name, spec.shape, std::vector<float>(next, next + size));
    next += size;
  }
  return checkpoint;
}

ModelPart WholeModel() { return {MakeShard(0, 1).value()}; }

absl::StatusOr<Artifact<Calibration>> Calibrate(const Model& model) {
  ThreadPool threads(2);
  Artifact<Calibration> calibration;
  ASSIGN_OR_RETURN(
      calibration.message,
      CalibrateModel(ModelReader::Of(model), SomeSequences(),
                     CalibrationOptions(), threads, [](int64_t) {}));
  calibration.message.set_checkpoint_sha256(std::string(32, 'c'));
  calibration.message.set_corpus_sha256(std::string(32, 'o'));
  calibration.sha256 = std::string(32, 'h');
  return calibration;
}

absl::StatusOr<QuantizedModel> QuantizeSequentially(
    const Artifact<Checkpoint>& checkpoint, const Scheme& scheme,
    int threads = 2) {
  ASSIGN_OR_RETURN(Artifact<Calibration> calibration,
                   Calibrate(ModelFromCheckpoint(checkpoint.message).value()));
  ThreadPool pool(threads);
  ASSIGN_OR_RETURN(
      QuantizeResult result,
      QuantizeSequentially(checkpoint, calibration, SomeSequences(), scheme,
                           pool, [](int64_t) {}));
  return std::move(result.model);
}

absl::StatusOr<QuantizedModel> QuantizeOneShot(
    const Artifact<Checkpoint>& checkpoint,
    const Artifact<Calibration>& calibration, Scheme scheme) {
  scheme.clear_sequential();
  ThreadPool pool(2);
  ASSIGN_OR_RETURN(
      QuantizeResult result,
      QuantizeModel(checkpoint, &calibration, scheme, pool, [](int64_t) {}));
  return std::move(result.model);
}

// A checkpoint of three layers, and what a chain of parts over it needs.
class ChainTest : public ::testing::Test {
 protected:
  // Part `index` of `count`, after `before`; its activations go to
  // `handed_on`, unless it is the last.
  absl::StatusOr<QuantizedModel> Part(uint32_t index, uint32_t count,
                                      const Artifact<ActivationStreams>* before,
                                      int threads = 2) {
    ThreadPool pool(threads);
    const ModelPart part = {MakeShard(index, count).value(), before,
                            "before.qca"};
    absl::optional<ActivationStore> streams;
    ASSIGN_OR_RETURN(QuantizeResult result,
                     QuantizePart(
                         checkpoint_, calibration_, SomeSequences(), scheme_,
                         part, pool, [](int64_t) {}, KeepInMessage, streams));
    EXPECT_EQ(streams.has_value(), index + 1 < count);
    handed_on_.message = StreamsOfRun(checkpoint_, calibration_, scheme_);
    if (streams) {
      RETURN_IF_ERROR(HandOn(part.part, checkpoint_.message.config(), *streams,
                             handed_on_.message, KeepInMessage));
    }
    return std::move(result.model);
  }

  // All parts, one after another.
  std::vector<ShardFile<QuantizedModel>> Chain(uint32_t count, int threads) {
    std::vector<ShardFile<QuantizedModel>> files;
    for (uint32_t i = 0; i < count; ++i) {
      const Artifact<ActivationStreams> before = handed_on_;
      files.push_back(
          {"part" + std::to_string(i),
           Part(i, count, i == 0 ? nullptr : &before, threads).value()});
    }
    return files;
  }

  void UseConfig(const ModelConfig& config) {
    checkpoint_ = TinyCheckpoint(config, 3);
    calibration_ =
        Calibrate(ModelFromCheckpoint(checkpoint_.message).value()).value();
  }

  void SetUp() override { UseConfig(TinyConfig()); }

  Scheme scheme_ = SchemeWith("sequential: true");
  Artifact<Checkpoint> checkpoint_;
  Artifact<Calibration> calibration_;
  Artifact<ActivationStreams> handed_on_;  // by the last call of Part
};

bool IsOfLayer(const std::string& linear, int layer) {
  return linear.rfind("h." + std::to_string(layer) + ".", 0) == 0;
}

// The witness shares no loop with the tool: for each layer the *whole* model,
// whose earlier layers hold what was stored for them, is calibrated by
// CalibrateModel, and the *whole* checkpoint quantized in one shot with that.
absl::StatusOr<std::vector<QuantizedLinear>> Reference(
    const Artifact<Checkpoint>& checkpoint, const Scheme& scheme) {
  Model model = ModelFromCheckpoint(checkpoint.message).value();
  std::vector<QuantizedLinear> linears;
  for (size_t layer = 0; layer < model.blocks.size(); ++layer) {
    ASSIGN_OR_RETURN(const Artifact<Calibration> calibration, Calibrate(model));
    ASSIGN_OR_RETURN(const QuantizedModel whole,
                     QuantizeOneShot(checkpoint, calibration, scheme));
    for (const QuantizedLinear& linear : whole.linears()) {
      if (!IsOfLayer(linear.name(), static_cast<int>(layer))) continue;
      linears.push_back(linear);
      ASSIGN_OR_RETURN(const std::vector<float> weights,
                       Dequantize(linear, scheme));
      FindLinear(linear.name(), model)->weight = PackedMatrix::Float32(
          weights.data(), linear.out_features(), linear.in_features());
    }
  }
  return linears;
}

// Names of the Linears in which the two differ; both have all of them.
std::vector<std::string> Differences(
    const google::protobuf::RepeatedPtrField<QuantizedLinear>& a,
    const std::vector<QuantizedLinear>& b) {
  std::vector<std::string> names;
  EXPECT_EQ(a.size(), static_cast<int>(b.size()));
  for (int i = 0; i < a.size(); ++i) {
    if (a[i].SerializeAsString() != b[i].SerializeAsString()) {
      names.push_back(a[i].name());
    }
  }
  return names;
}

TEST(SequentialTest, EachLayerIsThatOfAModelWhoseEarlierLayersAreQuantized) {
  const Scheme scheme = SchemeWith("sequential: true");
  for (const auto& [name, config] : TinyConfigs()) {
    const Artifact<Checkpoint> checkpoint = TinyCheckpoint(config, 3);
    ASSERT_OK_AND_ASSIGN(const QuantizedModel model,
                         QuantizeSequentially(checkpoint, scheme));
    ASSERT_OK_AND_ASSIGN(const std::vector<QuantizedLinear> expected,
                         Reference(checkpoint, scheme));
    EXPECT_THAT(Differences(model.linears(), expected), ::testing::IsEmpty())
        << name;
  }
}

TEST(SequentialTest, ActivationOrderAndAsymmetricGridsChangeNothingOfThat) {
  const Artifact<Checkpoint> checkpoint = TinyCheckpoint(TinyConfig(), 3);
  Scheme scheme = SchemeWith("activation_order: true sequential: true");
  scheme.set_symmetric(false);
  ASSERT_OK_AND_ASSIGN(const QuantizedModel model,
                       QuantizeSequentially(checkpoint, scheme));
  ASSERT_OK_AND_ASSIGN(const std::vector<QuantizedLinear> expected,
                       Reference(checkpoint, scheme));
  EXPECT_THAT(Differences(model.linears(), expected), ::testing::IsEmpty());
  EXPECT_FALSE(model.linears(0).permutation().empty());
}

TEST(SequentialTest, TheFirstLayersHessiansAreThoseOfTheCalibration) {
  const Artifact<Checkpoint> checkpoint = TinyCheckpoint(TinyConfig(), 2);
  ASSERT_OK_AND_ASSIGN(
      const Artifact<Calibration> one_shot,
      Calibrate(ModelFromCheckpoint(checkpoint.message).value()));
  ThreadPool threads(2);
  ASSERT_OK_AND_ASSIGN(const ModelReader reader,
                       ModelReader::Of(checkpoint.message));
  ASSERT_OK_AND_ASSIGN(
      SequentialCalibration sequential,
      SequentialCalibration::Make(reader, one_shot.message, SomeSequences(),
                                  WholeModel(), /*by_stages=*/false, threads));
  ASSERT_THAT(sequential.Reach("h.0.attn.q_proj.weight"), IsOk());
  ASSERT_EQ(sequential.current().inputs_size(), 8);
  for (int i = 0; i < 8; ++i) {
    const LinearInput& input = sequential.current().inputs(i);
    const LinearInput& expected = one_shot.message.inputs(i);
    EXPECT_EQ(input.histogram().SerializeAsString(),
              expected.histogram().SerializeAsString());
    EXPECT_EQ(input.has_hessian(), i < 4);
    if (i >= 4) continue;
    EXPECT_EQ(input.hessian().SerializeAsString(),
              expected.hessian().SerializeAsString())
        << input.linears(0);
  }
}

TEST(SequentialTest, TheSecondLayersHessiansSeeTheFirstQuantized) {
  const Artifact<Checkpoint> checkpoint = TinyCheckpoint(TinyConfig(), 2);
  Model model = ModelFromCheckpoint(checkpoint.message).value();
  ASSERT_OK_AND_ASSIGN(const Artifact<Calibration> one_shot, Calibrate(model));
  const Scheme scheme = SchemeWith("sequential: true");
  ASSERT_OK_AND_ASSIGN(QuantizedModel first,
                       QuantizeOneShot(checkpoint, one_shot, scheme));
  while (!IsOfLayer(first.linears().rbegin()->name(), 0)) {
    first.mutable_linears()->RemoveLast();
  }
  for (const QuantizedLinear& linear : first.linears()) {
    ASSERT_OK_AND_ASSIGN(const std::vector<float> weights,
                         Dequantize(linear, scheme));
    FindLinear(linear.name(), model)->weight = PackedMatrix::Float32(
        weights.data(), linear.out_features(), linear.in_features());
  }
  ASSERT_OK_AND_ASSIGN(const Artifact<Calibration> expected, Calibrate(model));
  ThreadPool threads(3);
  ASSERT_OK_AND_ASSIGN(const ModelReader reader,
                       ModelReader::Of(checkpoint.message));
  ASSERT_OK_AND_ASSIGN(
      SequentialCalibration sequential,
      SequentialCalibration::Make(reader, one_shot.message, SomeSequences(),
                                  WholeModel(), /*by_stages=*/false, threads));
  ASSERT_THAT(sequential.Reach("h.0.attn.q_proj.weight"), IsOk());
  for (const QuantizedLinear& linear : first.linears()) {
    ASSERT_THAT(sequential.SetQuantized(linear, scheme), IsOk());
  }
  ASSERT_THAT(sequential.Reach("h.1.attn.q_proj.weight"), IsOk());
  for (int i = 4; i < 8; ++i) {
    const std::string& hessian =
        sequential.current().inputs(i).hessian().data();
    EXPECT_EQ(hessian, expected.message.inputs(i).hessian().data()) << i;
    EXPECT_NE(hessian, one_shot.message.inputs(i).hessian().data()) << i;
  }
  EXPECT_FALSE(sequential.current().inputs(0).has_hessian());
}

TEST(SequentialTest, WithOneLayerItIsOneShot) {
  const Artifact<Checkpoint> checkpoint = TinyCheckpoint(TinyConfig(), 1);
  const Scheme scheme = SchemeWith("sequential: true");
  ASSERT_OK_AND_ASSIGN(QuantizedModel model,
                       QuantizeSequentially(checkpoint, scheme));
  ASSERT_OK_AND_ASSIGN(
      const Artifact<Calibration> calibration,
      Calibrate(ModelFromCheckpoint(checkpoint.message).value()));
  ASSERT_OK_AND_ASSIGN(const QuantizedModel one_shot,
                       QuantizeOneShot(checkpoint, calibration, scheme));
  EXPECT_NE(model.SerializeAsString(), one_shot.SerializeAsString());
  model.mutable_scheme()->clear_sequential();
  EXPECT_EQ(model.SerializeAsString(), one_shot.SerializeAsString());
}

TEST(SequentialTest, LaterLayersDifferFromOneShot) {
  const Artifact<Checkpoint> checkpoint = TinyCheckpoint(TinyConfig(), 2);
  const Scheme scheme = SchemeWith("sequential: true");
  ASSERT_OK_AND_ASSIGN(const QuantizedModel model,
                       QuantizeSequentially(checkpoint, scheme));
  ASSERT_OK_AND_ASSIGN(
      const Artifact<Calibration> calibration,
      Calibrate(ModelFromCheckpoint(checkpoint.message).value()));
  ASSERT_OK_AND_ASSIGN(const QuantizedModel one_shot,
                       QuantizeOneShot(checkpoint, calibration, scheme));
  const std::vector<std::string> differences = Differences(
      model.linears(), {one_shot.linears().begin(), one_shot.linears().end()});
  EXPECT_THAT(differences, ::testing::SizeIs(6));
  for (const std::string& name : differences) {
    EXPECT_TRUE(IsOfLayer(name, 1)) << name;
  }
}

TEST(SequentialTest, ThreadsChangeNoByte) {
  const Artifact<Checkpoint> checkpoint = TinyCheckpoint(TinyConfig(), 3);
  const Scheme scheme = SchemeWith("sequential: true");
  ASSERT_OK_AND_ASSIGN(const QuantizedModel one,
                       QuantizeSequentially(checkpoint, scheme, 1));
  for (const int threads : {2, 3}) {
    ASSERT_OK_AND_ASSIGN(const QuantizedModel other,
                         QuantizeSequentially(checkpoint, scheme, threads));
    EXPECT_EQ(other.SerializeAsString(), one.SerializeAsString()) << threads;
  }
}

// How the model will run is no matter of its Hessians; the clip is that of the
// calibration of the float model.
TEST(SequentialTest, Int8ActivationsChangeNoCodeAndClipAsOneShot) {
  const Artifact<Checkpoint> checkpoint = TinyCheckpoint(TinyConfig(), 2);
  const Scheme plain = SchemeWith("sequential: true");
  Scheme clipped = plain;
  clipped.set_activation_format(ACTIVATION_INT8);
  clipped.set_activation_clip_percentile(99);
  ASSERT_OK_AND_ASSIGN(const QuantizedModel a,
                       QuantizeSequentially(checkpoint, plain));
  ASSERT_OK_AND_ASSIGN(const QuantizedModel b,
                       QuantizeSequentially(checkpoint, clipped));
  ASSERT_OK_AND_ASSIGN(
      const Artifact<Calibration> calibration,
      Calibrate(ModelFromCheckpoint(checkpoint.message).value()));
  ASSERT_OK_AND_ASSIGN(const QuantizedModel one_shot,
                       QuantizeOneShot(checkpoint, calibration, clipped));
  for (int i = 0; i < a.linears_size(); ++i) {
    EXPECT_EQ(a.linears(i).weight().data(), b.linears(i).weight().data());
    EXPECT_GT(b.linears(i).activation_clip(), 0);
    EXPECT_EQ(b.linears(i).activation_clip(),
              one_shot.linears(i).activation_clip());
  }
}

constexpr char kTarget[] =
    "sequential: true gptq { least_squares_target: true "
    "coordinate_descent_rounds: 1 }";

// X [tokens, in] of one input of a layer, over all sequences.
std::vector<float> InputsOf(const Model& model, int input) {
  std::vector<float> inputs;
  for (const std::vector<uint32_t>& sequence : SomeSequences()) {
    Activations activations;
    Forward(model, sequence, 1, activations);
    const std::vector<float>& x = *LinearInputs(
        activations.blocks[input / kInputsPerBlock])[input % kInputsPerBlock];
    inputs.insert(inputs.end(), x.begin(), x.end());
  }
  return inputs;
}

void Replace(const QuantizedLinear& linear, const Scheme& scheme,
             Model& model) {
  const std::vector<float> weights = Dequantize(linear, scheme).value();
  FindLinear(linear.name(), model)->weight = PackedMatrix::Float32(
      weights.data(), linear.out_features(), linear.in_features());
}

// The witness: two whole models, one of which gets each Linear as it is stored.
TEST(SequentialTest, AStageSeesTheStagesBeforeItQuantizedAndTheFloatModel) {
  const Scheme scheme = SchemeWith(kTarget);
  for (const auto& [name, config] : TinyConfigs()) {
    SCOPED_TRACE(name);
    const Artifact<Checkpoint> checkpoint = TinyCheckpoint(config, 2);
    const Model floats = ModelFromCheckpoint(checkpoint.message).value();
    Model model = ModelFromCheckpoint(checkpoint.message).value();
    ASSERT_OK_AND_ASSIGN(const Artifact<Calibration> one_shot,
                         Calibrate(model));
    ThreadPool threads(2);
    ASSERT_OK_AND_ASSIGN(const ModelReader reader,
                         ModelReader::Of(checkpoint.message));
    ASSERT_OK_AND_ASSIGN(
        SequentialCalibration sequential,
        SequentialCalibration::Make(reader, one_shot.message, SomeSequences(),
                                    WholeModel(), /*by_stages=*/true, threads));
    ASSERT_OK_AND_ASSIGN(const QuantizedModel stored,
                         QuantizeSequentially(checkpoint, scheme));
    const std::vector<LinearInputSpec> specs = LinearInputSpecs(config);
    int next = 0;
    for (int input = 0; input < 2 * kInputsPerBlock; ++input) {
      SCOPED_TRACE(input);
      ASSERT_OK_AND_ASSIGN(const Artifact<Calibration> expected,
                           Calibrate(model));
      const std::vector<float> ours = InputsOf(model, input);
      const std::vector<float> theirs = InputsOf(floats, input);
      ASSERT_THAT(sequential.Reach(stored.linears(next).name()), IsOk());
      EXPECT_EQ(sequential.current().inputs(input).hessian().data(),
                expected.message.inputs(input).hessian().data());
      const Matrix& drift = sequential.drift();
      const size_t n = specs[input].in_features;
      ASSERT_EQ(drift.values.size(), n * n);
      for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j < n; ++j) {
          double sum = 0, magnitude = 0;
          for (size_t t = 0; t < ours.size(); t += n) {
            const double product =
                (double{ours[t + i]} - theirs[t + i]) * ours[t + j];
            sum += product;
            magnitude += std::abs(product);
          }
          const double tokens = static_cast<double>(ours.size() / n);
          EXPECT_NEAR(drift.Row(i)[j], sum / tokens,
                      1e-4 * magnitude / tokens + 1e-9);
          EXPECT_TRUE(input > 0 || drift.Row(i)[j] == 0);
        }
      }
      for (const std::string& linear : specs[input].linears) {
        ASSERT_EQ(stored.linears(next).name(), linear);
        ASSERT_THAT(sequential.Reach(linear), IsOk());
        ASSERT_THAT(sequential.SetQuantized(stored.linears(next), scheme),
                    IsOk());
        Replace(stored.linears(next++), scheme, model);
      }
    }
    EXPECT_EQ(next, stored.linears_size());
  }
}

// |W X - Q X'|^2 over the Linears, each with the stored ones before it.
double OutputErrors(const Artifact<Checkpoint>& checkpoint,
                    const QuantizedModel& stored) {
  const Model floats = ModelFromCheckpoint(checkpoint.message).value();
  Model model = ModelFromCheckpoint(checkpoint.message).value();
  const std::vector<LinearInputSpec> specs =
      LinearInputSpecs(checkpoint.message.config());
  int next = 0;
  double errors = 0;
  for (size_t input = 0; input < specs.size(); ++input) {
    const std::vector<float> ours = InputsOf(model, static_cast<int>(input));
    const std::vector<float> theirs = InputsOf(floats, static_cast<int>(input));
    const int64_t n = specs[input].in_features;
    const int64_t tokens = static_cast<int64_t>(ours.size()) / n;
    for (size_t i = 0; i < specs[input].linears.size(); ++i) {
      const QuantizedLinear& linear = stored.linears(next++);
      Replace(linear, stored.scheme(), model);
      const int64_t out = linear.out_features();
      std::vector<float> y(tokens * out), expected(tokens * out);
      FindLinear(linear.name(), model)
          ->weight.Multiply(ours.data(), tokens, y.data());
      Model copy = floats;
      FindLinear(linear.name(), copy)
          ->weight.Multiply(theirs.data(), tokens, expected.data());
      double error = 0, power = 0;
      for (int64_t k = 0; k < tokens * out; ++k) {
        error += std::pow(double{y[k]} - expected[k], 2);
        power += std::pow(double{expected[k]}, 2);
      }
      errors += error / power;
    }
  }
  return errors;
}

TEST(SequentialTest, WithTheTargetOutputsAreNearerToTheFloatModels) {
  for (const auto& [name, config] : TinyConfigs()) {
    const Artifact<Checkpoint> checkpoint = TinyCheckpoint(config, 3);
    ASSERT_OK_AND_ASSIGN(
        const QuantizedModel plain,
        QuantizeSequentially(checkpoint,
                             SchemeWith("sequential: true gptq { "
                                        "coordinate_descent_rounds: 1 }")));
    ASSERT_OK_AND_ASSIGN(const QuantizedModel target,
                         QuantizeSequentially(checkpoint, SchemeWith(kTarget)));
    EXPECT_LT(OutputErrors(checkpoint, target), OutputErrors(checkpoint, plain))
        << name;
  }
}

TEST_F(ChainTest, WithTheTargetPartsHandOnBothStreamsAndChangeNoByte) {
  scheme_ = SchemeWith(kTarget);
  ASSERT_OK_AND_ASSIGN(const QuantizedModel whole,
                       QuantizeSequentially(checkpoint_, scheme_, 1));
  for (const uint32_t count : {1, 2, 3, 5}) {
    ASSERT_OK_AND_ASSIGN(const QuantizedModel merged,
                         MergeModels(Chain(count, 2)));
    EXPECT_EQ(merged.SerializeAsString(), whole.SerializeAsString()) << count;
  }
  ASSERT_THAT(Part(0, 3, nullptr).status(), IsOk());
  ASSERT_EQ(handed_on_.message.streams_size(), 44);
  // The second half are the float model's.
  Model model = ModelFromCheckpoint(checkpoint_.message).value();
  for (int i = 0; i < 22; ++i) {
    Activations activations;
    Forward(model, SomeSequences()[i], 1, activations);
    EXPECT_EQ(ReadFloats(handed_on_.message.streams(22 + i)).value(),
              activations.blocks[1].input);
  }
  Artifact<ActivationStreams> before = handed_on_;
  EXPECT_THAT(Part(1, 3, &before), IsOk());
  while (before.message.streams_size() > 22) {
    before.message.mutable_streams()->RemoveLast();
  }
  EXPECT_THAT(Part(1, 3, &before),
              FailsSaying("in 22 streams, expected 22 of 6 in 44"));
}

// Five parts of three layers: two have none.
TEST_F(ChainTest, PartsAndThreadsChangeNoByteOfTheWhole) {
  for (const auto& [name, config] : TinyConfigs()) {
    UseConfig(config);
    ASSERT_OK_AND_ASSIGN(const QuantizedModel whole,
                         QuantizeSequentially(checkpoint_, scheme_));
    for (const uint32_t count : {1, 2, 3, 5}) {
      for (const int threads : {1, 2}) {
        ASSERT_OK_AND_ASSIGN(const QuantizedModel merged,
                             MergeModels(Chain(count, threads)));
        EXPECT_EQ(merged.SerializeAsString(), whole.SerializeAsString())
            << name << ", " << count << " parts, " << threads << " threads";
      }
    }
  }
}

TEST_F(ChainTest, APartHoldsTheLinearsOfItsBlocksAndTheFirstAllElse) {
  const std::vector<ShardFile<QuantizedModel>> files = Chain(2, 2);
  ASSERT_EQ(files[0].message.linears_size(), 6);  // of block 0
  EXPECT_EQ(files[0].message.linears(5).name(), "h.0.mlp.fc2.weight");
  EXPECT_GT(files[0].message.others_size(), 0);
  ASSERT_EQ(files[1].message.linears_size(), 12);  // of blocks 1 and 2
  EXPECT_EQ(files[1].message.linears(0).name(), "h.1.attn.q_proj.weight");
  EXPECT_EQ(files[1].message.others_size(), 0);
}

// Another way to these streams: a calibration of the model whose first two
// layers hold the dequantized weights.
TEST_F(ChainTest, ActivationsAreThoseOfAModelWhoseEarlierLayersAreQuantized) {
  const std::vector<ShardFile<QuantizedModel>> files = Chain(3, 2);
  Model model = ModelFromCheckpoint(checkpoint_.message).value();
  for (int i : {0, 1}) {
    for (const QuantizedLinear& linear : files[i].message.linears()) {
      ASSERT_OK_AND_ASSIGN(const std::vector<float> weights,
                           Dequantize(linear, scheme_));
      FindLinear(linear.name(), model)->weight = PackedMatrix::Float32(
          weights.data(), linear.out_features(), linear.in_features());
    }
  }
  ASSERT_THAT(Part(0, 3, nullptr).status(), IsOk());
  const Artifact<ActivationStreams> before = handed_on_;
  ASSERT_THAT(Part(1, 3, &before).status(), IsOk());
  EXPECT_EQ(handed_on_.message.next_block(), 2);
  ThreadPool pool(1);
  // Two of the three blocks, as first part of a chain over the model.
  model.blocks.resize(2);
  model.config.set_num_layers(2);
  absl::optional<ActivationStore> streams;
  ASSERT_THAT(CalibratePart(
                  ModelReader::Of(model), SomeSequences(), CalibrationOptions(),
                  WholeModel(), pool, [](int64_t) {}, KeepInMessage, streams)
                  .status(),
              IsOk());
  ASSERT_EQ(handed_on_.message.streams_size(), 22);
  for (int i = 0; i < 22; ++i) {
    ASSERT_OK_AND_ASSIGN(const std::vector<float> found,
                         ReadFloats(handed_on_.message.streams(i)));
    ASSERT_OK_AND_ASSIGN(const std::vector<float> expected, streams->Take(i));
    EXPECT_EQ(found, expected) << i;
  }
}

TEST_F(ChainTest, ActivationsOfAnotherRunAreRefused) {
  ASSERT_THAT(Part(0, 2, nullptr).status(), IsOk());
  const Artifact<ActivationStreams> before = handed_on_;
  EXPECT_THAT(Part(1, 2, &before), IsOk());

  scheme_.set_bits(4);
  EXPECT_THAT(Part(1, 2, &before),
              FailsSaying("before.qca: its scheme is {name: \"int3\" "));
  EXPECT_THAT(Part(1, 2, &before),
              FailsSaying("; give the activations that the part before wrote"));
  scheme_.set_bits(3);

  calibration_.sha256 = std::string(32, 'i');
  EXPECT_THAT(Part(1, 2, &before), FailsSaying("before.qca: its calibration"));
  calibration_.sha256 = std::string(32, 'h');

  Artifact<ActivationStreams> of_calibration = before;
  of_calibration.message.clear_scheme();
  of_calibration.message.clear_calibration_sha256();
  EXPECT_THAT(Part(1, 2, &of_calibration),
              FailsSaying("before.qca: its scheme is none, this run's is {"));
}

TEST_F(ChainTest, ActivationsOfAnotherPartAndNoneAreRefused) {
  ASSERT_THAT(Part(0, 3, nullptr).status(), IsOk());
  const Artifact<ActivationStreams> before = handed_on_;
  EXPECT_THAT(Part(2, 3, &before),
              FailsSaying("before.qca: activations before block 1, part 2 of 3 "
                          "(counted from 0) begins with block 2"));
  EXPECT_THAT(Part(0, 3, &before), FailsSaying("has no part before"));
  EXPECT_THAT(Part(1, 3, nullptr),
              FailsSaying("--activations: part 1 of 3 (counted from 0) needs"));
}

TEST_F(ChainTest, ActivationsOfAnotherShapeAreRefused) {
  ASSERT_THAT(Part(0, 2, nullptr).status(), IsOk());
  Artifact<ActivationStreams> before = handed_on_;
  before.message.mutable_streams(21)->set_shape(0, 5);
  EXPECT_THAT(Part(1, 2, &before), FailsSaying("before.qca: tensor"));
  before.message.mutable_streams()->RemoveLast();
  EXPECT_THAT(Part(1, 2, &before),
              FailsSaying("before.qca: activations of 22 sequences of 6 tokens "
                          "in 21 streams"));
}

TEST_F(ChainTest, AMissingPartIsNamed) {
  std::vector<ShardFile<QuantizedModel>> files = Chain(3, 2);
  files.erase(files.begin() + 1);
  EXPECT_THAT(MergeModels(std::move(files)), FailsSaying("is missing"));
}

TEST(SequentialTest, ItCanNeitherBeShardedNorDoneWithoutText) {
  const Artifact<Checkpoint> checkpoint = TinyCheckpoint(TinyConfig(), 2);
  ASSERT_OK_AND_ASSIGN(
      const Artifact<Calibration> calibration,
      Calibrate(ModelFromCheckpoint(checkpoint.message).value()));
  ThreadPool pool(1);
  EXPECT_THAT(
      QuantizeShard(checkpoint, &calibration, SchemeWith("sequential: true"),
                    MakeShard(0, 2).value(), pool, [](int64_t) {}),
      FailsSaying("scheme 'int3' is sequential: it needs"));
}

// NaNs and infinities must not reach a scale. 3e38 is finite, its square is
// not.
TEST(SequentialTest, AModelThatOverflowsIsRefused) {
  Artifact<Checkpoint> checkpoint = TinyCheckpoint(TinyConfig(), 2);
  ASSERT_OK_AND_ASSIGN(
      Artifact<Calibration> calibration,
      Calibrate(ModelFromCheckpoint(checkpoint.message).value()));
  for (Tensor& tensor : *checkpoint.message.mutable_tensors()) {
    if (tensor.name() != "h.1.ln_1.bias") continue;
    tensor = MakeFloat32(tensor.name(), {12}, std::vector<float>(12, 3e38f));
  }
  ThreadPool pool(1);
  EXPECT_THAT(QuantizeSequentially(checkpoint, calibration, SomeSequences(),
                                   SchemeWith("sequential: true"), pool,
                                   [](int64_t) {}),
              FailsSaying("the input of h.1.attn.q_proj.weight is not finite "
                          "on the calibration sequences, or so large"));
}

}  // namespace
}  // namespace quant_curve
