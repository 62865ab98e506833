#include "tools/train/backward.h"

#include <cmath>

#include "lib/numerics/gemm.h"
#include "lib/numerics/nonlinear.h"

namespace quant_curve {
namespace {

// d_logits = weight * (softmax(logits) - onehot(target)); returns the loss.
double CrossEntropyBackward(const Activations& a,
                            absl::Span<const uint32_t> targets, int64_t vocab,
                            float weight, std::vector<float>& d_logits) {
  d_logits = a.logits;
  double loss = 0;
  for (size_t row = 0; row < targets.size(); ++row) {
    float* logits = &d_logits[row * vocab];
    loss += LogSumExp(logits, vocab) - logits[targets[row]];
    Softmax(logits, vocab);
    logits[targets[row]] -= 1.0f;
    for (int64_t i = 0; i < vocab; ++i) logits[i] *= weight;
  }
  return loss;
}

// For y = x W^T + b: dx (=, or += with add_to_dx) dy W, dW += dy^T x,
// db += column sums of dy.
void LinearBackward(int64_t rows, int64_t out, int64_t in, const float* x,
                    const float* weight, const float* dy, bool add_to_dx,
                    float* dx, float* d_weight, float* d_bias) {
  Gemm(rows, in, out, {dy, out, 1}, weight, in, dx, in, add_to_dx);
  Gemm(out, in, rows, {dy, 1, out}, x, in, d_weight, in, /*accumulate=*/true);
  if (d_bias == nullptr) return;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t j = 0; j < out; ++j) d_bias[j] += dy[row * out + j];
  }
}

// Through one head's softmax: d_scores holds dP and becomes dS, with
// dS = P (dP - sum_j dP_j P_j) * scale, row by row.
void SoftmaxBackward(const float* probabilities, int64_t length, float scale,
                     float* d_scores) {
  for (int64_t i = 0; i < length; ++i) {
    const float* p = probabilities + i * length;
    float* ds = d_scores + i * length;
    float dot = 0;
    for (int64_t j = 0; j <= i; ++j) dot = std::fma(ds[j], p[j], dot);
    for (int64_t j = 0; j < length; ++j) {
      ds[j] = j <= i ? p[j] * (ds[j] - dot) * scale : 0.0f;
    }
  }
}

// From d_attention, [rows, d_model], to d_q, d_k and d_v.
void AttentionBackward(const Model& model, const Activations& a,
                       const BlockActivations& block,
                       const std::vector<float>& d_attention,
                       BackwardScratch& s) {
  const int64_t length = a.length;
  const int64_t d = model.config.d_model();
  const int64_t heads = model.config.num_heads();
  const int64_t head_dim = d / heads;
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  for (std::vector<float>* v : {&s.d_q, &s.d_k, &s.d_v}) {
    v->resize(d_attention.size());
  }
  s.d_scores.resize(length * length);
  s.v_transposed.resize(head_dim * length);
  float* ds = s.d_scores.data();
  for (int64_t i = 0; i < a.sequences * heads; ++i) {
    const int64_t offset = i / heads * length * d + i % heads * head_dim;
    const float* p = &block.probabilities[i * length * length];
    const float* d_out = &d_attention[offset];
    // O = P V: dV = P^T dO, dP = dO V^T.
    Gemm(length, head_dim, length, {p, 1, length}, d_out, d, &s.d_v[offset], d,
         /*accumulate=*/false);
    Transpose(&block.v[offset], length, head_dim, d, s.v_transposed.data());
    Gemm(length, length, head_dim, {d_out, d, 1}, s.v_transposed.data(), length,
         ds, length, /*accumulate=*/false);
    SoftmaxBackward(p, length, scale, ds);
    // S = Q K^T: dQ = dS K, dK = dS^T Q.
    Gemm(length, head_dim, length, {ds, length, 1}, &block.k[offset], d,
         &s.d_q[offset], d, /*accumulate=*/false);
    Gemm(length, head_dim, length, {ds, 1, length}, &block.q[offset], d,
         &s.d_k[offset], d, /*accumulate=*/false);
  }
}

// sum += the LayerNorm's gradient with respect to its input.
void AddNormBackward(const std::vector<float>& x, const NormActivations& norm,
                     const NormWeights& weights, int64_t d,
                     const std::vector<float>& dy, std::vector<float>& dx,
                     float* d_scale, float* d_shift, std::vector<float>& sum) {
  dx.resize(dy.size());
  LayerNormBackward(x.data(), dy.data(), static_cast<int64_t>(dy.size()) / d, d,
                    weights.scale.data(), norm.mean.data(), norm.rstd.data(),
                    dx.data(), d_scale, d_shift);
  for (size_t i = 0; i < dx.size(); ++i) sum[i] += dx[i];
}

// d_stream holds the gradient at the block's output and becomes that at its
// input.
void BlockBackward(const Model& model, const Block& weights,
                   const BlockParameters& p, const Activations& a,
                   const BlockActivations& block, BackwardScratch& s,
                   BlockParameters& g) {
  const int64_t rows = a.sequences * a.length;
  const int64_t d = model.config.d_model();
  const int64_t ff = model.config.d_ff();
  s.d_gelu.resize(rows * ff);
  s.d_fc1.resize(rows * ff);
  s.d_branch.resize(rows * d);
  LinearBackward(rows, d, ff, block.gelu.data(), p.fc2_weight,
                 s.d_stream.data(), false, s.d_gelu.data(), g.fc2_weight,
                 g.fc2_bias);
  GeluBackward(block.fc1.data(), s.d_gelu.data(), rows * ff, s.d_fc1.data());
  LinearBackward(rows, ff, d, block.ln_2.output.data(), p.fc1_weight,
                 s.d_fc1.data(), false, s.d_branch.data(), g.fc1_weight,
                 g.fc1_bias);
  AddNormBackward(block.after_attention, block.ln_2, weights.ln_2, d,
                  s.d_branch, s.d_input, g.ln_2_weight, g.ln_2_bias,
                  s.d_stream);

  LinearBackward(rows, d, d, block.attention.data(), p.o, s.d_stream.data(),
                 false, s.d_branch.data(), g.o, nullptr);
  AttentionBackward(model, a, block, s.d_branch, s);
  const float* x = block.ln_1.output.data();
  LinearBackward(rows, d, d, x, p.q, s.d_q.data(), false, s.d_branch.data(),
                 g.q, nullptr);
  LinearBackward(rows, d, d, x, p.k, s.d_k.data(), true, s.d_branch.data(), g.k,
                 nullptr);
  LinearBackward(rows, d, d, x, p.v, s.d_v.data(), true, s.d_branch.data(), g.v,
                 nullptr);
  AddNormBackward(block.input, block.ln_1, weights.ln_1, d, s.d_branch,
                  s.d_input, g.ln_1_weight, g.ln_1_bias, s.d_stream);
}

}  // namespace

double Backward(const Model& model, const ParameterViews& parameters,
                absl::Span<const uint32_t> tokens,
                absl::Span<const uint32_t> targets,
                const Activations& activations, float weight,
                BackwardScratch& s, ParameterViews& gradients) {
  const int64_t rows = static_cast<int64_t>(tokens.size());
  const int64_t d = model.config.d_model();
  const int64_t vocab = model.config.vocab_size();
  const double loss =
      CrossEntropyBackward(activations, targets, vocab, weight, s.d_logits);
  // The LM head is the embedding: logits = ln_f E^T.
  s.d_branch.resize(rows * d);
  LinearBackward(rows, vocab, d, activations.ln_f.output.data(),
                 parameters.embedding, s.d_logits.data(), false,
                 s.d_branch.data(), gradients.embedding, nullptr);
  s.d_stream.assign(rows * d, 0.0f);
  AddNormBackward(activations.output, activations.ln_f, model.ln_f, d,
                  s.d_branch, s.d_input, gradients.ln_f_weight,
                  gradients.ln_f_bias, s.d_stream);
  for (int64_t i = model.config.num_layers() - 1; i >= 0; --i) {
    BlockBackward(model, model.blocks[i], parameters.blocks[i], activations,
                  activations.blocks[i], s, gradients.blocks[i]);
  }
  const float multiplier = model.config.embedding_multiplier();
  for (int64_t row = 0; row < rows; ++row) {
    float* into = gradients.embedding + tokens[row] * d;
    const float* from = &s.d_stream[row * d];
    for (int64_t i = 0; i < d; ++i) {
      into[i] = std::fma(from[i], multiplier, into[i]);
    }
  }
  return loss;
}

}  // namespace quant_curve
