#include "tools/train/adamw.h"

#include <cmath>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

TrainingConfig Config() {
  TrainingConfig config;
  config.set_steps(110);
  config.set_warmup_steps(10);
  config.set_learning_rate(0.5f);
  config.set_final_learning_rate_fraction(0.25f);
  config.set_beta1(0.75f);
  config.set_beta2(0.875f);
  // As large as the gradients, so that it shows.
  config.set_adam_epsilon(0.0625f);
  config.set_weight_decay(0.125f);
  return config;
}

TEST(LearningRateTest, WarmsUpThenFallsAlongACosine) {
  const TrainingConfig config = Config();
  EXPECT_DOUBLE_EQ(LearningRate(config, 0), 0.05);
  EXPECT_DOUBLE_EQ(LearningRate(config, 9), 0.5);
  EXPECT_DOUBLE_EQ(LearningRate(config, 10), 0.5);
  EXPECT_NEAR(LearningRate(config, 60), 0.5 * (0.25 + 0.75 * 0.5), 1e-15);
  EXPECT_NEAR(LearningRate(config, 110), 0.125, 1e-15);
}

TEST(ClipGradientsTest, ScalesToTheLimitOnlyWhenAbove) {
  std::vector<float> g = {3, 4};
  EXPECT_EQ(ClipGradients(absl::MakeSpan(g), 10), 5);
  EXPECT_EQ(g, std::vector<float>({3, 4}));
  EXPECT_EQ(ClipGradients(absl::MakeSpan(g), 2.5), 5);
  EXPECT_EQ(g, std::vector<float>({1.5, 2}));
}

// Algorithm 2 of the paper in double, with nothing shared.
TEST(AdamWTest, FollowsThePaperForSeveralSteps) {
  const TrainingConfig config = Config();
  std::vector<float> parameters = {1.0f, -2.0f};
  const std::vector<float> gradients = {0.5f, -0.25f};
  AdamW optimizer(config, {true, false});
  double theta[] = {1, -2}, m[] = {0, 0}, v[] = {0, 0};
  for (int t = 1; t <= 5; ++t) {
    optimizer.Step(t - 1, gradients, absl::MakeSpan(parameters));
    const double rate = 0.5 * t / 10;
    for (int i = 0; i < 2; ++i) {
      m[i] = 0.75 * m[i] + 0.25 * gradients[i];
      v[i] = 0.875 * v[i] + 0.125 * gradients[i] * gradients[i];
      const double m_hat = m[i] / (1 - std::pow(0.75, t));
      const double v_hat = v[i] / (1 - std::pow(0.875, t));
      const double decay = i == 0 ? 0.125 * theta[i] : 0;
      theta[i] -= rate * (m_hat / (std::sqrt(v_hat) + 0.0625) + decay);
      EXPECT_NEAR(parameters[i], theta[i], 1e-5) << "step " << t;
    }
  }
}

}  // namespace
}  // namespace quant_curve
