// A quantized model goes out as safetensors and is imported again: its weights,
// config, tokenizer and numbers are still the same. The stages never meet in
// code, so that they are tested here, from their files.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/status_matchers.h"
#include "lib/artifact/write_artifact.h"
#include "lib/model/forward.h"
#include "lib/model/model.h"
#include "lib/model/model_reader.h"
#include "lib/text/bpe_codec.h"

namespace quant_curve {
namespace {

using ::testing::ElementsAreArray;
using ::testing::Pointwise;
using Tensors = std::map<std::string, std::vector<float>>;

constexpr char kFolder[] = "pipelines/testing/own_model/";

// binary16 by its definition (IEEE 754-2008, 3.4).
float HalfAt(const std::string& bytes, size_t i) {
  uint16_t bits;
  std::memcpy(&bits, &bytes[2 * i], sizeof(bits));
  const int exponent = bits >> 10 & 0x1f;
  const int fraction = bits & 0x3ff;
  const float size = exponent == 0
                         ? std::ldexp(static_cast<float>(fraction), -24)
                         : std::ldexp(1024.f + fraction, exponent - 25);
  return bits >> 15 ? -size : size;
}

// Bit i of the stream is bit i % 8 of byte i / 8 (docs/quantization.md).
int CodeAt(const std::string& bytes, size_t row_start, uint64_t column,
           const Scheme& scheme) {
  int code = 0;
  for (uint32_t bit = 0; bit < scheme.bits(); ++bit) {
    const uint64_t at = column * scheme.bits() + bit;
    const auto byte = static_cast<unsigned char>(bytes[row_start + at / 8]);
    code |= (byte >> at % 8 & 1) << bit;
  }
  const int half = 1 << (scheme.bits() - 1);
  return scheme.symmetric() && code >= half ? code - 2 * half : code;
}

std::vector<float> FloatsOf(const Tensor& tensor) {
  const std::string& data = tensor.data();
  std::vector<float> values;
  if (tensor.dtype() == FLOAT32) {
    values.resize(data.size() / sizeof(float));
    std::memcpy(values.data(), data.data(), data.size());
  }
  for (size_t i = 0; tensor.dtype() == FLOAT16 && i < data.size() / 2; ++i) {
    values.push_back(HalfAt(data, i));
  }
  return values;
}

std::vector<float> WeightOf(const QuantizedLinear& linear,
                            const Scheme& scheme) {
  if (linear.weight().dtype() != PACKED_CODES) return FloatsOf(linear.weight());
  const uint64_t in = linear.in_features();
  const uint64_t size =
      scheme.granularity() == PER_GROUP ? scheme.group_size() : in;
  const uint64_t groups = (in + size - 1) / size;
  const uint64_t row_bytes = (in * scheme.bits() + 7) / 8;
  std::vector<float> values(linear.out_features() * in);
  for (uint64_t row = 0; row < linear.out_features(); ++row) {
    for (uint64_t column = 0; column < in; ++column) {
      const uint64_t group = row * groups + column / size;
      const int code =
          CodeAt(linear.weight().data(), row * row_bytes, column, scheme);
      const int zero =
          scheme.symmetric()
              ? 0
              : static_cast<uint8_t>(linear.zero_points().data()[group]);
      const uint64_t input =
          linear.permutation().empty() ? column : linear.permutation(column);
      values[row * in + input] =
          (code - zero) * HalfAt(linear.scales().data(), group);
    }
  }
  return values;
}

// What docs/quantization.md says the bytes of the artifact stand for.
Tensors Dequantized(const QuantizedModel& model) {
  Tensors tensors;
  for (const QuantizedLinear& linear : model.linears()) {
    tensors[linear.name()] = WeightOf(linear, model.scheme());
  }
  for (const Tensor& tensor : model.others()) {
    tensors[tensor.name()] = FloatsOf(tensor);
  }
  for (const Tensor& tensor : model.others()) {
    if (tensor.dtype() != INT8) continue;
    const std::vector<float> scales = tensors[tensor.name() + ".scales"];
    for (size_t i = 0; i < tensor.data().size(); ++i) {
      tensors[tensor.name()].push_back(static_cast<int8_t>(tensor.data()[i]) *
                                       scales[i / tensor.shape(1)]);
    }
    tensors.erase(tensor.name() + ".scales");
  }
  return tensors;
}

// What MiniGPT is as a GPT-2: the embedding multiplied only at the input, the
// sinusoids of Vaswani et al. as learned positions, biases of zeros.
void MakeGpt2(ModelConfig& config, Tensors& tensors) {
  tensors["lm_head.weight"] = tensors["wte.weight"];
  for (float& x : tensors["wte.weight"]) x *= config.embedding_multiplier();
  const uint64_t width = config.d_model();
  std::vector<float>& positions = tensors["wpe.weight"];
  for (uint64_t i = 0; i < config.context_length() * width; ++i) {
    const uint64_t column = i % width;
    const double angle =
        static_cast<double>(i / width) /
        std::pow(10000.0, static_cast<double>(column / 2 * 2) / width);
    positions.push_back(column % 2 == 0 ? std::sin(angle) : std::cos(angle));
  }
  for (uint32_t layer = 0; layer < config.num_layers(); ++layer) {
    for (const char* name : {"q_proj", "k_proj", "v_proj", "o_proj"}) {
      tensors[absl::StrCat("h.", layer, ".attn.", name, ".bias")].resize(width);
    }
  }
  config.set_embedding_multiplier(1);
  config.set_positions(LEARNED);
  config.set_qkv_bias(true);
  config.set_attention_output_bias(true);
  config.set_tied_embeddings(false);
}

struct Case {
  const char* model;
  const char* scheme;
};

class RoundTripTest : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(const auto model,
                         ReadArtifact<QuantizedModel>(Path("_model.qca")));
    ASSERT_OK_AND_ASSIGN(const auto checkpoint,
                         ReadArtifact<Checkpoint>(Path("_reimported.qca")));
    ASSERT_OK_AND_ASSIGN(model_, InMemory(model));
    ASSERT_OK_AND_ASSIGN(checkpoint_, InMemory(checkpoint));
  }

  std::string Path(const std::string& suffix) const {
    return absl::StrCat(kFolder, GetParam().model, "_", GetParam().scheme,
                        suffix);
  }
  bool IsMiniGpt() const { return GetParam().model == std::string("minigpt"); }
  // Float weights are multiplied as they stand. A group's scale is taken out of
  // its sum, where the dequantized model has it in each term: the sums round
  // elsewhere, the numbers agree within float32's precision.
  bool SameArithmetic() const {
    return model_.scheme().weight_format() != WEIGHT_INTEGER;
  }

  QuantizedModel model_;
  Checkpoint checkpoint_;
};

// Of models that come back with their tokenizer; the verb corpus' closed
// vocabulary has no tokenizer.json.
class TextRoundTripTest : public RoundTripTest {};

TEST_P(RoundTripTest, EveryTensorIsTheDequantizedOne) {
  Tensors expected = Dequantized(model_);
  ModelConfig config = model_.config();
  if (IsMiniGpt()) MakeGpt2(config, expected);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(
      config, checkpoint_.config()))
      << config.DebugString() << checkpoint_.config().DebugString();
  EXPECT_EQ(checkpoint_.tensors_size(), static_cast<int>(expected.size()));
  for (const Tensor& tensor : checkpoint_.tensors()) {
    ASSERT_EQ(expected.count(tensor.name()), 1u) << tensor.name();
    const std::vector<float>& values = expected[tensor.name()];
    const std::vector<float> got = FloatsOf(tensor);
    if (IsMiniGpt() && tensor.name() == "wpe.weight") {
      // Another sine; the logits below say that ours came back to the bit.
      EXPECT_THAT(got, Pointwise(::testing::FloatNear(1e-6f), values));
      continue;
    }
    ASSERT_EQ(got.size(), values.size()) << tensor.name();
    EXPECT_EQ(std::memcmp(got.data(), values.data(), 4 * got.size()), 0)
        << tensor.name();
  }
}

TEST_P(RoundTripTest, LogitsAreTheSame) {
  ASSERT_OK_AND_ASSIGN(const Model quantized, ModelFromQuantized(model_));
  ASSERT_OK_AND_ASSIGN(const Model reimported,
                       ModelFromCheckpoint(checkpoint_));
  std::vector<uint32_t> tokens;
  for (uint32_t i = 0; i < 30; ++i) {
    tokens.push_back(i * i * 7 % model_.config().vocab_size());
  }
  Activations ours, theirs;
  Forward(quantized, tokens, 1, ours);
  Forward(reimported, tokens, 1, theirs);
  if (SameArithmetic()) {
    EXPECT_THAT(theirs.logits, ElementsAreArray(ours.logits));
  } else {
    EXPECT_THAT(theirs.logits,
                Pointwise(::testing::FloatNear(2e-5f), ours.logits));
  }
}

TEST_P(TextRoundTripTest, MeasuresTheSame) {
  ASSERT_OK_AND_ASSIGN(const auto before,
                       ReadArtifact<Measurement>(Path("_measurement.qca")));
  ASSERT_OK_AND_ASSIGN(
      const auto after,
      ReadArtifact<Measurement>(Path("_reimported_measurement.qca")));
  const auto& ours = before.message;
  const auto& theirs = after.message;
  EXPECT_THAT(theirs.window_tokens(), ElementsAreArray(ours.window_tokens()));
  if (SameArithmetic()) {
    EXPECT_EQ(theirs.perplexity().SerializeAsString(),
              ours.perplexity().SerializeAsString());
    EXPECT_THAT(theirs.window_nll_nats(),
                ElementsAreArray(ours.window_nll_nats()));
    EXPECT_THAT(theirs.candidate_log_probability_nats(),
                ElementsAreArray(ours.candidate_log_probability_nats()));
    return;
  }
  EXPECT_NEAR(theirs.perplexity().mean_nll_nats(),
              ours.perplexity().mean_nll_nats(), 1e-6);
  EXPECT_THAT(theirs.window_nll_nats(),
              Pointwise(::testing::DoubleNear(1e-4), ours.window_nll_nats()));
}

TEST_P(TextRoundTripTest, TokenizerEncodesAlike) {
  ASSERT_OK_AND_ASSIGN(
      const auto before,
      ReadArtifact<BpeTokenizer>(absl::StrCat(
          kFolder, GetParam().model, "_curve_checkpoint_tokenizer.qca")));
  ASSERT_OK_AND_ASSIGN(
      const auto after,
      ReadArtifact<BpeTokenizer>(Path("_reimported_tokenizer.qca")));
  ASSERT_OK_AND_ASSIGN(const BpeCodec ours, BpeCodec::Create(before.message));
  ASSERT_OK_AND_ASSIGN(const BpeCodec theirs, BpeCodec::Create(after.message));
  std::stringstream text;
  text << std::ifstream(absl::StrCat(kFolder, "evaluation.txt")).rdbuf();
  ASSERT_GT(text.str().size(), 1000u);
  for (const std::string& sample :
       {text.str(), std::string(), std::string("  the  theth\n\tthethe"),
        std::string("caf\u00e9 \u2581the \u65e5\u672c<|endoftext|>the"),
        std::string("the<s> the</s>the <unk>"),
        std::string("</s>the </s>the</s></s> the<s></s>")}) {
    ASSERT_OK_AND_ASSIGN(const auto ids, ours.Encode(sample));
    EXPECT_THAT(theirs.Encode(sample).value(), ElementsAreArray(ids)) << sample;
  }
  // Scores come back as merges.
  if (before.message.kind() != SENTENCEPIECE_SCORES) {
    EXPECT_EQ(after.message.SerializeAsString(),
              before.message.SerializeAsString());
  }
  EXPECT_EQ(after.message.bos_id(), before.message.bos_id());
  EXPECT_EQ(after.message.eos_id(), before.message.eos_id());
}

std::vector<Case> Cases(const std::vector<const char*>& models) {
  std::vector<Case> cases;
  for (const char* model : models) {
    for (const char* scheme : {"float16", "int4_gptq", "int3_order"}) {
      cases.push_back({model, scheme});
    }
  }
  return cases;
}

std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  return absl::StrCat(info.param.model, "_", info.param.scheme);
}

std::vector<const char*> WithText() {
  return {"gemma", "gemma2",  "gemma3", "gpt2",    "granite",
          "llama", "llama2c", "llama3", "mistral", "olmo2",
          "qwen2", "qwen3",   "smollm3"};
}

std::vector<const char*> AllModels() {
  std::vector<const char*> models = WithText();
  models.push_back("minigpt");
  return models;
}

INSTANTIATE_TEST_SUITE_P(Models, RoundTripTest,
                         ::testing::ValuesIn(Cases(AllModels())), NameOf);
INSTANTIATE_TEST_SUITE_P(Models, TextRoundTripTest,
                         ::testing::ValuesIn(Cases(WithText())), NameOf);

}  // namespace
}  // namespace quant_curve
