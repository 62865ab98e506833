#include "lib/model/forward.h"

#include <algorithm>
#include <cmath>

#include "lib/numerics/gemm.h"
#include "lib/numerics/nonlinear.h"

namespace quant_curve {
namespace {

// What the steps below share.
struct Pass {
  const Model& model;
  int64_t sequences;
  int64_t length;
  int64_t rows;
  int64_t d_model;
  int64_t heads;
  int64_t head_dim;
  std::vector<float>& scratch;

  // The end of every operation.
  void Round(std::vector<float>& values) const {
    if (model.activation_format != ACTIVATION_FLOAT16) return;
    RoundAllToFloat16(values.data(), static_cast<int64_t>(values.size()));
  }
};

void Embed(const Pass& pass, absl::Span<const uint32_t> tokens,
           std::vector<float>& out) {
  const int64_t d = pass.d_model;
  const float multiplier = pass.model.config.embedding_multiplier();
  out.resize(pass.rows * d);
  for (int64_t row = 0; row < pass.rows; ++row) {
    float* x = &out[row * d];
    const float* position = &pass.model.positions[row % pass.length * d];
    pass.model.embedding.ReadRow(tokens[row], x);
    for (int64_t i = 0; i < d; ++i) {
      x[i] = std::fma(x[i], multiplier, position[i]);
    }
  }
  pass.Round(out);
}

void Normalize(const Pass& pass, const std::vector<float>& x,
               const LayerNormWeights& weights, NormActivations& out) {
  out.output.resize(x.size());
  out.mean.resize(pass.rows);
  out.rstd.resize(pass.rows);
  LayerNorm(x.data(), pass.rows, pass.d_model, weights.scale.data(),
            weights.shift.data(), pass.model.config.layer_norm_epsilon(),
            out.output.data(), out.mean.data(), out.rstd.data());
  pass.Round(out.output);
}

void Apply(const Pass& pass, const Linear& linear, const std::vector<float>& x,
           std::vector<float>& y) {
  y.resize(pass.rows * linear.out_features());
  ApplyLinear(linear, x.data(), pass.rows, y.data());
  pass.Round(y);
}

void Add(const Pass& pass, const std::vector<float>& x,
         const std::vector<float>& y, std::vector<float>& sum) {
  sum.resize(x.size());
  for (size_t i = 0; i < x.size(); ++i) sum[i] = x[i] + y[i];
  pass.Round(sum);
}

// Causal softmax of one head's raw scores, [length, length], in place.
void CausalSoftmax(const Pass& pass, float* scores) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(pass.head_dim));
  const bool round = pass.model.activation_format == ACTIVATION_FLOAT16;
  for (int64_t i = 0; i < pass.length; ++i) {
    float* row = scores + i * pass.length;
    for (int64_t j = 0; j <= i; ++j) row[j] *= scale;
    if (round) RoundAllToFloat16(row, i + 1);
    Softmax(row, i + 1);
    std::fill(row + i + 1, row + pass.length, 0.0f);
  }
}

void Attend(const Pass& pass, BlockActivations& block) {
  const int64_t length = pass.length;
  const int64_t d = pass.d_model;
  const int64_t head_dim = pass.head_dim;
  block.probabilities.resize(pass.sequences * pass.heads * length * length);
  block.attention.resize(pass.rows * d);
  pass.scratch.resize(head_dim * length);
  for (int64_t i = 0; i < pass.sequences * pass.heads; ++i) {
    const int64_t offset =
        i / pass.heads * length * d + i % pass.heads * head_dim;
    float* scores = &block.probabilities[i * length * length];
    Transpose(&block.k[offset], length, head_dim, d, pass.scratch.data());
    Gemm(length, length, head_dim, {&block.q[offset], d, 1},
         pass.scratch.data(), length, scores, length, /*accumulate=*/false);
    CausalSoftmax(pass, scores);
  }
  pass.Round(block.probabilities);
  for (int64_t i = 0; i < pass.sequences * pass.heads; ++i) {
    const int64_t offset =
        i / pass.heads * length * d + i % pass.heads * head_dim;
    Gemm(length, head_dim, length,
         {&block.probabilities[i * length * length], length, 1},
         &block.v[offset], d, &block.attention[offset], d,
         /*accumulate=*/false);
  }
  pass.Round(block.attention);
}

// Fills `a`, whose input is set, and the block's output.
void RunBlock(const Pass& pass, const Block& block, BlockActivations& a,
              std::vector<float>& output) {
  Normalize(pass, a.input, block.ln_1, a.ln_1);
  Apply(pass, block.q, a.ln_1.output, a.q);
  Apply(pass, block.k, a.ln_1.output, a.k);
  Apply(pass, block.v, a.ln_1.output, a.v);
  Attend(pass, a);
  Apply(pass, block.o, a.attention, output);
  Add(pass, a.input, output, a.after_attention);
  Normalize(pass, a.after_attention, block.ln_2, a.ln_2);
  Apply(pass, block.fc1, a.ln_2.output, a.fc1);
  a.gelu.resize(a.fc1.size());
  Gelu(a.fc1.data(), a.fc1.size(), a.gelu.data());
  pass.Round(a.gelu);
  Apply(pass, block.fc2, a.gelu, output);
  Add(pass, a.after_attention, output, output);
}

}  // namespace

void Forward(const Model& model, absl::Span<const uint32_t> tokens,
             int64_t sequences, Activations& activations) {
  const int64_t rows = static_cast<int64_t>(tokens.size());
  const int64_t d = model.config.d_model();
  const int64_t heads = model.config.num_heads();
  const Pass pass = {model, sequences, rows / sequences, rows,
                     d,     heads,     d / heads,        activations.scratch};
  activations.sequences = sequences;
  activations.length = pass.length;
  activations.blocks.resize(model.blocks.size());
  for (size_t i = 0; i < model.blocks.size(); ++i) {
    BlockActivations& block = activations.blocks[i];
    if (i == 0) {
      Embed(pass, tokens, block.input);
    } else {
      block.input.swap(activations.output);
    }
    RunBlock(pass, model.blocks[i], block, activations.output);
  }
  Normalize(pass, activations.output, model.ln_f, activations.ln_f);
  activations.logits.resize(rows * model.config.vocab_size());
  model.embedding.Multiply(activations.ln_f.output.data(), rows,
                           activations.logits.data());
  pass.Round(activations.logits);
}

}  // namespace quant_curve
