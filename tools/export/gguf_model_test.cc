#include "tools/export/gguf_model.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "absl/strings/str_cat.h"
#include "lib/artifact/byte_sink.h"
#include "lib/artifact/float16.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "lib/model/config.h"
#include "lib/quantization/linear.h"
#include "lib/quantization/quantized_model.h"
#include "tools/export/gguf_reader.h"
#include "tools/export/test_models.h"

namespace quant_curve {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Pair;

constexpr uint32_t kF32 = 0, kF16 = 1, kQ4 = 2, kQ4_1 = 3, kQ8 = 8, kIq4Nl = 20;

const char* const kSchemes[] = {
    "fp32",
    "fp16",
    "int8_per_tensor",
    "int8_per_channel",
    "int4_per_group_64",
    "int4_per_group_64_gptq",
    "name: 'int4_32' weight_format: WEIGHT_INTEGER bits: 4 symmetric: true "
    "granularity: PER_GROUP group_size: 32 method: RTN "
    "activation_format: ACTIVATION_FLOAT32 embedding_format: EMBEDDING_INT8",
    "name: 'int4_48' weight_format: WEIGHT_INTEGER bits: 4 symmetric: true "
    "granularity: PER_GROUP group_size: 48 method: RTN "
    "activation_format: ACTIVATION_FLOAT32",
    "name: 'int3' weight_format: WEIGHT_INTEGER bits: 3 symmetric: true "
    "granularity: PER_CHANNEL method: RTN "
    "activation_format: ACTIVATION_FLOAT32",
    "name: 'int6' weight_format: WEIGHT_INTEGER bits: 6 symmetric: true "
    "granularity: PER_CHANNEL method: RTN "
    "activation_format: ACTIVATION_FLOAT32",
    "name: 'asymmetric' weight_format: WEIGHT_INTEGER bits: 4 "
    "granularity: PER_GROUP group_size: 64 method: RTN "
    "activation_format: ACTIVATION_FLOAT32",
    "name: 'ordered' weight_format: WEIGHT_INTEGER bits: 4 symmetric: true "
    "granularity: PER_GROUP group_size: 64 method: GPTQ "
    "activation_order: true activation_format: ACTIVATION_FLOAT32",
    "name: 'signed4' weight_format: WEIGHT_INTEGER bits: 4 symmetric: true "
    "levels: LEVELS_SIGNED_SCALE granularity: PER_GROUP group_size: 32 "
    "method: RTN activation_format: ACTIVATION_FLOAT32",
    "name: 'signed8' weight_format: WEIGHT_INTEGER bits: 8 symmetric: true "
    "levels: LEVELS_SIGNED_SCALE granularity: PER_GROUP group_size: 64 "
    "method: RTN activation_format: ACTIVATION_FLOAT32",
    "name: 'iq4_nl' weight_format: WEIGHT_INTEGER bits: 4 symmetric: true "
    "levels: LEVELS_IQ4_NL granularity: PER_GROUP group_size: 32 "
    "method: RTN activation_format: ACTIVATION_FLOAT32",
    "name: 'minimum4' weight_format: WEIGHT_INTEGER bits: 4 "
    "levels: LEVELS_MINIMUM granularity: PER_GROUP group_size: 64 "
    "method: RTN activation_format: ACTIVATION_FLOAT32",
    "name: 'minimum5' weight_format: WEIGHT_INTEGER bits: 5 "
    "levels: LEVELS_MINIMUM granularity: PER_GROUP group_size: 32 "
    "method: RTN activation_format: ACTIVATION_FLOAT32",
};

// Of ExportConfigs().
const char* const kArchitectures[] = {
    "gpt2",  "gpt2",  "llama",  "llama",  "llama",   "llama", "llama",  "qwen2",
    "qwen3", "gemma", "gemma2", "gemma3", "granite", "olmo2", "smollm3"};

// The artifact's values of a tensor, [out, in], and the type that they must
// have in the file.
struct Expected {
  std::vector<float> values;
  uint64_t columns = 1;
  uint32_t type = kF32;
};

uint32_t TypeOfCodes(const Scheme& scheme, uint64_t columns) {
  const bool whole_groups =
      scheme.group_size() % 32 == 0 || scheme.group_size() >= columns;
  const bool minimum4 = scheme.levels() == LEVELS_MINIMUM && scheme.bits() == 4;
  if ((!scheme.symmetric() && !minimum4) || scheme.activation_order() ||
      columns % 32 != 0 || !whole_groups) {
    return kF16;
  }
  if (scheme.levels() == LEVELS_IQ4_NL) return kIq4Nl;
  if (minimum4) return kQ4_1;
  return scheme.bits() <= 4 ? kQ4 : kQ8;
}

void RoundToHalves(std::vector<float>& values) {
  for (float& value : values) value = RoundToFloat16(value);
}

using ExpectedTensors = std::map<std::string, Expected>;

// By this project's names.
ExpectedTensors ArtifactTensors(const QuantizedModel& model) {
  ExpectedTensors tensors;
  for (const QuantizedLinear& linear : model.linears()) {
    Expected& to = tensors[linear.name()];
    to.values = Dequantize(linear, model.scheme()).value();
    to.columns = linear.in_features();
    const DType dtype = linear.weight().dtype();
    to.type = dtype == FLOAT32   ? kF32
              : dtype == FLOAT16 ? kF16
                                 : TypeOfCodes(model.scheme(), to.columns);
    if (to.type == kF16) RoundToHalves(to.values);
  }
  for (int i = 0; i < model.others_size(); ++i) {
    const Tensor& tensor = model.others(i);
    Expected& to = tensors[tensor.name()];
    const bool matrix = tensor.shape_size() == 2;
    if (matrix) to.columns = tensor.shape(1);
    if (tensor.dtype() != INT8) {
      to.values = ReadFloats(tensor).value();
      to.type = matrix && tensor.dtype() == FLOAT16 ? kF16 : kF32;
      continue;
    }
    const std::vector<float> scales = ReadFloats(model.others(++i)).value();
    for (size_t k = 0; k < tensor.data().size(); ++k) {
      const int code = static_cast<signed char>(tensor.data()[k]);
      to.values.push_back(code * scales[k / to.columns]);
    }
    to.type = to.columns % 32 == 0 ? kQ8 : kF16;
    if (to.type == kF16) RoundToHalves(to.values);
  }
  return tensors;
}

class GgufModelTest
    : public ::testing::TestWithParam<std::tuple<int, const char*>> {
 protected:
  void SetUp() override {
    config_ = ExportConfigs()[std::get<0>(GetParam())].config;
    architecture_ = kArchitectures[std::get<0>(GetParam())];
    model_ = RandomQuantizedModel(config_, std::get<1>(GetParam()));
    artifact_.message = model_;
    ASSERT_THAT(ValidateQuantizedModel(model_), IsOk());
    ours_ = ArtifactTensors(model_);
    ASSERT_OK_AND_ASSIGN(GgufModel gguf, MakeGgufModel(artifact_));
    file_ = ReadGgufBytes(GgufBytes(gguf.metadata, gguf.tensors));
  }

  // Compares and forgets a tensor of the file.
  void ExpectTensor(const std::string& name, const Expected& expected) {
    ASSERT_EQ(file_.tensors.count(name), 1u) << name;
    const ReadTensor& tensor = file_.tensors[name];
    EXPECT_EQ(tensor.type, expected.type) << name;
    EXPECT_EQ(tensor.values, expected.values) << name;
    const uint64_t rows = expected.values.size() / expected.columns;
    if (expected.columns == 1) {
      EXPECT_THAT(tensor.extents, ElementsAre(rows)) << name;
    } else {
      EXPECT_THAT(tensor.extents, ElementsAre(expected.columns, rows)) << name;
    }
    file_.tensors.erase(name);
  }

  void ExpectSame(const std::string& ours, const std::string& theirs) {
    if (ours_.count(ours) > 0) ExpectTensor(theirs, ours_[ours]);
  }
  // llama.cpp multiplies by the weight alone, Gemma by 1 + weight.
  void ExpectNorm(const std::string& ours, const std::string& theirs) {
    if (architecture_.substr(0, 5) != "gemma") {
      return ExpectBothSame(ours, theirs);
    }
    const auto norm = ours_.find(ours + ".weight");
    if (norm == ours_.end()) return;
    Expected sum = norm->second;
    for (float& value : sum.values) value = 1 + value;
    ExpectTensor(theirs + ".weight", sum);
  }
  void ExpectBothSame(const std::string& ours, const std::string& theirs) {
    ExpectSame(ours + ".weight", theirs + ".weight");
    ExpectSame(ours + ".bias", theirs + ".bias");
  }
  // With zeros where the model has no bias.
  void ExpectWithBias(const std::string& ours, const std::string& theirs) {
    ExpectSame(ours + ".weight", theirs + ".weight");
    Expected bias = ours_[ours + ".bias"];
    const Expected& weight = ours_[ours + ".weight"];
    bias.values.resize(weight.values.size() / weight.columns);
    ExpectTensor(theirs + ".bias", bias);
  }

  // A rotary projection: llama.cpp turns rows (2i, 2i + 1) of a head together,
  // this project (i, i + half).
  void ExpectRotary(const std::string& ours, const std::string& theirs) {
    for (const char* part : {".weight", ".bias"}) {
      if (ours_.count(ours + part) == 0) continue;
      const Expected& from = ours_[ours + part];
      Expected to = from;
      const uint64_t dim = HeadDim(config_), half = dim / 2;
      const bool turns_neighbours = architecture_ == "llama" ||
                                    architecture_ == "granite" ||
                                    architecture_ == "smollm3";
      for (uint64_t k = 0; turns_neighbours && k < from.values.size(); ++k) {
        const uint64_t row = k / from.columns, column = k % from.columns;
        const uint64_t head = row / dim, element = row % dim;
        const uint64_t place =
            element < half ? 2 * element : 2 * (element - half) + 1;
        to.values[(head * dim + place) * from.columns + column] =
            from.values[k];
      }
      ExpectTensor(theirs + part, to);
    }
  }

  void ExpectFused(const std::string& ours, const std::string& theirs) {
    Expected weight = ours_[ours + "q_proj.weight"];
    Expected bias;
    weight.values.clear();
    for (const char* part : {"q_proj", "k_proj", "v_proj"}) {
      const auto& more = ours_[ours + part + ".weight"].values;
      weight.values.insert(weight.values.end(), more.begin(), more.end());
      std::vector<float> b = ours_[ours + part + ".bias"].values;
      b.resize(config_.d_model());
      bias.values.insert(bias.values.end(), b.begin(), b.end());
    }
    ExpectTensor(theirs + ".weight", weight);
    ExpectTensor(theirs + ".bias", bias);
  }

  void ExpectGpt2Block(const std::string& h, const std::string& blk) {
    ExpectBothSame(h + "ln_1", blk + "attn_norm");
    ExpectFused(h + "attn.", blk + "attn_qkv");
    ExpectWithBias(h + "attn.o_proj", blk + "attn_output");
    ExpectBothSame(h + "ln_2", blk + "ffn_norm");
    ExpectWithBias(h + "mlp.fc1", blk + "ffn_up");
    ExpectWithBias(h + "mlp.fc2", blk + "ffn_down");
  }

  void ExpectLlamaBlock(const std::string& h, const std::string& blk) {
    ExpectNorm(h + "ln_1", blk + "attn_norm");
    ExpectRotary(h + "attn.q_proj", blk + "attn_q");
    ExpectRotary(h + "attn.k_proj", blk + "attn_k");
    ExpectBothSame(h + "attn.v_proj", blk + "attn_v");
    ExpectBothSame(h + "attn.o_proj", blk + "attn_output");
    ExpectNorm(h + "attn.q_norm", blk + "attn_q_norm");
    ExpectNorm(h + "attn.k_norm", blk + "attn_k_norm");
    ExpectNorm(h + "attn.post_norm", blk + "post_attention_norm");
    ExpectNorm(h + "mlp.post_norm", blk + "post_ffw_norm");
    ExpectNorm(h + "ln_2", blk + "ffn_norm");
    ExpectBothSame(h + "mlp.gate_proj", blk + "ffn_gate");
    ExpectBothSame(h + "mlp.up_proj", blk + "ffn_up");
    ExpectBothSame(h + "mlp.down_proj", blk + "ffn_down");
  }

  // The tensors before and after the blocks.
  void ExpectEnds() {
    ExpectNorm("ln_f", "output_norm");
    ExpectSame("wpe.weight", "position_embd.weight");
    ExpectSame("lm_head.weight", "output.weight");
    // llama.cpp multiplies itself where the family always does.
    if (config_.embedding_multiplier() == 1 || architecture_ == "granite" ||
        architecture_.substr(0, 5) == "gemma") {
      return ExpectSame("wte.weight", "token_embd.weight");
    }
    ExpectSame("wte.weight", "output.weight");
    Expected scaled = ours_["wte.weight"];
    scaled.type = kF32;
    for (float& value : scaled.values) value *= config_.embedding_multiplier();
    ExpectTensor("token_embd.weight", scaled);
  }

  ModelConfig config_;
  std::string architecture_;
  QuantizedModel model_;
  Artifact<QuantizedModel> artifact_;  // of model_
  ExpectedTensors ours_;
  ReadGguf file_;
};

TEST_P(GgufModelTest, FileHoldsEveryWeightBitForBit) {
  ExpectEnds();
  for (uint64_t i = 0; i < config_.num_layers(); ++i) {
    const std::string h = "h." + std::to_string(i) + ".";
    const std::string blk = "blk." + std::to_string(i) + ".";
    config_.mlp() == GELU ? ExpectGpt2Block(h, blk) : ExpectLlamaBlock(h, blk);
  }
  if (config_.positions() == SINUSOIDAL) {
    // Positions of the paper's formula, which the model computes otherwise.
    const ReadTensor positions = file_.tensors["position_embd.weight"];
    for (size_t k = 0; k < positions.values.size(); ++k) {
      const uint64_t d = config_.d_model(), row = k / d, column = k % d;
      const double angle =
          row / std::pow(10000.0, static_cast<double>(column - column % 2) / d);
      EXPECT_NEAR(positions.values[k],
                  column % 2 ? std::cos(angle) : std::sin(angle), 1e-6);
    }
    file_.tensors.erase("position_embd.weight");
  }
  if (config_.has_llama3_rope()) {
    // Base 500 and head_dim 16 in a context of 50: 7.96 waves of the first
    // frequency, 3.66 and 1.68 of the next two, less than one of the others.
    const std::vector<float> factors =
        file_.tensors["rope_freqs.weight"].values;
    ASSERT_EQ(factors.size(), 8);
    for (int i = 0; i < 8; ++i) {
      const double waves = 50 * std::pow(500, -i / 8.0) / (2 * M_PI);
      const double share = (waves - 1) / 3;
      const double expected = i == 0  ? 1
                              : i > 2 ? 8
                                      : 1 / ((1 - share) / 8 + share);
      EXPECT_NEAR(factors[i], expected, 1e-5) << i;
    }
    file_.tensors.erase("rope_freqs.weight");
  }
  EXPECT_TRUE(file_.tensors.empty()) << file_.tensors.begin()->first;
}

TEST_P(GgufModelTest, MetadataDescribesTheModel) {
  const std::string& arch = architecture_;
  auto& pairs = file_.pairs;
  EXPECT_EQ(pairs["general.architecture"].text, arch);
  EXPECT_EQ(pairs["general.alignment"].number, 32);
  EXPECT_EQ(pairs["general.quantization_version"].number, 2);
  EXPECT_EQ(pairs[arch + ".vocab_size"].number, config_.vocab_size());
  EXPECT_EQ(pairs[arch + ".attention.key_length"].number, HeadDim(config_));
  EXPECT_EQ(pairs[arch + ".attention.value_length"].number, HeadDim(config_));
  // At most the sliding window where llama.cpp does not have it.
  EXPECT_EQ(pairs[arch + ".context_length"].number,
            arch == "llama" && config_.sliding_window() > 0 ? 5 : 12);
  EXPECT_EQ(pairs[arch + ".embedding_length"].number, config_.d_model());
  EXPECT_EQ(pairs[arch + ".block_count"].number, arch == "smollm3" ? 4 : 2);
  EXPECT_EQ(pairs[arch + ".feed_forward_length"].number, config_.d_ff());
  EXPECT_EQ(pairs[arch + ".attention.head_count"].number, 4);
  EXPECT_EQ(pairs[arch + ".attention.head_count_kv"].number,
            config_.num_kv_heads() == 0 ? 4 : config_.num_kv_heads());
  const std::string epsilon =
      arch == "gpt2" ? "layer_norm_epsilon" : "layer_norm_rms_epsilon";
  EXPECT_EQ(pairs[arch + ".attention." + epsilon].number, 1e-5f);
  EXPECT_EQ(pairs.count(arch + ".rope.freq_base"), arch != "gpt2");
  if (arch != "gpt2") {
    EXPECT_EQ(pairs[arch + ".rope.freq_base"].number, config_.rope_theta());
    EXPECT_EQ(pairs[arch + ".rope.dimension_count"].number, HeadDim(config_));
  }
}

// The metadata that only some architectures have; others must not have them.
TEST_P(GgufModelTest, MetadataSayWhatTheFamilyComputes) {
  const std::map<std::string, std::map<std::string, double>> own = {
      {"gemma2",
       {{"attention.sliding_window", 5},
        {"attention.sliding_window_pattern", 2},
        {"attn_logit_softcapping", 20},
        {"final_logit_softcapping", 10}}},
      {"gemma3",
       {{"attention.sliding_window", 5},
        {"attention.sliding_window_pattern", 2},
        {"rope.freq_base_swa", 500}}},
      {"granite",
       {{"attention.scale", 0.25},
        {"embedding_scale", 12},
        {"residual_scale", 0.125},
        {"logit_scale", 3}}}};
  const auto expected = own.find(architecture_);
  for (const auto& [architecture, keys] : own) {
    for (const auto& [key, value] : keys) {
      const auto pair = file_.pairs.find(architecture_ + "." + key);
      const bool has = expected != own.end() && expected->second.count(key) > 0;
      ASSERT_EQ(pair != file_.pairs.end(), has) << key;
      if (has) EXPECT_EQ(pair->second.number, expected->second.at(key)) << key;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(FamiliesAndSchemes, GgufModelTest,
                         ::testing::Combine(::testing::Range(0, 15),
                                            ::testing::ValuesIn(kSchemes)));

TEST(GgufModelReportTest, RoundedMatricesAreCountedByReason) {
  const ModelConfig ragged = ExportConfigs()[4].config;
  // Two layers; all but down_proj read d_model = 40 inputs.
  Artifact<QuantizedModel> model;
  model.message = RandomQuantizedModel(ragged, "int8_per_channel");
  ASSERT_OK_AND_ASSIGN(const GgufModel gguf, MakeGgufModel(model));
  EXPECT_THAT(gguf.rounded,
              ElementsAre(Pair("width 40 is not a multiple of 32", 12)));
}

Artifact<QuantizedModel> RandomArtifact(const ModelConfig& config,
                                        const std::string& scheme) {
  Artifact<QuantizedModel> artifact;
  artifact.message = RandomQuantizedModel(config, scheme);
  return artifact;
}

// llama_ftype: 0 all F32, 1 mostly F16, 2 mostly Q4_0, 7 mostly Q8_0.
double FileType(int config, const std::string& scheme) {
  const Artifact<QuantizedModel> model =
      RandomArtifact(ExportConfigs()[config].config, scheme);
  const GgufModel gguf = MakeGgufModel(model).value();
  return ReadGgufBytes(GgufBytes(gguf.metadata, gguf.tensors))
      .pairs["general.file_type"]
      .number;
}

// MiniGPT's embedding goes out as F32 whatever the scheme.
TEST(GgufModelReportTest, TheFileTypeIsThatOfMostWeightsOfTheLinears) {
  constexpr int kMiniGpt = 0, kLlama = 2, kRagged = 4;
  for (const int config : {kMiniGpt, kLlama}) {
    EXPECT_EQ(FileType(config, "fp32"), 0);
    EXPECT_EQ(FileType(config, "fp16"), 1);
    EXPECT_EQ(FileType(config, "int4_per_group_64"), 2);
    EXPECT_EQ(FileType(config, "int8_per_channel"), 7);
    EXPECT_EQ(FileType(config, kSchemes[12]), 2);
    EXPECT_EQ(FileType(config, kSchemes[14]), 25);
    EXPECT_EQ(FileType(config, kSchemes[15]), 3);
    // Asymmetric codes and columns in activation order go out as F16.
    EXPECT_EQ(FileType(config, kSchemes[10]), 1);
    EXPECT_EQ(FileType(config, kSchemes[11]), 1);
  }
  // A layer of the ragged Llama has 40 columns, F16, in q, k, v, o (4 * 1600
  // weights), gate and up (2 * 3840), and 96, Q4_0, in down (3840).
  EXPECT_EQ(FileType(kRagged, "int4_per_group_64"), 1);
}

TEST(GgufModelReportTest, ExactExportsReportNothing) {
  const ModelConfig minigpt = ExportConfigs()[0].config;
  for (const char* scheme :
       {"fp32", "fp16", "int8_per_channel", "int4_per_group_64_gptq"}) {
    const Artifact<QuantizedModel> model = RandomArtifact(minigpt, scheme);
    ASSERT_OK_AND_ASSIGN(const GgufModel gguf, MakeGgufModel(model));
    EXPECT_TRUE(gguf.rounded.empty()) << scheme;
  }
}

// Floats are copied, not read: they are checked on the way.
TEST(GgufModelReportTest, ValuesThatAreNotFiniteAreRefused) {
  for (const char* scheme : {"fp32", "fp16"}) {
    for (const bool in_linear : {true, false}) {
      Artifact<QuantizedModel> model =
          RandomArtifact(ExportConfigs()[2].config, scheme);
      Tensor& tensor = in_linear
                           ? *model.message.mutable_linears(1)->mutable_weight()
                           : *model.message.mutable_others(0);
      // All bits of element 3 set is a NaN of both formats.
      const size_t bytes = ElementBytes(tensor.dtype());
      tensor.mutable_data()->replace(3 * bytes, bytes, bytes, '\xff');
      ASSERT_OK_AND_ASSIGN(const GgufModel gguf, MakeGgufModel(model));
      StringSink sink;
      EXPECT_THAT(WriteGguf(gguf.metadata, gguf.tensors, sink),
                  FailsSaying(absl::StrCat("tensor '", tensor.name(),
                                           "': element 3 is not finite")));
    }
  }
}

TEST(WriteGgufTest, DataOfAnotherLengthThanTheTensorsIsRefused) {
  for (const size_t bytes : {11, 13}) {
    StringSink sink;
    EXPECT_THAT(WriteGguf({},
                          {{"t",
                            GgmlType::kF32,
                            {3},
                            [bytes] { return std::string(bytes, 'x'); }}},
                          sink),
                StatusIs(absl::StatusCode::kInternal,
                         ::testing::HasSubstr(absl::StrCat(
                             "GGUF tensor 't': ", bytes,
                             " bytes, its shape and type need 12"))));
  }
}

constexpr int kGemma = 9, kGemma2 = 10, kSmolLm3 = 14;

TEST(GgufModelReportTest, WhatLlamaCppComputesOtherwiseIsRefused) {
  ModelConfig scaled = ExportConfigs()[kGemma2].config;
  scaled.set_attention_scale(0.25f);
  EXPECT_THAT(MakeGgufModel(RandomArtifact(scaled, "fp32")),
              FailsSaying("attention_scale is 0.25, there 0.176776692"));
  ModelConfig turned = ExportConfigs()[kSmolLm3].config;
  turned.set_no_rotation(3, false);
  EXPECT_THAT(MakeGgufModel(RandomArtifact(turned, "fp32")),
              FailsSaying("no_rotation is [false, false, false, false], there "
                          "[false, false, false, true]"));
}

TEST(GgufModelReportTest, GemmasRoundedMultiplierIsNoted) {
  ModelConfig config = ExportConfigs()[kGemma].config;
  // As far from 8 as rounding to bfloat16 may be.
  config.set_embedding_multiplier(8.03125f);
  ASSERT_OK_AND_ASSIGN(const GgufModel gguf,
                       MakeGgufModel(RandomArtifact(config, "fp32")));
  EXPECT_THAT(gguf.notes,
              Contains("llama.cpp multiplies the token embedding by 8, the "
                       "model by 8.03125"));
  config.set_embedding_multiplier(7);
  EXPECT_THAT(MakeGgufModel(RandomArtifact(config, "fp32")),
              FailsSaying("by 8, the model by 7"));
}

TEST(GgufModelReportTest, NormsThatRoundAreCounted) {
  Artifact<QuantizedModel> model =
      RandomArtifact(ExportConfigs()[kGemma].config, "fp32");
  const float below_a_half_unit = 1e-9f;
  int norms = 0;
  for (Tensor& tensor : *model.message.mutable_others()) {
    if (tensor.name().find("ln_") == std::string::npos) continue;
    const bool first = ++norms == 1;
    std::string& data = *tensor.mutable_data();
    std::fill(data.begin(), data.end(), '\0');
    if (first) std::memcpy(&data[4], &below_a_half_unit, 4);
  }
  ASSERT_EQ(norms, 5);
  ASSERT_OK_AND_ASSIGN(const GgufModel gguf, MakeGgufModel(model));
  EXPECT_THAT(gguf.notes, ElementsAre("1 weights of norms are rounded: the "
                                      "file holds 1 + weight"));
}

TEST(GgufModelReportTest, MixedFamiliesAreRefused) {
  ModelConfig mixed = ExportConfigs()[1].config;
  mixed.set_normalization(RMS_NORM);
  EXPECT_THAT(MakeGgufModel(RandomArtifact(mixed, "fp32")),
              FailsSaying("normalization: RMS_NORM positions: LEARNED"));
}

}  // namespace
}  // namespace quant_curve
