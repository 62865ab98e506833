#include "lib/model/positions.h"

#include "lib/model/config.h"
#include "lib/numerics/scalar_math.h"

namespace quant_curve {
namespace {

// base^(-column / width), the angle from one position to the next.
double Rate(double log_base, int64_t column, int64_t width) {
  return Exp(-static_cast<double>(column) / static_cast<double>(width) *
             log_base);
}

// transformers' _compute_llama3_parameters. High frequencies (short waves)
// stay, low ones are divided, and between the two bounds the share of the
// unchanged frequency grows linearly with the number of waves in the original
// context.
double Llama3Frequency(const Llama3Rope& rope, double frequency) {
  constexpr double kTwoPi = 6.283185307179586;
  const double waves = rope.original_context() * frequency / kTwoPi;
  const double low = rope.low_frequency_factor();
  const double high = rope.high_frequency_factor();
  if (waves < low) return frequency / rope.factor();
  if (waves > high) return frequency;
  const double share = (waves - low) / (high - low);
  return (1 - share) * frequency / rope.factor() + share * frequency;
}

}  // namespace

std::vector<float> SinusoidalPositions(int64_t context, int64_t d_model) {
  std::vector<float> positions(context * d_model);
  const double log_base = Log(10000.0);
  for (int64_t column = 0; column < d_model; column += 2) {
    const double rate = Rate(log_base, column, d_model);
    for (int64_t row = 0; row < context; ++row) {
      const double angle = static_cast<double>(row) * rate;
      positions[row * d_model + column] = static_cast<float>(Sin(angle));
      positions[row * d_model + column + 1] = static_cast<float>(Cos(angle));
    }
  }
  return positions;
}

std::vector<double> RotaryFrequencies(const ModelConfig& config) {
  const int64_t head_dim = static_cast<int64_t>(HeadDim(config));
  const double log_base = Log(config.rope_theta());
  std::vector<double> frequencies(head_dim / 2);
  for (int64_t i = 0; i < head_dim / 2; ++i) {
    frequencies[i] = Rate(log_base, 2 * i, head_dim);
    if (config.has_linear_rope()) {
      frequencies[i] /= config.linear_rope().factor();
    } else if (config.has_llama3_rope()) {
      frequencies[i] = Llama3Frequency(config.llama3_rope(), frequencies[i]);
    }
  }
  return frequencies;
}

RotaryTable RotaryPositions(const ModelConfig& config) {
  const std::vector<double> frequencies = RotaryFrequencies(config);
  const int64_t half = static_cast<int64_t>(frequencies.size());
  const int64_t context = config.context_length();
  RotaryTable table;
  table.cosines.resize(context * half);
  table.sines.resize(context * half);
  for (int64_t i = 0; i < half; ++i) {
    for (int64_t row = 0; row < context; ++row) {
      const double angle = static_cast<double>(row) * frequencies[i];
      table.cosines[row * half + i] = static_cast<float>(Cos(angle));
      table.sines[row * half + i] = static_cast<float>(Sin(angle));
    }
  }
  return table;
}

}  // namespace quant_curve
