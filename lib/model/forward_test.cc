#include "lib/model/forward.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "gtest/gtest.h"
#include "hwy/targets.h"
#include "lib/artifact/float16.h"
#include "lib/model/config.h"
#include "lib/model/layers.h"
#include "lib/model/reference_model.h"
#include "lib/numerics/gemm.h"
#include "lib/numerics/nonlinear.h"

namespace quant_curve {
namespace {

using Ids = std::vector<uint32_t>;

// Of every family.
class ForwardTest : public ::testing::TestWithParam<NamedConfig> {
 protected:
  void SetUp() override {
    config_ = GetParam().config;
    parameters_ = TinyParameters(config_, 5);
    model_ = MakeModel(config_);
    SetParameters(std::vector<float>(parameters_.begin(), parameters_.end()),
                  model_);
  }

  std::vector<float> Logits(const Ids& tokens, int64_t sequences = 1) {
    Activations activations;
    Forward(model_, tokens, sequences, activations);
    return activations.logits;
  }

  ModelConfig config_;
  std::vector<double> parameters_;
  Model model_;
  const Ids tokens_ = {3, 1, 4, 1, 5, 9, 2, 6, 10};
};

TEST_P(ForwardTest, LogitsMatchThePlainReference) {
  const std::vector<float> logits = Logits(tokens_);
  const std::vector<double> expected =
      ReferenceLogits(config_, parameters_, tokens_);
  ASSERT_EQ(logits.size(), expected.size());
  for (size_t i = 0; i < logits.size(); ++i) {
    EXPECT_NEAR(logits[i], expected[i], 2e-5 * (1 + std::abs(expected[i])));
  }
}

TEST_P(ForwardTest, WhatFollowsAPositionChangesNoBitOfIt) {
  const std::vector<float> all = Logits(tokens_);
  for (size_t length = 1; length < tokens_.size(); ++length) {
    const std::vector<float> some =
        Logits(Ids(tokens_.begin(), tokens_.begin() + length));
    EXPECT_EQ(some, std::vector<float>(all.begin(), all.begin() + some.size()));
  }
}

TEST_P(ForwardTest, SequencesOfABatchDoNotTouchEachOther) {
  Ids batch = tokens_;
  const Ids other = {0, 0, 7, 7, 8, 8, 0, 1, 2};
  batch.insert(batch.end(), other.begin(), other.end());
  const std::vector<float> both = Logits(batch, 2);
  std::vector<float> apart = Logits(tokens_);
  const std::vector<float> second = Logits(other);
  apart.insert(apart.end(), second.begin(), second.end());
  EXPECT_EQ(both, apart);
}

TEST_P(ForwardTest, Float16ActivationsAreFloat16AndNearFloat32) {
  const std::vector<float> exact = Logits(tokens_);
  model_.activation_format = ACTIVATION_FLOAT16;
  Activations activations;
  Forward(model_, tokens_, 1, activations);
  for (size_t i = 0; i < exact.size(); ++i) {
    EXPECT_EQ(activations.logits[i], RoundToFloat16(activations.logits[i]));
    EXPECT_NEAR(activations.logits[i], exact[i], 0.05);
  }
  EXPECT_NE(activations.logits, exact);
  for (const float v : activations.blocks[1].gelu) {
    ASSERT_EQ(v, RoundToFloat16(v));
  }
}

// The steps with one block's buffers and some rows' logits, as who saves memory
// takes them.
TEST_P(ForwardTest, StepByStepGivesTheSameBits) {
  Activations whole, steps;
  Forward(model_, tokens_, 1, whole);
  Embed(model_, tokens_, 1, steps);
  BlockActivations block;
  for (size_t i = 0; i < model_.blocks.size(); ++i) {
    RunBlock(model_, model_.blocks[i], steps, block);
    EXPECT_EQ(block.gelu, whole.blocks[i].gelu);
    EXPECT_EQ(block.attention, whole.blocks[i].attention);
  }
  NormalizeOutput(model_, steps);
  const int64_t rows = static_cast<int64_t>(tokens_.size());
  std::vector<float> logits;
  for (int64_t first = 0; first < rows; first += 3) {
    ComputeLogits(model_, steps, first, std::min<int64_t>(3, rows - first),
                  steps.logits);
    logits.insert(logits.end(), steps.logits.begin(), steps.logits.end());
  }
  EXPECT_EQ(logits, whole.logits);
}

// Attention of one head with all products, also those of keys that are not
// visible, in the order of gemm.h.
struct PlainHead {
  std::vector<float> probabilities, output;
};

PlainHead AttendPlainly(const Model& model, int64_t window, int64_t length,
                        const float* q, const float* k, const float* v) {
  const int64_t head_dim = static_cast<int64_t>(HeadDim(model.config));
  const int64_t q_width = static_cast<int64_t>(QueryWidth(model.config));
  const int64_t k_width = static_cast<int64_t>(KeyWidth(model.config));
  PlainHead head = {std::vector<float>(length * length),
                    std::vector<float>(length * head_dim)};
  std::vector<float> keys(head_dim * length);
  Transpose(k, length, head_dim, k_width, keys.data());
  Gemm(length, length, head_dim, {q, q_width, 1}, keys.data(), length,
       head.probabilities.data(), length, /*accumulate=*/false);
  for (int64_t i = 0; i < length; ++i) {
    float* row = &head.probabilities[i * length];
    const int64_t first =
        window == 0 ? 0 : std::max<int64_t>(0, i + 1 - window);
    for (int64_t j = first; j <= i; ++j) row[j] *= AttentionScale(model.config);
    RoundActivations(model, row + first, i + 1 - first);
    if (model.config.attention_softcap() > 0) {
      Softcap(model.config.attention_softcap(), row + first, i + 1 - first);
      RoundActivations(model, row + first, i + 1 - first);
    }
    Softmax(row + first, i + 1 - first);
    std::fill(row, row + first, 0.0f);
    std::fill(row + i + 1, row + length, 0.0f);
  }
  RoundActivations(model, head.probabilities);
  Gemm(length, head_dim, length, {head.probabilities.data(), length, 1}, v,
       k_width, head.output.data(), head_dim, /*accumulate=*/false);
  RoundActivations(model, head.output);
  return head;
}

std::vector<uint32_t> Bits(const float* x, int64_t n) {
  std::vector<uint32_t> bits(n);
  std::memcpy(bits.data(), x, n * sizeof(float));
  return bits;
}

std::vector<uint32_t> Bits(const std::vector<float>& x) {
  return Bits(x.data(), static_cast<int64_t>(x.size()));
}

// Compares every head of a block with AttendPlainly.
void ExpectThePlainBits(const Model& model, const Activations& activations,
                        int64_t layer) {
  const BlockActivations& block = activations.blocks[layer];
  const int64_t window = static_cast<int64_t>(WindowOf(model.config, layer));
  const int64_t length = activations.length;
  const int64_t heads = model.config.num_heads();
  const int64_t head_dim = static_cast<int64_t>(HeadDim(model.config));
  const int64_t q_width = static_cast<int64_t>(QueryWidth(model.config));
  const int64_t k_width = static_cast<int64_t>(KeyWidth(model.config));
  const int64_t shared_by = heads * head_dim / k_width;
  ASSERT_EQ(block.probabilities.size(),
            activations.sequences * heads * length * length);
  for (int64_t i = 0; i < activations.sequences * heads; ++i) {
    const int64_t row = i / heads * length, h = i % heads;
    const int64_t key = row * k_width + h / shared_by * head_dim;
    const float* q = &block.q[row * q_width + h * head_dim];
    const PlainHead plain =
        AttendPlainly(model, window, length, q, &block.k[key], &block.v[key]);
    EXPECT_EQ(Bits(&block.probabilities[i * length * length], length * length),
              Bits(plain.probabilities));
    std::vector<float> output;
    for (int64_t t = 0; t < length; ++t) {
      const float* from = &block.attention[(row + t) * q_width + h * head_dim];
      output.insert(output.end(), from, from + head_dim);
    }
    EXPECT_EQ(Bits(output), Bits(plain.output));
  }
}

// Around the edges of attention's blocks of 64 positions; buffers that hold
// what a longer sequence left.
TEST_P(ForwardTest, LeavingOutWhatCausalityForbidsChangesNoBit) {
  config_.set_context_length(150);
  const std::vector<double> parameters = TinyParameters(config_, 7);
  Model model = MakeModel(config_);
  SetParameters(std::vector<float>(parameters.begin(), parameters.end()),
                model);
  for (const ActivationFormat format :
       {ACTIVATION_FLOAT32, ACTIVATION_FLOAT16}) {
    model.activation_format = format;
    Activations activations, without;
    activations.keep_probabilities = true;
    for (const int64_t length : {150, 129, 128, 65, 64, 63, 1}) {
      SCOPED_TRACE(length);
      constexpr int64_t kSequences = 2;
      Ids tokens(kSequences * length);
      for (size_t i = 0; i < tokens.size(); ++i) tokens[i] = i * i % 11;
      Forward(model, tokens, kSequences, activations);
      for (uint32_t layer = 0; layer < config_.num_layers(); ++layer) {
        ExpectThePlainBits(model, activations, layer);
      }
      Forward(model, tokens, kSequences, without);
      EXPECT_EQ(Bits(without.logits), Bits(activations.logits));
    }
  }
}

TEST_P(ForwardTest, ProbabilitiesAreKeptOnlyOnRequest) {
  Activations activations;
  activations.keep_probabilities = true;
  Forward(model_, tokens_, 1, activations);
  EXPECT_EQ(activations.blocks[0].probabilities.size(),
            config_.num_heads() * tokens_.size() * tokens_.size());
  activations.keep_probabilities = false;
  Forward(model_, tokens_, 1, activations);
  EXPECT_TRUE(activations.blocks[0].probabilities.empty());
}

TEST_P(ForwardTest, TheInstructionSetChangesNoBit) {
  std::vector<std::vector<float>> logits;
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    logits.push_back(Logits(tokens_));
  }
  hwy::SetSupportedTargetsForTest(0);
  for (const std::vector<float>& other : logits) EXPECT_EQ(other, logits[0]);
}

TEST_P(ForwardTest, ActivationsHaveTheWidthsOfTheLinearsInputs) {
  Activations activations;
  Forward(model_, tokens_, 1, activations);
  const std::vector<LinearInputSpec> specs = LinearInputSpecs(config_);
  size_t next = 0;
  for (const BlockActivations& block : activations.blocks) {
    for (const auto* input : {&block.ln_1.output, &block.attention,
                              &block.ln_2.output, &block.gelu}) {
      const LinearInputSpec& spec = specs[next++];
      EXPECT_EQ(input->size(), tokens_.size() * spec.in_features);
      for (const std::string& name : spec.linears) {
        EXPECT_EQ(FindLinear(name, model_)->in_features(), spec.in_features);
      }
    }
  }
  EXPECT_EQ(next, specs.size());
}

INSTANTIATE_TEST_SUITE_P(Families, ForwardTest,
                         ::testing::ValuesIn(TinyConfigs()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace quant_curve
