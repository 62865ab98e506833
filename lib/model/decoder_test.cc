#include "lib/model/decoder.h"

#include <vector>

#include "gtest/gtest.h"
#include "lib/model/config.h"
#include "lib/model/forward.h"
#include "lib/model/reference_model.h"

namespace quant_curve {
namespace {

using Tokens = std::vector<uint32_t>;

Tokens SomeTokens() { return {3, 1, 4, 1, 5, 9, 2, 6, 10}; }

Model TinyModel(const ModelConfig& config) {
  Model model = MakeModel(config);
  const std::vector<double> p = TinyParameters(config, 5);
  SetParameters(std::vector<float>(p.begin(), p.end()), model);
  return model;
}

// All Linears with codes in [-7, 7] and int8 inputs.
Model Int8Model(const ModelConfig& config) {
  Model model = TinyModel(config);
  for (const LinearInputSpec& input : LinearInputSpecs(config)) {
    for (const std::string& name : input.linears) {
      Linear& linear = *FindLinear(name, model);
      const int64_t out = linear.out_features(), in = linear.in_features();
      std::vector<int16_t> codes(out * in);
      for (size_t i = 0; i < codes.size(); ++i) codes[i] = (i * 37) % 15 - 7;
      const std::vector<float> scales(out, 0.0625f);
      linear.weight =
          PackedMatrix::Coded({codes.data(), scales.data(), in}, out, in, true);
      linear.int8_inputs = true;
    }
  }
  return model;
}

// Token by token against the batched pass, bit for bit.
void ExpectTheBatchsLogits(const Model& model,
                           const Tokens& tokens = SomeTokens()) {
  Activations activations;
  Forward(model, tokens, 1, activations);
  ThreadPool threads(2);
  Decoder decoder(model, threads);
  for (int repeat = 0; repeat < 2; ++repeat) {
    for (size_t t = 0; t < tokens.size(); ++t) {
      const absl::Span<const float> logits = decoder.Step(tokens[t]);
      for (size_t i = 0; i < logits.size(); ++i) {
        ASSERT_EQ(logits[i], activations.logits[t * logits.size() + i])
            << "position " << t;
      }
    }
    EXPECT_EQ(decoder.position(), tokens.size());
    decoder.Reset();
  }
}

class DecoderTest : public ::testing::TestWithParam<NamedConfig> {};

TEST_P(DecoderTest, GivesTheBatchsLogitsInFloat32) {
  ExpectTheBatchsLogits(TinyModel(GetParam().config));
}

TEST_P(DecoderTest, GivesTheBatchsLogitsInFloat16) {
  Model model = TinyModel(GetParam().config);
  model.activation_format = ACTIVATION_FLOAT16;
  ExpectTheBatchsLogits(model);
}

TEST_P(DecoderTest, GivesTheBatchsLogitsWithInt8Inputs) {
  ExpectTheBatchsLogits(Int8Model(GetParam().config));
}

// Keys in three blocks of positions, the last one part-filled, so that caches
// grow twice; wide enough for the threads to share out the heads.
TEST_P(DecoderTest, GivesTheBatchsLogitsInALongContext) {
  ModelConfig config = GetParam().config;
  config.set_context_length(150);
  config.set_head_dim(config.positions() == ROTARY ? 66 : 0);
  if (config.positions() != ROTARY) config.set_d_model(264);
  Tokens tokens(150);
  for (size_t i = 0; i < tokens.size(); ++i) tokens[i] = i * i % 11;
  ExpectTheBatchsLogits(TinyModel(config), tokens);
}

// With caches for the whole context a decoder of this model would take 16 GiB.
TEST(DecoderMemoryTest, GrowsWithTheDecodedLength) {
  ModelConfig config = TinyConfig();
  config.set_positions(ROTARY);
  config.set_rope_theta(10000);
  config.set_d_model(8);
  config.set_num_heads(256);
  config.set_head_dim(8);
  config.set_context_length(1 << 20);
  Tokens tokens(70);
  for (size_t i = 0; i < tokens.size(); ++i) tokens[i] = i * i % 11;
  ExpectTheBatchsLogits(TinyModel(config), tokens);
}

INSTANTIATE_TEST_SUITE_P(Families, DecoderTest,
                         ::testing::ValuesIn(TinyConfigs()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace quant_curve
