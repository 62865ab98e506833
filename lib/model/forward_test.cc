#include "lib/model/forward.h"

#include <algorithm>
#include <cmath>

#include "gtest/gtest.h"
#include "hwy/targets.h"
#include "lib/artifact/float16.h"
#include "lib/model/config.h"
#include "lib/model/reference_model.h"

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
