#include "lib/model/forward.h"

#include <algorithm>

#include "lib/model/config.h"
#include "lib/model/layers.h"
#include "lib/numerics/gemm.h"
#include "lib/numerics/nonlinear.h"

namespace quant_curve {
namespace {

// One head of one sequence: where its queries and keys start.
struct Head {
  int64_t query;  // in q and attention, rows of QueryWidth
  int64_t key;    // in k and v, rows of KeyWidth
};

// Of the batch's heads, sequence after sequence.
Head HeadAt(const ModelConfig& config, int64_t index, int64_t length) {
  const int64_t heads = config.num_heads();
  const int64_t head_dim = static_cast<int64_t>(HeadDim(config));
  const int64_t shared_by = heads / static_cast<int64_t>(NumKvHeads(config));
  const int64_t first_row = index / heads * length;
  const int64_t head = index % heads;
  return {
      first_row * static_cast<int64_t>(QueryWidth(config)) + head * head_dim,
      first_row * static_cast<int64_t>(KeyWidth(config)) +
          head / shared_by * head_dim};
}

void NormalizeRows(const Model& model, const NormWeights& weights,
                   const std::vector<float>& x, NormActivations& out) {
  const int64_t rows = static_cast<int64_t>(x.size()) / model.config.d_model();
  out.mean.resize(rows);
  out.rstd.resize(rows);
  Normalize(model, weights, x, rows, out.output, out.mean.data(),
            out.rstd.data());
}

void TurnRows(const Model& model, int64_t length, int64_t heads,
              std::vector<float>& x) {
  const int64_t width = heads * static_cast<int64_t>(HeadDim(model.config));
  const int64_t rows = static_cast<int64_t>(x.size()) / width;
  for (int64_t row = 0; row < rows; ++row) {
    TurnToPosition(model, row % length, heads, &x[row * width]);
  }
}

// Causal softmax of one head's raw scores, [length, length], in place.
void CausalSoftmax(const Model& model, int64_t length, float* scores) {
  const float scale = ScoreScale(model);
  for (int64_t i = 0; i < length; ++i) {
    float* row = scores + i * length;
    for (int64_t j = 0; j <= i; ++j) row[j] *= scale;
    RoundActivations(model, row, i + 1);
    Softmax(row, i + 1);
    std::fill(row + i + 1, row + length, 0.0f);
  }
}

void Attend(const Model& model, int64_t sequences, int64_t length,
            BlockActivations& block, std::vector<float>& keys) {
  const ModelConfig& config = model.config;
  const int64_t head_dim = static_cast<int64_t>(HeadDim(config));
  const int64_t q_width = static_cast<int64_t>(QueryWidth(config));
  const int64_t k_width = static_cast<int64_t>(KeyWidth(config));
  const int64_t heads = sequences * config.num_heads();
  block.probabilities.resize(heads * length * length);
  block.attention.resize(block.q.size());
  keys.resize(head_dim * length);
  for (int64_t i = 0; i < heads; ++i) {
    const Head head = HeadAt(config, i, length);
    float* scores = &block.probabilities[i * length * length];
    Transpose(&block.k[head.key], length, head_dim, k_width, keys.data());
    Gemm(length, length, head_dim, {&block.q[head.query], q_width, 1},
         keys.data(), length, scores, length, /*accumulate=*/false);
    CausalSoftmax(model, length, scores);
  }
  RoundActivations(model, block.probabilities);
  for (int64_t i = 0; i < heads; ++i) {
    const Head head = HeadAt(config, i, length);
    Gemm(length, head_dim, length,
         {&block.probabilities[i * length * length], length, 1},
         &block.v[head.key], k_width, &block.attention[head.query], q_width,
         /*accumulate=*/false);
  }
  RoundActivations(model, block.attention);
}

}  // namespace

std::array<const std::vector<float>*, kInputsPerBlock> LinearInputs(
    const BlockActivations& block) {
  return {&block.ln_1.output, &block.attention, &block.ln_2.output,
          &block.gelu};
}

void Embed(const Model& model, absl::Span<const uint32_t> tokens,
           int64_t sequences, Activations& activations) {
  const int64_t rows = static_cast<int64_t>(tokens.size());
  const int64_t d = model.config.d_model();
  activations.sequences = sequences;
  activations.length = rows / sequences;
  activations.output.resize(rows * d);
  for (int64_t row = 0; row < rows; ++row) {
    EmbedToken(model, tokens[row], row % activations.length,
               &activations.output[row * d]);
  }
}

void RunBlock(const Model& model, const Block& block, Activations& activations,
              BlockActivations& a) {
  const int64_t length = activations.length;
  const int64_t rows = activations.sequences * length;
  std::vector<float>& output = activations.output;
  a.input.swap(output);
  NormalizeRows(model, block.ln_1, a.input, a.ln_1);
  Project(model, block.q, a.ln_1.output, rows, a.q);
  Project(model, block.k, a.ln_1.output, rows, a.k);
  Project(model, block.v, a.ln_1.output, rows, a.v);
  TurnRows(model, length, model.config.num_heads(), a.q);
  TurnRows(model, length, NumKvHeads(model.config), a.k);
  Attend(model, activations.sequences, length, a, activations.scratch);
  Project(model, block.o, a.attention, rows, a.after_attention);
  AddResidual(model, a.input, a.after_attention);
  NormalizeRows(model, block.ln_2, a.after_attention, a.ln_2);
  if (model.config.mlp() == SWIGLU) {
    Project(model, block.gate, a.ln_2.output, rows, a.gate);
  }
  Project(model, block.fc1, a.ln_2.output, rows, a.fc1);
  ActivateMlp(model, a.gate, a.fc1, a.gelu);
  Project(model, block.fc2, a.gelu, rows, output);
  AddResidual(model, a.after_attention, output);
}

void NormalizeOutput(const Model& model, Activations& activations) {
  NormalizeRows(model, model.ln_f, activations.output, activations.ln_f);
}

void ComputeLogits(const Model& model, const Activations& activations,
                   int64_t first, int64_t rows, std::vector<float>& logits) {
  const int64_t d = model.config.d_model();
  logits.resize(rows * model.config.vocab_size());
  model.Head().Multiply(&activations.ln_f.output[first * d], rows,
                        logits.data());
  RoundActivations(model, logits);
}

void Forward(const Model& model, absl::Span<const uint32_t> tokens,
             int64_t sequences, Activations& activations) {
  activations.blocks.resize(model.blocks.size());
  Embed(model, tokens, sequences, activations);
  for (size_t i = 0; i < model.blocks.size(); ++i) {
    RunBlock(model, model.blocks[i], activations, activations.blocks[i]);
  }
  NormalizeOutput(model, activations);
  ComputeLogits(model, activations, 0, static_cast<int64_t>(tokens.size()),
                activations.logits);
}

}  // namespace quant_curve
