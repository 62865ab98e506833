#include "tools/export/compressed_tensors.h"

#include <cstring>
#include <map>
#include <string>

#include "absl/strings/str_replace.h"
#include "lib/artifact/float16.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/tensor.h"
#include "lib/quantization/linear.h"
#include "tools/export/test_models.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAre;

constexpr int kLlama = 2;
constexpr char kGroups[] =
    "name: 'x' weight_format: WEIGHT_INTEGER bits: 4 granularity: PER_GROUP "
    "group_size: 32 method: RTN activation_format: ACTIVATION_FLOAT32 ";

// A file's tensors: a reader of its own, for elements of any type.
class File {
 public:
  explicit File(const std::string& bytes) {
    uint64_t size = 0;
    std::memcpy(&size, bytes.data(), 8);
    header_ = ParseJson(bytes.substr(8, size), "model.safetensors").value();
    data_ = bytes.substr(8 + size);
  }

  bool Has(const std::string& name) const { return header_.contains(name); }
  size_t size() const { return header_.size() - 1; }  // less __metadata__

  std::vector<uint64_t> Shape(const std::string& name) const {
    return header_[name]["shape"].get<std::vector<uint64_t>>();
  }

  template <typename T>
  std::vector<T> Get(const std::string& name, const std::string& dtype) const {
    EXPECT_TRUE(Has(name)) << name;
    if (!Has(name)) return {};
    EXPECT_EQ(header_[name]["dtype"], dtype) << name;
    const uint64_t begin = header_[name]["data_offsets"][0];
    const uint64_t end = header_[name]["data_offsets"][1];
    std::vector<T> values((end - begin) / sizeof(T));
    std::memcpy(values.data(), &data_[begin], end - begin);
    return values;
  }

 private:
  Json header_;
  std::string data_;
};

std::string TheirName(const std::string& name) {
  const std::string block = absl::StrReplaceAll(
      name, {{"h.0.", "model.layers.0."}, {"h.1.", "model.layers.1."}});
  return absl::StrReplaceAll(block, {{".attn.", ".self_attn."},
                                     {"ln_1.", "input_layernorm."},
                                     {"ln_2.", "post_attention_layernorm."},
                                     {"wte.", "model.embed_tokens."},
                                     {"ln_f.", "model.norm."}});
}

// Element (row, column) of a Linear as the format's documentation has it,
// (code - zero point) * scale, read with shifts of its own.
class PackedLinear {
 public:
  PackedLinear(const File& file, const std::string& prefix, int bits)
      : bits_(bits),
        packed_(file.Get<uint32_t>(prefix + "weight_packed", "I32")),
        scales_(file.Get<uint16_t>(prefix + "weight_scale", "F16")),
        shape_(file.Get<int64_t>(prefix + "weight_shape", "I64")),
        words_(file.Shape(prefix + "weight_packed")[1]),
        groups_(file.Shape(prefix + "weight_scale")[1]) {
    if (file.Has(prefix + "weight_zero_point")) {
      zeros_ = file.Get<uint32_t>(prefix + "weight_zero_point", "I32");
    }
    if (file.Has(prefix + "weight_g_idx")) {
      g_idx_ = file.Get<int32_t>(prefix + "weight_g_idx", "I32");
    }
  }

  float At(int64_t row, int64_t column) const {
    const int factor = 32 / bits_;
    const int half = 1 << (bits_ - 1);
    const int64_t group =
        g_idx_.empty() ? column / (shape_[1] / groups_) : g_idx_[column];
    const int code =
        Field(packed_[row * words_ + column / factor], column % factor) - half;
    const int zero =
        zeros_.empty()
            ? 0
            : Field(zeros_[row / factor * groups_ + group], row % factor) -
                  half;
    return static_cast<float>(code - zero) *
           FloatFromFloat16(scales_[row * groups_ + group]);
  }

 private:
  int Field(uint32_t word, int64_t place) const {
    return word / (uint64_t{1} << (bits_ * place)) % (1 << bits_);
  }

  int bits_;
  std::vector<uint32_t> packed_;
  std::vector<uint16_t> scales_;
  std::vector<int64_t> shape_;
  int64_t words_, groups_;
  std::vector<uint32_t> zeros_;
  std::vector<int32_t> g_idx_;
};

Artifact<QuantizedModel> Model(const std::string& scheme, int config = kLlama) {
  Artifact<QuantizedModel> model;
  model.message = RandomQuantizedModel(ExportConfigs()[config].config, scheme);
  return model;
}

File Written(const Artifact<QuantizedModel>& model) {
  StringSink sink;
  EXPECT_THAT(WriteCompressedTensors(model, sink), IsOk());
  return File(sink.contents);
}

// As its documentation shows: [1, 2] becomes [129, 130], then 33409.
TEST(CompressedTensorsTest, WordsArePackedFromTheLowestBits) {
  EXPECT_THAT(PackWords({129, 130}, 8), ElementsAre(33409));
  EXPECT_THAT(PackWords({1, 2, 3, 4, 5, 6, 7, 8, 15}, 4),
              ElementsAre(0x87654321, 15));
}

class PackedTest : public ::testing::TestWithParam<std::string> {};

TEST_P(PackedTest, EveryWeightIsTheArtifactsToTheBit) {
  const Artifact<QuantizedModel> model = Model(GetParam());
  const File file = Written(model);
  size_t tensors = 0;
  for (const QuantizedLinear& linear : model.message.linears()) {
    const std::string name = TheirName(linear.name());
    const std::string prefix = name.substr(0, name.size() - 6);
    const PackedLinear packed(file, prefix, model.message.scheme().bits());
    const std::vector<float> expected =
        Dequantize(linear, model.message.scheme()).value();
    for (uint64_t r = 0; r < linear.out_features(); ++r) {
      for (uint64_t c = 0; c < linear.in_features(); ++c) {
        ASSERT_EQ(packed.At(r, c), expected[r * linear.in_features() + c])
            << name << " " << r << " " << c;
      }
    }
    tensors += 3 + !model.message.scheme().symmetric() +
               (model.message.scheme().activation_order() &&
                model.message.scheme().granularity() == PER_GROUP);
  }
  EXPECT_EQ(file.size(), tensors + model.message.others_size());
}

INSTANTIATE_TEST_SUITE_P(
    Schemes, PackedTest,
    ::testing::Values(
        "int8_per_channel", "int8_per_tensor",
        std::string(kGroups) + "symmetric: true",
        std::string(kGroups) + "symmetric: true levels: LEVELS_SIGNED_SCALE",
        kGroups,
        absl::StrReplaceAll(std::string(kGroups) + "symmetric: true "
                                                   "activation_order: true",
                            {{"RTN", "GPTQ"}}),
        absl::StrReplaceAll(std::string(kGroups) + "activation_order: true",
                            {{"RTN", "GPTQ"}}),
        absl::StrReplaceAll(std::string(kGroups) + "symmetric: true",
                            {{"bits: 4", "bits: 8"}})));

TEST(CompressedTensorsTest, OtherTensorsAreThoseOfTheArtifact) {
  const Artifact<QuantizedModel> model = Model("int8_per_channel");
  const File file = Written(model);
  for (const Tensor& tensor : model.message.others()) {
    const std::string name = TheirName(tensor.name());
    std::vector<float> values;
    if (tensor.dtype() == FLOAT16) {
      for (const uint16_t half : file.Get<uint16_t>(name, "F16")) {
        values.push_back(FloatFromFloat16(half));
      }
    } else {
      values = file.Get<float>(name, "F32");
    }
    EXPECT_EQ(values, ReadFloats(tensor).value()) << name;
  }
}

TEST(CompressedTensorsTest, Int8ActivationsGetPlainInt8Weights) {
  const Artifact<QuantizedModel> model = Model("int8_weight_activation");
  const File file = Written(model);
  const QuantizedLinear& linear = model.message.linears(0);
  const std::string name = TheirName(linear.name());
  const std::vector<int8_t> codes = file.Get<int8_t>(name, "I8");
  const std::vector<uint16_t> scales =
      file.Get<uint16_t>(name + "_scale", "F16");
  EXPECT_THAT(file.Shape(name + "_scale"),
              ElementsAre(linear.out_features(), 1));
  const std::vector<float> expected =
      Dequantize(linear, model.message.scheme()).value();
  ASSERT_EQ(codes.size(), expected.size());
  for (size_t i = 0; i < codes.size(); ++i) {
    ASSERT_EQ(codes[i] * FloatFromFloat16(scales[i / linear.in_features()]),
              expected[i]);
  }
  ASSERT_OK_AND_ASSIGN(const Json config,
                       CompressedTensorsConfig(model.message));
  EXPECT_EQ(config["format"], "int-quantized");
  const Json inputs = config["config_groups"]["group_0"]["input_activations"];
  EXPECT_EQ(inputs["num_bits"], 8);
  EXPECT_EQ(inputs["strategy"], "token");
  EXPECT_EQ(inputs["dynamic"], true);
}

TEST(CompressedTensorsTest, TheConfigNamesTheGrid) {
  ASSERT_OK_AND_ASSIGN(const Json config,
                       CompressedTensorsConfig(Model(kGroups).message));
  EXPECT_EQ(config["quant_method"], "compressed-tensors");
  EXPECT_EQ(config["format"], "pack-quantized");
  EXPECT_EQ(config["ignore"], Json{"lm_head"});
  const Json& group = config["config_groups"]["group_0"];
  EXPECT_EQ(group["targets"], Json{"Linear"});
  EXPECT_EQ(group["weights"]["num_bits"], 4);
  EXPECT_EQ(group["weights"]["symmetric"], false);
  EXPECT_EQ(group["weights"]["strategy"], "group");
  EXPECT_EQ(group["weights"]["group_size"], 32);
  EXPECT_TRUE(group["weights"]["actorder"].is_null());
  EXPECT_TRUE(group["input_activations"].is_null());
}

TEST(CompressedTensorsTest, WhatTheFormatLacksIsRefusedByName) {
  const auto refuses = [](const std::string& scheme, int config,
                          const std::string& why) {
    StringSink sink;
    EXPECT_THAT(WriteCompressedTensors(Model(scheme, config), sink),
                FailsSaying(why));
    EXPECT_EQ(sink.contents, "");
  };
  refuses("fp16", kLlama, "its weights are floats");
  refuses(absl::StrReplaceAll(std::string(kGroups) + "symmetric: true",
                              {{"bits: 4", "bits: 3"}}),
          kLlama, "bits=3: vLLM reads 4 and 8");
  refuses(std::string(kGroups) + "symmetric: true levels: LEVELS_IQ4_NL",
          kLlama, "levels=LEVELS_IQ4_NL");
  refuses(std::string(kGroups) + "levels: LEVELS_MINIMUM", kLlama,
          "levels=LEVELS_MINIMUM");
  refuses("int8_per_channel", 1, "Conv1D");
  refuses(kGroups, 4, "not a multiple of group_size=32");
}

}  // namespace
}  // namespace quant_curve
