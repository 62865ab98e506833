#include "lib/model/model.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/bfloat16.h"
#include "lib/artifact/sha256.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "lib/artifact/write_artifact.h"
#include "lib/model/config.h"
#include "lib/model/forward.h"
#include "lib/model/model_reader.h"
#include "lib/model/reference_model.h"
#include "lib/quantization/byte_account.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/quantized_model.h"
#include "lib/quantization/scheme.h"
#include "lib/quantization/storage.h"
#include "lib/quantization/test_model.h"

namespace quant_curve {
namespace {

constexpr char kAsymmetricWithOrder[] =
    "name: 'x' weight_format: WEIGHT_INTEGER bits: 8 granularity: PER_GROUP "
    "group_size: 48 method: GPTQ activation_order: true "
    "activation_format: ACTIVATION_FLOAT32";

constexpr char kRaggedInt8Heads[] =
    "name: 'x' weight_format: WEIGHT_INTEGER bits: 4 symmetric: true "
    "granularity: PER_GROUP group_size: 8 method: RTN "
    "activation_format: ACTIVATION_FLOAT32 embedding_format: EMBEDDING_INT8";

std::vector<float> Logits(const Model& model) {
  Activations activations;
  Forward(model, {3, 1, 4, 1, 5, 9, 2}, 1, activations);
  return activations.logits;
}

// Values of TinyParameters.
Checkpoint TestCheckpoint(const ModelConfig& config, DType dtype) {
  const std::vector<double> p = TinyParameters(config, 4);
  const std::vector<float> parameters(p.begin(), p.end());
  Checkpoint checkpoint;
  *checkpoint.mutable_config() = config;
  absl::Span<const float> rest = parameters;
  for (const TensorSpec& spec : TensorSpecs(config)) {
    const auto values = rest.subspan(0, NumElements(spec.shape).value());
    rest.remove_prefix(values.size());
    std::vector<uint16_t> upper;
    for (const float value : values) upper.push_back(BFloat16FromFloat(value));
    *checkpoint.add_tensors() =
        dtype == FLOAT32   ? MakeFloat32(spec.name, spec.shape, values)
        : dtype == FLOAT16 ? MakeFloat16(spec.name, spec.shape, values)
                           : MakeBFloat16(spec.name, spec.shape, upper);
  }
  return checkpoint;
}

std::vector<std::string> Schemes() {
  const SchemeList named = NamedSchemes().value();
  std::vector<std::string> schemes = {kAsymmetricWithOrder};
  for (const Scheme& scheme : named.schemes()) schemes.push_back(scheme.name());
  return schemes;
}

// The weights that the kernels read, against those that Dequantize takes from
// the payload on its own way.
TEST(ModelTest, TheKernelsWeightsAreThoseOfThePayload) {
  for (const std::string& scheme : Schemes()) {
    SCOPED_TRACE(scheme);
    const QuantizedModel quantized = TestModel(MiniGptConfig(), scheme);
    ASSERT_OK_AND_ASSIGN(Model model, ModelFromQuantized(quantized));
    for (const QuantizedLinear& linear : quantized.linears()) {
      ASSERT_OK_AND_ASSIGN(const std::vector<float> expected,
                           Dequantize(linear, quantized.scheme()));
      const Linear& actual = *FindLinear(linear.name(), model);
      const size_t in = linear.in_features();
      std::vector<float> row(in);
      for (size_t o = 0; o < linear.out_features(); ++o) {
        actual.weight.ReadRow(o, row.data());
        for (size_t j = 0; j < in; ++j) {
          const size_t column =
              actual.permutation.empty() ? j : actual.permutation[j];
          ASSERT_EQ(row[j], expected[o * in + column]) << linear.name();
        }
      }
    }
  }
}

TEST(ModelTest, TheKernelsReadNoMoreThanThePayloadAndItsScales) {
  const QuantizedModel quantized =
      TestModel(MiniGptConfig(), "int4_per_group_64");
  ASSERT_OK_AND_ASSIGN(Model model, ModelFromQuantized(quantized));
  int64_t bytes = 0;
  for (const QuantizedLinear& linear : quantized.linears()) {
    bytes += FindLinear(linear.name(), model)->weight.bytes();
  }
  // 98,304 weights of half a byte, 1,536 scales of two.
  EXPECT_EQ(bytes, 49152 + 3072);
}

// Every family in float32, by way of both artifacts.
TEST(ModelTest, ArtifactsGiveTheParametersModel) {
  for (const NamedConfig& tiny : TinyConfigs()) {
    SCOPED_TRACE(tiny.name);
    const std::vector<double> p = TinyParameters(tiny.config, 4);
    const std::vector<float> parameters(p.begin(), p.end());
    Model expected = MakeModel(tiny.config);
    SetParameters(parameters, expected);
    Checkpoint checkpoint;
    *checkpoint.mutable_config() = tiny.config;
    QuantizedModel quantized = TestModel(tiny.config, "fp32");
    quantized.clear_others();
    int linear = 0;
    absl::Span<const float> rest = parameters;
    for (const TensorSpec& spec : TensorSpecs(tiny.config)) {
      const auto values = rest.subspan(0, NumElements(spec.shape).value());
      rest.remove_prefix(values.size());
      *checkpoint.add_tensors() = MakeFloat32(spec.name, spec.shape, values);
      if (spec.role == TensorRole::kLinearWeight) {
        *quantized.mutable_linears(linear++)->mutable_weight() =
            MakeFloat32(spec.name, spec.shape, values);
      } else {
        ASSERT_THAT(AddOther(spec, values, quantized), IsOk());
      }
    }
    ASSERT_OK_AND_ASSIGN(const Model from_quantized,
                         ModelFromQuantized(quantized));
    const std::vector<float> logits = Logits(expected);
    ASSERT_OK_AND_ASSIGN(const Model from_checkpoint,
                         ModelFromCheckpoint(checkpoint));
    EXPECT_EQ(Logits(from_checkpoint), logits);
    EXPECT_EQ(Logits(from_quantized), logits);
  }
}

// Widths of 12, 20 and 24 in groups of 8: the last group of a row is short.
TEST(ModelTest, EveryFamilyRunsFromPackedWeightsAsFromTheirFloats) {
  for (const NamedConfig& tiny : TinyConfigs()) {
    SCOPED_TRACE(tiny.name);
    const QuantizedModel quantized = TestModel(tiny.config, kRaggedInt8Heads);
    ASSERT_OK_AND_ASSIGN(Model packed, ModelFromQuantized(quantized));
    Model floats = packed;
    for (const QuantizedLinear& linear : quantized.linears()) {
      ASSERT_OK_AND_ASSIGN(const std::vector<float> values,
                           Dequantize(linear, quantized.scheme()));
      FindLinear(linear.name(), floats)->weight = PackedMatrix::Float32(
          values.data(), linear.out_features(), linear.in_features());
    }
    const std::vector<float> expected = Logits(floats);
    const std::vector<float> actual = Logits(packed);
    for (size_t i = 0; i < actual.size(); ++i) {
      EXPECT_NEAR(actual[i], expected[i], 1e-4 * (1 + std::abs(expected[i])));
    }
  }
}

TEST(ModelTest, Int8EmbeddingsStayPackedInTheLookupAndInTheHead) {
  for (const NamedConfig& tiny : TinyConfigs()) {
    SCOPED_TRACE(tiny.name);
    QuantizedModel quantized = TestModel(tiny.config, kRaggedInt8Heads);
    quantized.clear_others();
    // Row r of an embedding is r - 5 times 0.5, 1, 1.5, …: its scale is
    // |r - 5| / 2 * 12 / 127 in float16.
    for (const TensorSpec& spec : TensorSpecs(tiny.config)) {
      std::vector<float> values(NumElements(spec.shape).value(), 0.25f);
      for (size_t i = 0; i < values.size(); ++i) {
        if (spec.role == TensorRole::kEmbedding) {
          values[i] = (static_cast<float>(i / 12) - 5) * 0.5f * (i % 12 + 1);
        }
      }
      if (spec.role == TensorRole::kLinearWeight) continue;
      ASSERT_THAT(AddOther(spec, values, quantized), IsOk());
    }
    ASSERT_OK_AND_ASSIGN(const Model model, ModelFromQuantized(quantized));
    for (const PackedMatrix* matrix : {&model.embedding, &model.Head()}) {
      EXPECT_EQ(matrix->format(), PackedFormat::kInt8);
      float row[12];
      for (int r = 0; r < 11; ++r) {
        matrix->ReadRow(r, row);
        const float step = std::abs(r - 5.0f) * 6 / 127;
        for (int i = 0; i < 12; ++i) {
          EXPECT_NEAR(row[i], (r - 5) * 0.5f * (i + 1), 0.51f * step);
        }
      }
    }
  }
}

TEST(ModelTest, AMissingTensorIsRefused) {
  QuantizedModel quantized = TestModel(MiniGptConfig(), "fp32");
  quantized.mutable_others()->RemoveLast();
  EXPECT_THAT(ModelFromQuantized(quantized),
              FailsSaying("ln_f.bias' is missing"));
  quantized = TestModel(MiniGptConfig(), "fp32");
  quantized.mutable_linears()->RemoveLast();
  EXPECT_THAT(ModelFromQuantized(quantized),
              FailsSaying("h.1.mlp.fc2.weight' is missing"));
}

TEST(ModelTest, ALinearOfAnotherModelIsRefused) {
  QuantizedModel quantized = TestModel(MiniGptConfig(), "fp32");
  quantized.mutable_config()->set_d_ff(128);
  EXPECT_THAT(ModelFromQuantized(quantized),
              FailsSaying("h.0.mlp.fc1.weight': shape [256, 64], expected "
                          "[128, 64]"));
}

TEST(ModelTest, TensorsThatTheModelDoesNotHaveAreRefused) {
  QuantizedModel quantized = TestModel(MiniGptConfig(), "fp32");
  *quantized.add_linears() = quantized.linears(0);
  EXPECT_THAT(ModelFromQuantized(quantized),
              FailsSaying("13 Linears, the config has 12"));
  quantized = TestModel(MiniGptConfig(), "fp32");
  *quantized.add_others() = quantized.others(0);
  EXPECT_THAT(ModelFromQuantized(quantized),
              FailsSaying("16 tensors besides the Linears, config and scheme "
                          "have 15"));
  Checkpoint checkpoint = TestCheckpoint(TinyConfig(), FLOAT32);
  *checkpoint.add_tensors() = checkpoint.tensors(0);
  EXPECT_THAT(ModelFromCheckpoint(checkpoint),
              FailsSaying("28 tensors, the config needs 27"));
}

// A list of the tensors of 2^20 blocks would take gigabytes.
TEST(ModelTest, TensorsAreCountedBeforeTheyAreListed) {
  QuantizedModel quantized = TestModel(MiniGptConfig(), "fp32");
  quantized.mutable_config()->set_num_layers(1 << 20);
  EXPECT_THAT(ModelFromQuantized(quantized),
              FailsSaying("12 Linears and 15 other tensors, the config has "
                          "6291456"));
  Checkpoint checkpoint = TestCheckpoint(TinyConfig(), FLOAT32);
  checkpoint.mutable_config()->set_num_layers(1 << 20);
  EXPECT_THAT(ModelFromCheckpoint(checkpoint),
              FailsSaying("27 tensors, the config needs 12582915"));
}

// A record at an odd offset of a file: floats and halves are not aligned.
TEST(ModelTest, TensorsAtAnyAddressAreRead) {
  for (const DType dtype : {FLOAT32, FLOAT16, BFLOAT16}) {
    SCOPED_TRACE(DType_Name(dtype));
    Checkpoint checkpoint = TestCheckpoint(TinyConfig(), dtype);
    ASSERT_OK_AND_ASSIGN(const Model expected, ModelFromCheckpoint(checkpoint));
    std::string file = "x";
    for (Tensor& tensor : *checkpoint.mutable_tensors()) {
      tensor.set_offset(file.size());
      tensor.set_size_bytes(tensor.data().size());
      tensor.set_sha256(Sha256(tensor.data()));
      file += tensor.data();
      tensor.clear_data();
    }
    ASSERT_OK_AND_ASSIGN(const Model model,
                         ModelFromCheckpoint(checkpoint, Payload(file)));
    EXPECT_EQ(Logits(model), Logits(expected));
  }
}

TEST(ModelTest, OnlyTheMatricesOfTheVocabularyThatAreAskedForAreRead) {
  for (const NamedConfig& tiny : TinyConfigs()) {
    SCOPED_TRACE(tiny.name);
    const Checkpoint checkpoint = TestCheckpoint(tiny.config, FLOAT32);
    ASSERT_OK_AND_ASSIGN(const Model whole, ModelFromCheckpoint(checkpoint));
    ASSERT_OK_AND_ASSIGN(const ModelReader stored, ModelReader::Of(checkpoint));
    const bool tied = tiny.config.tied_embeddings();
    for (const ModelReader& reader : {stored, ModelReader::Of(whole)}) {
      for (const auto& [vocabulary, embedding, head] :
           {std::tuple(Vocabulary::kNone, false, false),
            std::tuple(Vocabulary::kEmbedding, true, false),
            std::tuple(Vocabulary::kHead, tied, true),
            std::tuple(Vocabulary::kBoth, true, true)}) {
        ASSERT_OK_AND_ASSIGN(const Model ends, reader.ReadEnds(vocabulary));
        EXPECT_EQ(!ends.embedding.empty(), embedding);
        EXPECT_EQ(!ends.lm_head.empty(), head && !tied);
        EXPECT_TRUE(ends.blocks.empty());
        EXPECT_EQ(ends.ln_f.scale, whole.ln_f.scale);
        EXPECT_EQ(ends.positions, whole.positions);
      }
    }
  }
}

// KiB of the mapped file `name` that are in this process's memory.
int64_t ResidentKib(absl::string_view name) {
  std::ifstream maps("/proc/self/smaps");
  int64_t total = 0, kib;
  bool ours = false;
  for (std::string line; std::getline(maps, line);) {
    // "<from>-<to> <access> ..." begins a mapping, "Rss: <n> kB" is of it.
    if (line[0] >= '0' && line[0] <= 'f' && line.find('-') < line.find(' ')) {
      ours = absl::EndsWith(line, name);
    } else if (ours && sscanf(line.c_str(), "Rss: %" SCNd64, &kib) == 1) {
      total += kib;
    }
  }
  return total;
}

// Codes, scales and zero points of 256, 128 and 64 KiB for each Linear.
TEST(ModelTest, TheMemoryOfCodesScalesAndZeroPointsIsGivenBack) {
  ModelConfig config = MiniGptConfig();
  config.set_d_model(512);
  config.set_d_ff(512);
  QuantizedModel quantized = TestModel(
      config,
      "name: 'x' weight_format: WEIGHT_INTEGER bits: 8 granularity: PER_GROUP "
      "group_size: 4 method: RTN activation_format: ACTIVATION_FLOAT32");
  *quantized.mutable_bytes() = ComputeByteAccount(quantized).value();
  const std::string path = ::testing::TempDir() + "/resident.qca";
  ASSERT_THAT(WriteArtifact(path, quantized), IsOk());
  // Small pages: giving back a part of a huge page gives back all of it.
  ASSERT_EQ(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), 0);
  ASSERT_OK_AND_ASSIGN(const Artifact<QuantizedModel> file,
                       ReadQuantizedModel(path));
  ASSERT_OK_AND_ASSIGN(const ModelReader reader,
                       ModelReader::Of(file.message, file.payload));
  for (int64_t layer = 0; layer < 2; ++layer) {
    ASSERT_THAT(reader.ReadBlock(layer), IsOk());
  }
  // Of 5.4 MB read; the system maps up to 64 KiB around a page that is read.
  EXPECT_LT(ResidentKib("/resident.qca"), 12 * 64 + 256);
  prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
  unlink(path.c_str());
}

}  // namespace
}  // namespace quant_curve
