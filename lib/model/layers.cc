#include "lib/model/layers.h"

#include <algorithm>
#include <cmath>

#include "lib/model/config.h"
#include "lib/numerics/nonlinear.h"

namespace quant_curve {

void RoundActivations(const Model& model, float* x, int64_t n) {
  if (model.activation_format == ACTIVATION_FLOAT16) RoundAllToFloat16(x, n);
}

void RoundActivations(const Model& model, std::vector<float>& x) {
  RoundActivations(model, x.data(), static_cast<int64_t>(x.size()));
}

void EmbedToken(const Model& model, uint32_t token, int64_t position,
                float* x) {
  const int64_t d = model.config.d_model();
  const float multiplier = model.config.embedding_multiplier();
  model.embedding.ReadRow(token, x);
  if (model.config.positions() == ROTARY) {
    for (int64_t i = 0; i < d; ++i) x[i] *= multiplier;
  } else {
    const float* added = &model.positions[position * d];
    for (int64_t i = 0; i < d; ++i) {
      x[i] = std::fma(x[i], multiplier, added[i]);
    }
  }
  RoundActivations(model, x, d);
}

void Normalize(const Model& model, const NormWeights& weights,
               const std::vector<float>& x, int64_t rows, std::vector<float>& y,
               float* mean, float* rstd) {
  const int64_t d = model.config.d_model();
  const float epsilon = model.config.layer_norm_epsilon();
  y.resize(x.size());
  if (model.config.normalization() == RMS_NORM) {
    RmsNorm(x.data(), rows, d, weights.scale.data(), epsilon, y.data());
  } else {
    LayerNorm(x.data(), rows, d, weights.scale.data(), weights.shift.data(),
              epsilon, y.data(), mean, rstd);
  }
  RoundActivations(model, y);
}

void Project(const Model& model, const Linear& linear,
             const std::vector<float>& x, int64_t rows, std::vector<float>& y,
             ThreadPool* threads) {
  y.resize(rows * linear.out_features());
  ApplyLinear(linear, x.data(), rows, y.data(), threads);
  RoundActivations(model, y);
}

void NormalizeHeads(const Model& model, const std::vector<float>& scale,
                    int64_t heads, float* x) {
  if (!model.config.qk_norm()) return;
  const int64_t values = heads * static_cast<int64_t>(HeadDim(model.config));
  const int64_t width = static_cast<int64_t>(scale.size());
  RmsNorm(x, values / width, width, scale.data(),
          model.config.layer_norm_epsilon(), x);
  RoundActivations(model, x, values);
}

int64_t FirstVisible(int64_t window, int64_t position) {
  return window == 0 ? 0 : std::max<int64_t>(0, position - window + 1);
}

void TurnToPosition(const Model& model, Rotation rotation, int64_t position,
                    int64_t heads, float* x) {
  if (rotation == Rotation::kNone) return;
  const RotaryTable& table =
      rotation == Rotation::kLocal ? model.local_rotary : model.rotary;
  const int64_t head_dim = static_cast<int64_t>(HeadDim(model.config));
  const int64_t row = position * (head_dim / 2);
  Rotate(&table.cosines[row], &table.sines[row], heads, head_dim, x);
  RoundActivations(model, x, heads * head_dim);
}

void ScoresToProbabilities(const Model& model, int64_t count, float* scores) {
  const float scale = AttentionScale(model.config);
  for (int64_t j = 0; j < count; ++j) scores[j] *= scale;
  ScaledToProbabilities(model, count, scores);
}

void ScaledToProbabilities(const Model& model, int64_t count, float* scores) {
  RoundActivations(model, scores, count);
  if (model.config.attention_softcap() != 0) {
    Softcap(model.config.attention_softcap(), scores, count);
    RoundActivations(model, scores, count);
  }
  Softmax(scores, count);
  RoundActivations(model, scores, count);
}

void ActivateMlp(const Model& model, const std::vector<float>& gate,
                 const std::vector<float>& fc1, std::vector<float>& hidden) {
  const int64_t n = static_cast<int64_t>(fc1.size());
  hidden.resize(n);
  if (model.config.mlp() == GELU) {
    Gelu(fc1.data(), n, hidden.data());
  } else {
    if (model.config.mlp() == SWIGLU) {
      Silu(gate.data(), n, hidden.data());
    } else {
      Gelu(gate.data(), n, hidden.data());
    }
    RoundActivations(model, hidden);
    for (int64_t i = 0; i < n; ++i) hidden[i] *= fc1[i];
  }
  RoundActivations(model, hidden);
}

void FinishBranch(const Model& model, const NormWeights& post_norm,
                  int64_t rows, std::vector<float>& branch) {
  // An RMSNorm: it has no mean and may work in place.
  if (model.config.post_norms()) {
    Normalize(model, post_norm, branch, rows, branch, nullptr, nullptr);
  }
  const float multiplier = model.config.residual_multiplier();
  if (multiplier == 0) return;
  for (float& value : branch) value *= multiplier;
  RoundActivations(model, branch);
}

void FinishLogits(const Model& model, int64_t n, float* logits) {
  if (model.config.logits_divisor() != 0) {
    const float divisor = model.config.logits_divisor();
    for (int64_t i = 0; i < n; ++i) logits[i] /= divisor;
  }
  if (model.config.logits_softcap() != 0) {
    RoundActivations(model, logits, n);
    Softcap(model.config.logits_softcap(), logits, n);
  }
  RoundActivations(model, logits, n);
}

void AddResidual(const Model& model, const std::vector<float>& x,
                 std::vector<float>& sum) {
  for (size_t i = 0; i < x.size(); ++i) sum[i] += x[i];
  RoundActivations(model, sum);
}

}  // namespace quant_curve
