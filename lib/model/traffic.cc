#include "lib/model/traffic.h"

namespace quant_curve {
namespace {

constexpr double kFloatBytes = 4;

double ActivationBytes(const Scheme& scheme) {
  return scheme.activation_format() == ACTIVATION_FLOAT16 ? 2 : kFloatBytes;
}

// What a Linear reads of its input of `in` values.
double LinearInputBytes(const Scheme& scheme, double in) {
  const bool codes = scheme.activation_format() == ACTIVATION_INT8 &&
                     scheme.weight_format() == WEIGHT_INTEGER;
  return codes ? in + kFloatBytes : in * ActivationBytes(scheme);
}

// Of one block, without the KV cache.
double BlockActivationBytes(const ModelConfig& config, const Scheme& scheme,
                            double positions) {
  const double d = config.d_model();
  const double ff = config.d_ff();
  const double norms = 2 * (d + d);
  const double linear_outputs = 4 * d + ff + d;
  const double gelu = ff + ff;
  const double residuals = 2 * (2 * d + d);
  const double attention = d + 4 * config.num_heads() * positions + d;
  return ActivationBytes(scheme) *
             (norms + linear_outputs + gelu + residuals + attention) +
         5 * LinearInputBytes(scheme, d) + LinearInputBytes(scheme, ff);
}

// q, k, v, o, fc1 and fc2 of all blocks.
double NumLinearWeights(const ModelConfig& config) {
  const double d = config.d_model();
  return config.num_layers() * (4 * d * d + 2 * d * config.d_ff());
}

double StepFlops(const ModelConfig& config, double positions) {
  const double d = config.d_model();
  const double scores_and_mix = 2 * (2 * positions * d);
  return 2 * (NumLinearWeights(config) + config.vocab_size() * d) +
         config.num_layers() * scores_and_mix;
}

}  // namespace

double StepTraffic::TotalBytes() const {
  return weights + scales + biases + layer_norm + embedding + activations +
         kv_cache + logits;
}

StepTraffic TrafficOfStep(const ModelConfig& config, const Scheme& scheme,
                          const ByteAccount& bytes, int64_t position) {
  const double value = ActivationBytes(scheme);
  const double d = config.d_model();
  const double layers = config.num_layers();
  const double positions = static_cast<double>(position) + 1;
  const double embedding = static_cast<double>(bytes.embedding());

  StepTraffic traffic;
  traffic.weights = static_cast<double>(bytes.weights());
  traffic.scales = static_cast<double>(bytes.scales());
  traffic.biases = static_cast<double>(bytes.biases());
  traffic.layer_norm = static_cast<double>(bytes.layer_norm());
  traffic.embedding =
      embedding + embedding / config.vocab_size() + kFloatBytes * d;
  const double first_and_last = d + (d + d) + d;
  traffic.activations =
      value * first_and_last +
      layers * BlockActivationBytes(config, scheme, positions);
  traffic.kv_cache = value * layers * 2 * (positions * d + d);
  traffic.logits = value * config.vocab_size();
  traffic.flops = StepFlops(config, positions);
  return traffic;
}

StepTraffic MeanTraffic(const ModelConfig& config, const Scheme& scheme,
                        const ByteAccount& bytes, int64_t first,
                        int64_t count) {
  StepTraffic mean = TrafficOfStep(config, scheme, bytes, first);
  const StepTraffic last =
      TrafficOfStep(config, scheme, bytes, first + count - 1);
  // Everything is constant or linear in the position.
  mean.activations = (mean.activations + last.activations) / 2;
  mean.kv_cache = (mean.kv_cache + last.kv_cache) / 2;
  mean.flops = (mean.flops + last.flops) / 2;
  return mean;
}

double SequenceFlops(const ModelConfig& config, int64_t length) {
  double flops = 0;
  for (int64_t position = 0; position < length; ++position) {
    flops += StepFlops(config, static_cast<double>(position) + 1);
  }
  return flops;
}

OpTraffic TrafficOfOp(int64_t in, int64_t out, const OpFormat& format,
                      int64_t activations, int64_t biases) {
  const double weights = static_cast<double>(in) * static_cast<double>(out);
  OpTraffic traffic;
  traffic.weight_bytes = format.weight_bytes * weights;
  traffic.activation_bytes =
      format.activation_bytes * static_cast<double>(activations);
  traffic.bias_bytes = kFloatBytes * static_cast<double>(biases);
  traffic.flops = 2 * weights;
  return traffic;
}

}  // namespace quant_curve
