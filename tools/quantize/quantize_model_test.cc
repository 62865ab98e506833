#include "tools/quantize/quantize_model.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/match.h"
#include "lib/artifact/float16.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "lib/artifact/write_artifact.h"
#include "lib/model/config.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/merge_models.h"
#include "lib/quantization/quantized_model.h"
#include "lib/quantization/scheme.h"
#include "lib/sharding/merge.h"
#include "tools/quantize/hessian.h"
#include "tools/quantize/test_matrices.h"

namespace quant_curve {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kInt3[] =
    "name: 'int3' weight_format: WEIGHT_INTEGER bits: 3 symmetric: true "
    "granularity: PER_GROUP group_size: 32 method: GPTQ "
    "activation_format: ACTIVATION_FLOAT32";

ModelConfig SmallConfig() {
  ModelConfig config = MiniGptFamily();
  config.set_vocab_size(8);
  config.set_d_model(48);
  config.set_num_layers(1);
  config.set_num_heads(2);
  config.set_d_ff(80);
  config.set_context_length(16);
  config.set_layer_norm_epsilon(1e-5f);
  config.set_embedding_multiplier(1);
  return config;
}

Artifact<Checkpoint> RandomCheckpoint(const ModelConfig& config) {
  Artifact<Checkpoint> checkpoint;
  checkpoint.sha256 = std::string(32, 'c');
  *checkpoint.message.mutable_config() = config;
  checkpoint.message.set_tokenizer_sha256(std::string(32, 't'));
  uint64_t seed = 0;
  for (const TensorSpec& spec : TensorSpecs(config)) {
    const uint64_t size = NumElements(spec.shape).value();
    const Matrix values = RandomMatrix(1, size, ++seed);
    *checkpoint.message.add_tensors() = MakeFloat32(
        spec.name, spec.shape,
        std::vector<float>(values.values.begin(), values.values.end()));
  }
  return checkpoint;
}

Artifact<Checkpoint> SmallCheckpoint() {
  return RandomCheckpoint(SmallConfig());
}

void AddInput(const std::vector<std::string>& linears, uint64_t in_features,
              Calibration& calibration) {
  LinearInput& input = *calibration.add_inputs();
  for (const std::string& name : linears) {
    input.add_linears("h.0." + name + ".weight");
  }
  *input.mutable_hessian() =
      HessianTensor(RandomHessian(in_features, in_features));
  MagnitudeHistogram& histogram = *input.mutable_histogram();
  histogram.add_counts(1);
  histogram.add_counts(98);
  histogram.add_counts(1);
  histogram.set_smallest(0.5);
  histogram.set_bins_per_octave(1);
  histogram.set_max_magnitude(3);
}

Artifact<Calibration> SmallCalibration() {
  Artifact<Calibration> calibration;
  calibration.sha256 = std::string(32, 'h');
  calibration.message.set_checkpoint_sha256(std::string(32, 'c'));
  AddInput({"attn.q_proj", "attn.k_proj", "attn.v_proj"}, 48,
           calibration.message);
  AddInput({"attn.o_proj"}, 48, calibration.message);
  AddInput({"mlp.fc1"}, 48, calibration.message);
  AddInput({"mlp.fc2"}, 80, calibration.message);
  return calibration;
}

absl::StatusOr<QuantizeResult> Quantize(
    const Artifact<Checkpoint>& checkpoint,
    const Artifact<Calibration>* calibration, const std::string& scheme,
    int threads = 1) {
  ThreadPool pool(threads);
  return QuantizeModel(checkpoint, calibration, ResolveScheme(scheme).value(),
                       pool, [](int64_t) {});
}

// What quantizing says of a calibration with one change.
absl::Status Refusal(void (*change)(Calibration&),
                     const std::string& scheme = "int4_per_group_64_gptq") {
  Artifact<Calibration> calibration = SmallCalibration();
  change(calibration.message);
  return Quantize(SmallCheckpoint(), &calibration, scheme).status();
}

TEST(QuantizeModelTest, Fp32KeepsEveryBit) {
  const Artifact<Checkpoint> checkpoint = SmallCheckpoint();
  ASSERT_OK_AND_ASSIGN(const QuantizeResult result,
                       Quantize(checkpoint, nullptr, "fp32"));
  EXPECT_EQ(result.model.others(0).data(),
            checkpoint.message.tensors(0).data());
  ASSERT_OK_AND_ASSIGN(
      const std::vector<float> weights,
      Dequantize(result.model.linears(0), result.model.scheme()));
  EXPECT_EQ(weights, ReadFloats(checkpoint.message.tensors(3)).value());
}

TEST(QuantizeModelTest, Fp16RoundsEveryTensor) {
  const Artifact<Checkpoint> checkpoint = SmallCheckpoint();
  ASSERT_OK_AND_ASSIGN(const QuantizeResult result,
                       Quantize(checkpoint, nullptr, "fp16"));
  std::vector<float> expected =
      ReadFloats(checkpoint.message.tensors(3)).value();
  for (float& value : expected) value = RoundToFloat16(value);
  EXPECT_EQ(Dequantize(result.model.linears(0), result.model.scheme()).value(),
            expected);
  for (const Tensor& tensor : result.model.others()) {
    EXPECT_EQ(tensor.dtype(), FLOAT16) << tensor.name();
  }
}

// Half a step of 1/127 of at most 1, and the scale's own rounding.
TEST(QuantizeModelTest, Int8IsWithinHalfAStepOfTheCheckpoint) {
  const Artifact<Checkpoint> checkpoint = SmallCheckpoint();
  ASSERT_OK_AND_ASSIGN(const QuantizeResult result,
                       Quantize(checkpoint, nullptr, "int8_per_channel"));
  const std::vector<float> original =
      ReadFloats(checkpoint.message.tensors(3)).value();
  const std::vector<float> weights =
      Dequantize(result.model.linears(0), result.model.scheme()).value();
  ASSERT_EQ(weights.size(), original.size());
  for (size_t i = 0; i < weights.size(); ++i) {
    ASSERT_NEAR(weights[i], original[i], 0.5 / 127 * 1.13) << i;
  }
  EXPECT_FALSE(result.model.linears(0).has_proxy_losses());
}

TEST(QuantizeModelTest, RtnRecordsItsLossAndGptqBoth) {
  const Artifact<Calibration> calibration = SmallCalibration();
  ASSERT_OK_AND_ASSIGN(
      const QuantizeResult rtn,
      Quantize(SmallCheckpoint(), &calibration, "int4_per_group_64"));
  ASSERT_OK_AND_ASSIGN(
      const QuantizeResult gptq,
      Quantize(SmallCheckpoint(), &calibration, "int4_per_group_64_gptq"));
  for (int i = 0; i < 6; ++i) {
    const QuantizedLinear& a = rtn.model.linears(i);
    const QuantizedLinear& b = gptq.model.linears(i);
    EXPECT_TRUE(a.has_proxy_losses());
    EXPECT_EQ(a.rtn_proxy_loss(), b.rtn_proxy_loss());
    EXPECT_EQ(a.gptq_proxy_loss(), 0);
    EXPECT_LT(b.gptq_proxy_loss(), b.rtn_proxy_loss());
    EXPECT_GT(b.gptq_proxy_loss(), 0);
    EXPECT_EQ(a.damping_used(), 0);
    EXPECT_EQ(b.damping_used(), 0.01);
    EXPECT_NE(a.weight().data(), b.weight().data());
  }
  EXPECT_THAT(rtn.warnings.Messages(), IsEmpty());
  EXPECT_THAT(gptq.warnings.Messages(), IsEmpty());
}

TEST(QuantizeModelTest, TheDampingIsTheSchemes) {
  const Artifact<Calibration> calibration = SmallCalibration();
  ASSERT_OK_AND_ASSIGN(const QuantizeResult usual,
                       Quantize(SmallCheckpoint(), &calibration, kInt3));
  ASSERT_OK_AND_ASSIGN(const QuantizeResult damped,
                       Quantize(SmallCheckpoint(), &calibration,
                                std::string(kInt3) + " damping: 0.1"));
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(usual.model.linears(i).damping_used(), 0.01);
    EXPECT_EQ(damped.model.linears(i).damping_used(), 0.1);
    EXPECT_NE(usual.model.linears(i).weight().data(),
              damped.model.linears(i).weight().data());
  }
}

TEST(QuantizeModelTest, ThreeBitsInGroupsOf32NeedNoNewCode) {
  const Artifact<Calibration> calibration = SmallCalibration();
  ASSERT_OK_AND_ASSIGN(const QuantizeResult result,
                       Quantize(SmallCheckpoint(), &calibration, kInt3));
  const std::string path = ::testing::TempDir() + "/int3.qca";
  ASSERT_THAT(WriteArtifact(path, result.model), IsOk());
  ASSERT_OK_AND_ASSIGN(const Artifact<QuantizedModel> read,
                       ReadQuantizedModel(path));
  // fc2 [48, 80]: 30 bytes per row, 3 groups of 2 bytes.
  EXPECT_EQ(read.message.linears(5).weight().size_bytes(), 48 * 30);
  EXPECT_EQ(read.message.linears(5).scales().size_bytes(), 48 * 3 * 2);
  ASSERT_OK_AND_ASSIGN(
      const UnpackedLinear unpacked,
      Unpack(read.message.linears(5), read.message.scheme(), read.payload));
  EXPECT_EQ(*std::min_element(unpacked.codes.begin(), unpacked.codes.end()),
            -3);
  EXPECT_EQ(*std::max_element(unpacked.codes.begin(), unpacked.codes.end()), 3);
}

TEST(QuantizeModelTest, ThreadsDoNotChangeTheBytes) {
  const Artifact<Calibration> calibration = SmallCalibration();
  ASSERT_OK_AND_ASSIGN(
      const QuantizeResult one,
      Quantize(SmallCheckpoint(), &calibration, "int4_per_group_64_gptq", 1));
  ASSERT_OK_AND_ASSIGN(
      const QuantizeResult two,
      Quantize(SmallCheckpoint(), &calibration, "int4_per_group_64_gptq", 2));
  EXPECT_EQ(ArtifactBytes(QUANTIZED_MODEL, one.model, "one").value(),
            ArtifactBytes(QUANTIZED_MODEL, two.model, "two").value());
}

absl::StatusOr<QuantizedModel> QuantizeParts(const std::string& scheme,
                                             uint32_t count, int threads) {
  const Artifact<Calibration> calibration = SmallCalibration();
  ThreadPool pool(threads);
  std::vector<ShardFile<QuantizedModel>> files;
  for (uint32_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(
        QuantizeResult part,
        QuantizeShard(SmallCheckpoint(), &calibration,
                      ResolveScheme(scheme).value(),
                      MakeShard(i, count).value(), pool, [](int64_t) {}));
    files.push_back({"", std::move(part.model)});
  }
  return MergeModels(std::move(files));
}

// Six Linears: seven shards leave some empty, and q, k and v are torn apart.
TEST(QuantizeModelTest, ShardsAndThreadsChangeNoByteOfTheWhole) {
  const Artifact<Calibration> calibration = SmallCalibration();
  for (const char* scheme : {"int4_per_group_64_gptq", "fp16"}) {
    ASSERT_OK_AND_ASSIGN(const QuantizeResult whole,
                         Quantize(SmallCheckpoint(), &calibration, scheme));
    for (const uint32_t count : {1, 2, 3, 7}) {
      for (const int threads : {1, 3}) {
        ASSERT_OK_AND_ASSIGN(const QuantizedModel merged,
                             QuantizeParts(scheme, count, threads));
        EXPECT_EQ(merged.SerializeAsString(), whole.model.SerializeAsString())
            << count << " shards, " << threads << " threads";
      }
    }
  }
}

// (out + in) in^2 of q, k, v, o and fc2 [48, 80], fc1 [80, 48]: four times
// 221184, 294912 and 819200, in all 1998848. fc1 ends at 1179648, past the
// half, but its middle 1032192 is, too.
TEST(QuantizeModelTest, ShardsShareTheWorkAndNotTheCount) {
  const ShardRange first =
      LinearsOfShard(SmallConfig(), MakeShard(0, 2).value());
  EXPECT_EQ(first.first, 0);
  EXPECT_EQ(first.end, 4);
  EXPECT_EQ(LinearsOfShard(SmallConfig(), MakeShard(1, 2).value()).end, 6);
}

TEST(QuantizeModelTest, ShardsOfDifferentSchemesAreRefused) {
  const Artifact<Checkpoint> checkpoint = SmallCheckpoint();
  ThreadPool pool(1);
  std::vector<ShardFile<QuantizedModel>> files;
  for (const char* scheme : {"fp16", "fp32"}) {
    const uint32_t index = files.size();
    ASSERT_OK_AND_ASSIGN(
        QuantizeResult part,
        QuantizeShard(checkpoint, nullptr, ResolveScheme(scheme).value(),
                      MakeShard(index, 2).value(), pool, [](int64_t) {}));
    files.push_back({scheme, std::move(part.model)});
  }
  EXPECT_THAT(MergeModels(std::move(files)),
              FailsSaying("fp16 and fp32: shards of different runs: they "
                          "differ in scheme"));
}

TEST(QuantizeModelTest, BlockSizeDoesNotChangeTheCodes) {
  const Artifact<Calibration> calibration = SmallCalibration();
  const QuantizeResult small = Quantize(SmallCheckpoint(), &calibration,
                                        std::string(kInt3) + " block_size: 5")
                                   .value();
  const QuantizeResult large =
      Quantize(SmallCheckpoint(), &calibration, kInt3).value();
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(small.model.linears(i).SerializeAsString(),
              large.model.linears(i).SerializeAsString());
  }
}

// Four inputs and four outputs a Linear at 2 bits: greedy rounding does now and
// then lose to rounding to nearest. The canary must name just those Linears.
TEST(QuantizeModelTest, TheCanaryNamesLinearsWhereGptqIsAboveRtn) {
  ModelConfig config = SmallConfig();
  config.set_d_model(4);
  config.set_num_heads(1);
  config.set_d_ff(4);
  config.set_num_layers(20);
  Artifact<Checkpoint> checkpoint = RandomCheckpoint(config);
  Artifact<Calibration> calibration;
  calibration.message.set_checkpoint_sha256(checkpoint.sha256);
  calibration.sha256 = std::string(32, 'h');
  for (const TensorSpec& spec : TensorSpecs(config)) {
    if (spec.role != TensorRole::kLinearWeight) continue;
    LinearInput& input = *calibration.message.add_inputs();
    input.add_linears(spec.name);
    *input.mutable_hessian() = HessianTensor(RandomHessian(4, 5));
  }
  ASSERT_OK_AND_ASSIGN(const QuantizeResult result,
                       Quantize(checkpoint, &calibration,
                                "name: 'int2' weight_format: WEIGHT_INTEGER "
                                "bits: 2 symmetric: true granularity: "
                                "PER_CHANNEL method: GPTQ "
                                "activation_format: ACTIVATION_FLOAT32"));
  const std::vector<std::string> messages = result.warnings.Messages();
  ASSERT_EQ(messages.size(), 1);
  EXPECT_THAT(messages[0], HasSubstr("WARNING: GPTQ's proxy loss is above"));
  int worse = 0;
  for (const QuantizedLinear& linear : result.model.linears()) {
    const bool above = linear.gptq_proxy_loss() > linear.rtn_proxy_loss();
    worse += above;
    if (worse > 10) break;
    EXPECT_EQ(absl::StrContains(messages[0], linear.name() + " ("), above);
  }
  EXPECT_GT(worse, 0);
}

// The loss recorded is that of the stored weights in the model's own column
// order, so permuting and unpermuting must have cancelled.
TEST(QuantizeModelTest, ActivationOrderStoresItsPermutation) {
  const Artifact<Calibration> calibration = SmallCalibration();
  const Artifact<Checkpoint> checkpoint = SmallCheckpoint();
  ASSERT_OK_AND_ASSIGN(
      const QuantizeResult result,
      Quantize(checkpoint, &calibration,
               std::string(kInt3) + " activation_order: true"));
  const QuantizedLinear& linear = result.model.linears(0);
  const std::vector<double> h =
      ReadHessian(calibration.message.inputs(0).hessian(), 48).value().values;
  for (int j = 1; j < linear.permutation_size(); ++j) {
    const uint32_t before = linear.permutation(j - 1);
    const uint32_t after = linear.permutation(j);
    EXPECT_GE(h[before * 48 + before], h[after * 48 + after]);
  }
  const std::vector<float> w =
      ReadFloats(checkpoint.message.tensors(3)).value();
  const std::vector<float> q =
      Dequantize(linear, result.model.scheme()).value();
  double loss = 0;
  double reference = 0;
  for (int row = 0; row < 48; ++row) {
    for (int i = 0; i < 48; ++i) {
      for (int j = 0; j < 48; ++j) {
        const int a = row * 48 + i;
        const int b = row * 48 + j;
        loss += (w[a] - double{q[a]}) * h[i * 48 + j] * (w[b] - double{q[b]});
        reference += w[a] * h[i * 48 + j] * w[b];
      }
    }
  }
  EXPECT_NEAR(linear.gptq_proxy_loss(), loss / reference, 1e-9);
}

constexpr char kClipped[] =
    "name: 'x' weight_format: WEIGHT_FLOAT32 activation_format: "
    "ACTIVATION_INT8 activation_clip_percentile: 99";

// The bins of input i end at 0.5 and 1 times 2^i; 99 % end with the second.
TEST(QuantizeModelTest, AClipComesFromTheHistogramOfTheLinearsOwnInput) {
  Artifact<Calibration> calibration = SmallCalibration();
  for (int i = 0; i < 4; ++i) {
    MagnitudeHistogram& histogram =
        *calibration.message.mutable_inputs(i)->mutable_histogram();
    histogram.set_smallest(std::ldexp(0.5, i));
    histogram.set_max_magnitude(std::ldexp(3, i));
  }
  ASSERT_OK_AND_ASSIGN(const QuantizeResult result,
                       Quantize(SmallCheckpoint(), &calibration, kClipped));
  std::vector<float> clips;
  for (const QuantizedLinear& linear : result.model.linears()) {
    clips.push_back(linear.activation_clip());
  }
  EXPECT_THAT(clips, ElementsAre(1, 1, 1, 2, 4, 8));
}

TEST(QuantizeModelTest, InputsOfZeroAreNotClippedAndNamed) {
  Artifact<Calibration> calibration = SmallCalibration();
  MagnitudeHistogram& histogram =
      *calibration.message.mutable_inputs(2)->mutable_histogram();
  histogram.set_counts(0, 100);
  histogram.set_counts(1, 0);
  histogram.set_counts(2, 0);
  histogram.set_max_magnitude(0);
  ASSERT_OK_AND_ASSIGN(const QuantizeResult result,
                       Quantize(SmallCheckpoint(), &calibration, kClipped));
  EXPECT_EQ(result.model.linears(3).activation_clip(), 1);
  EXPECT_EQ(result.model.linears(4).activation_clip(), 0);
  EXPECT_THAT(result.warnings.Messages(),
              ElementsAre(AllOf(HasSubstr("not clipped"),
                                HasSubstr("1 tensor: h.0.mlp.fc1.weight;"))));
}

void SetHessian(int input, const Matrix& hessian,
                Artifact<Calibration>& calibration) {
  *calibration.message.mutable_inputs(input)->mutable_hessian() =
      HessianTensor(hessian);
}

// The input of fc2 is zero in the whole calibration: whichever method, fc2 is
// what rounding to nearest makes of it, and the others are as before.
TEST(QuantizeModelTest, ALinearOfZeroInputsIsRoundedToNearestAndNamed) {
  Artifact<Calibration> calibration = SmallCalibration();
  SetHessian(3, Matrix(80, 80), calibration);
  const std::string rtn_scheme = "int4_per_group_64";
  ASSERT_OK_AND_ASSIGN(const QuantizeResult plain,
                       Quantize(SmallCheckpoint(), nullptr, rtn_scheme));
  for (const std::string& scheme : {rtn_scheme, rtn_scheme + "_gptq"}) {
    ASSERT_OK_AND_ASSIGN(const QuantizeResult result,
                         Quantize(SmallCheckpoint(), &calibration, scheme));
    const QuantizedLinear& fc2 = result.model.linears(5);
    EXPECT_EQ(fc2.weight().data(), plain.model.linears(5).weight().data());
    EXPECT_EQ(fc2.scales().data(), plain.model.linears(5).scales().data());
    EXPECT_FALSE(fc2.has_proxy_losses());
    EXPECT_EQ(fc2.dead_columns(), 80);
    EXPECT_TRUE(result.model.linears(4).has_proxy_losses());
    EXPECT_THAT(
        result.warnings.Messages(),
        ElementsAre(AllOf(HasSubstr("all inputs are 0"),
                          HasSubstr("in 1 tensor: h.0.mlp.fc2.weight;"))));
  }
}

TEST(QuantizeModelTest, AllDeadColumnsInActivationOrderStayInOrder) {
  Artifact<Calibration> calibration = SmallCalibration();
  SetHessian(3, Matrix(80, 80), calibration);
  ASSERT_OK_AND_ASSIGN(
      const QuantizeResult result,
      Quantize(SmallCheckpoint(), &calibration,
               std::string(kInt3) + " activation_order: true"));
  EXPECT_EQ(result.model.linears(5).permutation_size(), 80);
  EXPECT_EQ(result.model.linears(5).permutation(79), 79);
}

TEST(QuantizeModelTest, DeadColumnsAreNamedWithTheirCountWhereGptqIsUsed) {
  Artifact<Calibration> calibration = SmallCalibration();
  Matrix hessian = RandomHessian(48, 48);
  for (const uint64_t dead : {3, 40}) {
    for (uint64_t i = 0; i < 48; ++i) {
      hessian.Row(dead)[i] = hessian.Row(i)[dead] = 0;
    }
  }
  SetHessian(1, hessian, calibration);
  ASSERT_OK_AND_ASSIGN(
      const QuantizeResult gptq,
      Quantize(SmallCheckpoint(), &calibration, "int4_per_group_64_gptq"));
  EXPECT_EQ(gptq.model.linears(3).dead_columns(), 2);
  EXPECT_THAT(gptq.warnings.Messages(),
              ElementsAre(HasSubstr("h.0.attn.o_proj.weight (2 of 48 inputs")));
  ASSERT_OK_AND_ASSIGN(
      const QuantizeResult rtn,
      Quantize(SmallCheckpoint(), &calibration, "int4_per_group_64"));
  EXPECT_EQ(rtn.model.linears(3).dead_columns(), 2);
  EXPECT_THAT(rtn.warnings.Messages(), IsEmpty());
}

// Row 0 is 0.7, its scale 0.1. Of its dead columns 0.78 is clamped to 0.7, more
// than half a step away, and 0.72 is nearest to 0.7 anyway.
TEST(QuantizeModelTest, WeightsOfDeadColumnsBeyondTheGridAreCounted) {
  Artifact<Calibration> calibration = SmallCalibration();
  Matrix hessian = RandomHessian(48, 48);
  for (const uint64_t dead : {3, 40}) {
    for (uint64_t i = 0; i < 48; ++i) {
      hessian.Row(dead)[i] = hessian.Row(i)[dead] = 0;
    }
  }
  SetHessian(1, hessian, calibration);
  Artifact<Checkpoint> checkpoint = SmallCheckpoint();
  for (Tensor& tensor : *checkpoint.message.mutable_tensors()) {
    if (tensor.name() != "h.0.attn.o_proj.weight") continue;
    std::vector<float> values = ReadFloats(tensor).value();
    for (int row = 0; row < 48; ++row) {
      for (const int dead : {3, 40}) values[row * 48 + dead] = 0;
    }
    std::fill(values.begin(), values.begin() + 48, 0.7f);
    values[3] = 0.78f;
    values[40] = 0.72f;
    tensor = MakeFloat32(tensor.name(), {48, 48}, values);
  }
  ASSERT_OK_AND_ASSIGN(
      const QuantizeResult result,
      Quantize(checkpoint, &calibration, "int4_per_group_64_gptq"));
  EXPECT_THAT(result.warnings.Messages(),
              ElementsAre(HasSubstr("h.0.attn.o_proj.weight (2 of 48 inputs, 1 "
                                    "of their weights clamped to the live "
                                    "columns' grid)")));
}

// GPTQ has nothing to propagate: the codes of RTN, and a word about it.
TEST(QuantizeModelTest, ADiagonalHessianIsNamedAndGivesTheCodesOfRtn) {
  Artifact<Calibration> calibration = SmallCalibration();
  Matrix diagonal(48, 48);
  for (int i = 0; i < 48; ++i) diagonal.Row(i)[i] = 1;
  SetHessian(1, diagonal, calibration);
  const std::string rtn_scheme = "int4_per_group_64";
  ASSERT_OK_AND_ASSIGN(const QuantizeResult rtn,
                       Quantize(SmallCheckpoint(), &calibration, rtn_scheme));
  EXPECT_THAT(rtn.warnings.Messages(), IsEmpty());
  ASSERT_OK_AND_ASSIGN(
      const QuantizeResult gptq,
      Quantize(SmallCheckpoint(), &calibration, rtn_scheme + "_gptq"));
  EXPECT_EQ(gptq.model.linears(3).weight().data(),
            rtn.model.linears(3).weight().data());
  EXPECT_THAT(
      gptq.warnings.Messages(),
      ElementsAre(AllOf(HasSubstr("not correlated"),
                        HasSubstr("1 tensor: h.0.attn.o_proj.weight;"))));
}

// RTN asks no Hessian, so that no Hessian can refuse it.
TEST(QuantizeModelTest, AnIndefiniteHessianDoesNotKeepRtnFromRounding) {
  Artifact<Calibration> calibration = SmallCalibration();
  Matrix h(48, 48);
  for (double& value : h.values) value = 1e6;
  for (int i = 0; i < 48; ++i) h.Row(i)[i] = 1;
  SetHessian(2, h, calibration);
  EXPECT_THAT(Quantize(SmallCheckpoint(), &calibration, "int4_per_group_64"),
              IsOk());
}

// Rows 0 and 1 of fc1 hold at most 127 * 1.5 * 2^-24: their scale has one bit.
TEST(QuantizeModelTest, ScalesThatLoseTheirBitsAreNamedWithTheirCount) {
  Artifact<Checkpoint> checkpoint = SmallCheckpoint();
  const std::string name = "h.0.mlp.fc1.weight";
  for (Tensor& tensor : *checkpoint.message.mutable_tensors()) {
    const bool embedding = tensor.name() == "wte.weight";
    if (tensor.name() != name && !embedding) continue;
    std::vector<float> values = ReadFloats(tensor).value();
    for (int i = 0; i < 2 * 48; ++i) values[i] = 127 * 1.5f * 0x1p-24f;
    tensor = MakeFloat32(tensor.name(), {tensor.shape(0), 48}, values);
  }
  const Artifact<Calibration> calibration = SmallCalibration();
  const auto messages = [&](const Artifact<Calibration>* given) {
    return Quantize(checkpoint, given,
                    "name: 'x' weight_format: WEIGHT_INTEGER bits: 8 "
                    "symmetric: true granularity: PER_CHANNEL method: RTN "
                    "activation_format: ACTIVATION_FLOAT32 "
                    "embedding_format: EMBEDDING_INT8")
        .value()
        .warnings.Messages();
  };
  const auto expected = ElementsAre(
      HasSubstr("1 tensor: h.0.mlp.fc1.weight (2 of 80 scales, off by up to "
                "33 %)"),
      HasSubstr("1 tensor: wte.weight (2 of 8 rows, off by up to 33 %)"));
  EXPECT_THAT(messages(nullptr), expected);
  EXPECT_THAT(messages(&calibration), expected);
}

TEST(QuantizeModelTest, AnIndefiniteHessianIsAnErrorAndNoSilentRtn) {
  EXPECT_THAT(Refusal([](Calibration& c) {
                Matrix h(48, 48);
                for (double& value : h.values) value = 1e6;
                for (int i = 0; i < 48; ++i) h.Row(i)[i] = 1;
                *c.mutable_inputs(2)->mutable_hessian() = HessianTensor(h);
              }),
              FailsSaying("h.0.mlp.fc1.weight': Hessian: not positive"));
}

TEST(QuantizeModelTest, MissingDoubleAndUnknownInputsAreRefused) {
  EXPECT_THAT(Refusal([](Calibration& c) { c.mutable_inputs()->RemoveLast(); }),
              FailsSaying("'h.0.mlp.fc2.weight' has no input"));
  EXPECT_THAT(Refusal([](Calibration& c) {
                c.mutable_inputs(3)->add_linears("h.0.mlp.fc1.weight");
              }),
              FailsSaying("'h.0.mlp.fc1.weight' has two inputs"));
  EXPECT_THAT(Refusal([](Calibration& c) {
                c.mutable_inputs(3)->add_linears("wte.weight");
              }),
              FailsSaying("'wte.weight' is not a Linear"));
}

TEST(QuantizeModelTest, AHessianOfAnotherShapeIsRefused) {
  EXPECT_THAT(Refusal([](Calibration& c) {
                c.mutable_inputs(3)->mutable_hessian()->set_shape(0, 81);
              }),
              FailsSaying("shape [81], expected [3240]"));
}

TEST(QuantizeModelTest, GptqWithoutACalibrationIsRefused) {
  EXPECT_THAT(Quantize(SmallCheckpoint(), nullptr, "int4_per_group_64_gptq"),
              FailsSaying("'int4_per_group_64_gptq' needs a calibration"));
}

TEST(QuantizeModelTest, WeightsBeyondFloat16AreRefusedWithTheirPlace) {
  Artifact<Checkpoint> checkpoint = SmallCheckpoint();
  std::vector<float> values = ReadFloats(checkpoint.message.tensors(0)).value();
  values[5] = 70000;
  *checkpoint.message.mutable_tensors(0) =
      MakeFloat32("wte.weight", {8, 48}, values);
  EXPECT_THAT(Quantize(checkpoint, nullptr, "int8_per_channel"),
              FailsSaying("tensor 'wte.weight': element 5 is 70000"));
  EXPECT_THAT(Quantize(checkpoint, nullptr, "fp32"), IsOk());
}

}  // namespace
}  // namespace quant_curve
