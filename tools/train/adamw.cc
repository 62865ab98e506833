#include "tools/train/adamw.h"

#include <cmath>
#include <utility>

#include "lib/numerics/scalar_math.h"

namespace quant_curve {
namespace {

constexpr double kPi = 3.14159265358979323846;

}  // namespace

double LearningRate(const TrainingConfig& config, uint32_t step) {
  const double peak = config.learning_rate();
  if (step < config.warmup_steps()) {
    return peak * (step + 1) / config.warmup_steps();
  }
  const double span = config.steps() > config.warmup_steps()
                          ? config.steps() - config.warmup_steps()
                          : 1;
  const double progress = (step - config.warmup_steps()) / span;
  const double floor = config.final_learning_rate_fraction();
  const double cosine = 0.5 * (1 + Cos(kPi * progress));
  return peak * (floor + (1 - floor) * cosine);
}

double ClipGradients(absl::Span<float> gradients, double limit) {
  double squares = 0;
  for (const float g : gradients) squares += static_cast<double>(g) * g;
  const double norm = std::sqrt(squares);
  if (norm > limit) {
    const float scale = static_cast<float>(limit / norm);
    for (float& g : gradients) g *= scale;
  }
  return norm;
}

AdamW::AdamW(const TrainingConfig& config, std::vector<bool> decayed)
    : config_(config),
      decayed_(std::move(decayed)),
      mean_(decayed_.size()),
      variance_(decayed_.size()) {}

void AdamW::Step(uint32_t step, absl::Span<const float> gradients,
                 absl::Span<float> parameters) {
  const double rate = LearningRate(config_, step);
  const float beta1 = config_.beta1();
  const float beta2 = config_.beta2();
  beta1_power_ *= beta1;
  beta2_power_ *= beta2;
  const float step_size = static_cast<float>(rate / (1 - beta1_power_));
  const float variance_scale = static_cast<float>(1 / (1 - beta2_power_));
  const float epsilon = config_.adam_epsilon();
  const float keep = static_cast<float>(1 - rate * config_.weight_decay());
  for (size_t i = 0; i < parameters.size(); ++i) {
    const float g = gradients[i];
    mean_[i] = beta1 * mean_[i] + (1 - beta1) * g;
    variance_[i] = beta2 * variance_[i] + (1 - beta2) * g * g;
    const float denominator =
        std::sqrt(variance_[i] * variance_scale) + epsilon;
    if (decayed_[i]) parameters[i] *= keep;
    parameters[i] -= step_size * mean_[i] / denominator;
  }
}

}  // namespace quant_curve
