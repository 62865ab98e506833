#include "lib/model/forward.h"

#include <cmath>

#include "gtest/gtest.h"
#include "lib/artifact/float16.h"
#include "lib/model/config.h"
#include "lib/model/reference_model.h"

namespace quant_curve {
namespace {

using Ids = std::vector<uint32_t>;

class ForwardTest : public ::testing::Test {
 protected:
  void SetUp() override {
    config_ = TinyConfig();
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

TEST_F(ForwardTest, LogitsMatchThePlainReference) {
  const std::vector<float> logits = Logits(tokens_);
  const std::vector<double> expected =
      ReferenceLogits(config_, parameters_, tokens_);
  ASSERT_EQ(logits.size(), expected.size());
  for (size_t i = 0; i < logits.size(); ++i) {
    EXPECT_NEAR(logits[i], expected[i], 2e-5 * (1 + std::abs(expected[i])));
  }
}

TEST_F(ForwardTest, WhatFollowsAPositionChangesNoBitOfIt) {
  const std::vector<float> all = Logits(tokens_);
  for (size_t length = 1; length < tokens_.size(); ++length) {
    const std::vector<float> some =
        Logits(Ids(tokens_.begin(), tokens_.begin() + length));
    EXPECT_EQ(some, std::vector<float>(all.begin(), all.begin() + some.size()));
  }
}

TEST_F(ForwardTest, SequencesOfABatchDoNotTouchEachOther) {
  Ids batch = tokens_;
  const Ids other = {0, 0, 7, 7, 8, 8, 0, 1, 2};
  batch.insert(batch.end(), other.begin(), other.end());
  const std::vector<float> both = Logits(batch, 2);
  std::vector<float> apart = Logits(tokens_);
  const std::vector<float> second = Logits(other);
  apart.insert(apart.end(), second.begin(), second.end());
  EXPECT_EQ(both, apart);
}

TEST_F(ForwardTest, Float16ActivationsAreFloat16AndNearFloat32) {
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

TEST(SinusoidalPositionsTest, MatchTheDefinition) {
  const std::vector<float> positions = SinusoidalPositions(7, 6);
  for (int p = 0; p < 7; ++p) {
    for (int i = 0; i < 3; ++i) {
      const double angle = p / std::pow(10000.0, 2.0 * i / 6);
      EXPECT_NEAR(positions[p * 6 + 2 * i], std::sin(angle), 1e-7);
      EXPECT_NEAR(positions[p * 6 + 2 * i + 1], std::cos(angle), 1e-7);
    }
  }
}

}  // namespace
}  // namespace quant_curve
