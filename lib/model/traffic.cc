#include "lib/model/traffic.h"

#include <algorithm>

#include "lib/model/config.h"
#include "lib/quantization/storage.h"

namespace quant_curve {
namespace {

constexpr double kFloatBytes = 4;
constexpr double kHalfBytes = 2;
constexpr double kScaleBytes = 2;  // float16

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
                            uint64_t layer, double positions) {
  const double d = config.d_model();
  const double ff = config.d_ff();
  const double q = QueryWidth(config);
  const double k = KeyWidth(config);
  const bool gated = HasGate(config);
  const double pre_norms = config.no_pre_norms() ? 0 : 2 * (d + d);
  const double post_norms = config.post_norms() ? 2 * (d + d) : 0;
  const double multiplied = config.residual_multiplier() != 0 ? 2 * (d + d) : 0;
  const double norms = pre_norms + post_norms + multiplied;
  const double linear_outputs = q + 2 * k + d + (gated ? 2 : 1) * ff + d;
  const double mlp = gated ? (ff + ff) + (2 * ff + ff) : ff + ff;
  const double rotation =
      RotationOf(config, layer) != Rotation::kNone ? 2 * (q + k) : 0;
  const double head_norms = config.qk_norm() ? 2 * (q + k) : 0;
  const double residuals = 2 * (2 * d + d);
  const double passes = config.attention_softcap() != 0 ? 6 : 4;
  const double attention = q + passes * config.num_heads() * positions + q;
  return ActivationBytes(scheme) * (norms + linear_outputs + mlp + rotation +
                                    head_norms + residuals + attention) +
         (gated ? 5 : 4) * LinearInputBytes(scheme, d) +
         LinearInputBytes(scheme, q) + LinearInputBytes(scheme, ff);
}

// One row of the token embedding or the LM head, as it is stored.
double EmbeddingRowBytes(const ModelConfig& config, const Scheme& scheme) {
  const double d = config.d_model();
  switch (StoredDType(scheme, TensorRole::kEmbedding)) {
    case INT8:
      return d + kScaleBytes;
    case FLOAT16:
      return d * kHalfBytes;
    default:
      return d * kFloatBytes;
  }
}

// Layers that turn queries and keys.
double NumRotated(const ModelConfig& config) {
  double count = 0;
  for (uint64_t layer = 0; layer < config.num_layers(); ++layer) {
    count += RotationOf(config, layer) != Rotation::kNone;
  }
  return count;
}

double PositionBytes(const ModelConfig& config, const Scheme& scheme) {
  const double d = config.d_model();
  switch (config.positions()) {
    case ROTARY:
      return NumRotated(config) * HeadDim(config) * kFloatBytes;
    case LEARNED:
      return StoredDType(scheme, TensorRole::kPositions) == FLOAT16
                 ? d * kHalfBytes
                 : d * kFloatBytes;
    default:
      return d * kFloatBytes;
  }
}

// The Linears' of all blocks.
double NumLinearWeights(const ModelConfig& config) {
  const double d = config.d_model();
  const double attention =
      2 * d * QueryWidth(config) + 2 * d * KeyWidth(config);
  const double mlp = (HasGate(config) ? 3 : 2) * d * config.d_ff();
  return config.num_layers() * (attention + mlp);
}

// Positions that the step at `position` attends to in a layer.
double VisiblePositions(const ModelConfig& config, uint64_t layer,
                        int64_t position) {
  const int64_t window = WindowOf(config, layer);
  const int64_t all = position + 1;
  return static_cast<double>(window == 0 ? all : std::min(all, window));
}

// The same of all layers together.
double VisiblePositions(const ModelConfig& config, int64_t position) {
  double positions = 0;
  for (uint64_t layer = 0; layer < config.num_layers(); ++layer) {
    positions += VisiblePositions(config, layer, position);
  }
  return positions;
}

// `positions` of all layers together.
double StepFlops(const ModelConfig& config, double positions) {
  const double d = config.d_model();
  const double scores_and_mix = 2 * (2 * positions * QueryWidth(config));
  return 2 * (NumLinearWeights(config) + config.vocab_size() * d) +
         scores_and_mix;
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
  const double positions = VisiblePositions(config, position);

  StepTraffic traffic;
  traffic.weights = static_cast<double>(bytes.weights());
  traffic.scales = static_cast<double>(bytes.scales());
  traffic.biases = static_cast<double>(bytes.biases());
  traffic.layer_norm = static_cast<double>(bytes.layer_norm());
  traffic.embedding =
      (config.vocab_size() + 1) * EmbeddingRowBytes(config, scheme) +
      PositionBytes(config, scheme);
  const double first_and_last = d + (d + d) + d;
  traffic.activations = value * first_and_last;
  for (uint64_t layer = 0; layer < config.num_layers(); ++layer) {
    traffic.activations += BlockActivationBytes(
        config, scheme, layer, VisiblePositions(config, layer, position));
  }
  traffic.kv_cache = value * 2 * (positions + layers) * KeyWidth(config);
  const double passes = 1 + (config.logits_divisor() != 0 ? 2 : 0) +
                        (config.logits_softcap() != 0 ? 2 : 0);
  traffic.logits = value * passes * config.vocab_size();
  traffic.flops = StepFlops(config, positions);
  return traffic;
}

StepTraffic MeanTraffic(const ModelConfig& config, const Scheme& scheme,
                        const ByteAccount& bytes, int64_t first,
                        int64_t count) {
  StepTraffic mean = TrafficOfStep(config, scheme, bytes, first);
  if (config.sliding_window() > 0) {
    for (int64_t i = 1; i < count; ++i) {
      const StepTraffic step = TrafficOfStep(config, scheme, bytes, first + i);
      mean.activations += step.activations;
      mean.kv_cache += step.kv_cache;
      mean.flops += step.flops;
    }
    mean.activations /= count;
    mean.kv_cache /= count;
    mean.flops /= count;
    return mean;
  }
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
    flops += StepFlops(config, VisiblePositions(config, position));
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
