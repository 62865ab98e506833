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

// A branch's input: x normalized, or x.
void PrepareBranch(const Model& model, const NormWeights& weights,
                   const std::vector<float>& x, NormActivations& out) {
  if (model.config.no_pre_norms()) {
    out.output = x;
  } else {
    NormalizeRows(model, weights, x, out);
  }
}

// Normalizes (by `norm`) and turns queries or keys.
void PlaceRows(const Model& model, Rotation rotation, int64_t length,
               int64_t heads, const std::vector<float>& norm,
               std::vector<float>& x) {
  const int64_t width = heads * static_cast<int64_t>(HeadDim(model.config));
  const int64_t rows = static_cast<int64_t>(x.size()) / width;
  NormalizeHeads(model, norm, rows * heads, x.data());
  for (int64_t row = 0; row < rows; ++row) {
    TurnToPosition(model, rotation, row % length, heads, &x[row * width]);
  }
}

// Positions that attention takes together: a block of queries only meets the
// blocks of keys that at least one of its queries sees.
constexpr int64_t kBlockPositions = 64;

// One head of one sequence, its rows next to each other.
struct HeadRows {
  int64_t length, head_dim;
  // Blocks of kBlockPositions: block b is [head_dim, positions of b].
  float* keys;
  float* values;  // [length, head_dim]
};

// `k` and `v` are [length, head_dim] with rows `stride` apart.
void CopyHead(const float* k, const float* v, int64_t stride,
              const HeadRows& head) {
  for (int64_t first = 0; first < head.length; first += kBlockPositions) {
    Transpose(k + first * stride,
              std::min(kBlockPositions, head.length - first), head.head_dim,
              stride, head.keys + first * head.head_dim);
  }
  for (int64_t i = 0; i < head.length; ++i) {
    std::copy_n(v + i * stride, head.head_dim, head.values + i * head.head_dim);
  }
}

// Causal softmax of a row's raw scores, in place; zeros from `start` to the
// first position that is visible.
void SoftmaxRow(const Model& model, int64_t window, int64_t start,
                int64_t position, float* row) {
  const int64_t first = FirstVisible(window, position);
  std::fill(row + start, row + first, 0.0f);
  ScoresToProbabilities(model, position + 1 - first, row + first);
}

// Queries [first, end) of one head, a block: their probabilities, rows `length`
// apart, and their outputs, rows `stride` apart like the queries.
//
// Scores above the diagonal, or before the sliding window, are only computed
// where a block of keys also has visible ones. An output sums over the keys of
// these blocks before `end`: the others have probability zero, and a product
// with zero changes no sum.
void AttendBlock(const Model& model, int64_t window, const HeadRows& head,
                 int64_t first, int64_t end, const float* q, int64_t stride,
                 float* probabilities, float* attention) {
  const int64_t length = head.length, head_dim = head.head_dim;
  const int64_t rows = end - first;
  // Brings the rows into the cache one after another; the products' stores,
  // which go to many rows at a time, would wait for memory.
  std::fill_n(probabilities, rows * length, 0.0f);
  const int64_t start =
      FirstVisible(window, first) / kBlockPositions * kBlockPositions;
  for (int64_t key = start; key < end; key += kBlockPositions) {
    const int64_t width = std::min(kBlockPositions, length - key);
    Gemm(rows, width, head_dim, {q, stride, 1}, head.keys + key * head_dim,
         width, probabilities + key, length, /*accumulate=*/false);
  }
  for (int64_t i = first; i < end; ++i) {
    float* row = probabilities + (i - first) * length;
    SoftmaxRow(model, window, start, i, row);
    std::fill(row + i + 1, row + end, 0.0f);
  }
  Gemm(rows, head_dim, end - start, {probabilities + start, length, 1},
       head.values + start * head_dim, head_dim, attention, stride,
       /*accumulate=*/false);
}

void Attend(const Model& model, int64_t window, Activations& activations,
            BlockActivations& block) {
  const ModelConfig& config = model.config;
  const int64_t length = activations.length;
  const int64_t head_dim = static_cast<int64_t>(HeadDim(config));
  const int64_t q_width = static_cast<int64_t>(QueryWidth(config));
  const int64_t k_width = static_cast<int64_t>(KeyWidth(config));
  const int64_t heads = activations.sequences * config.num_heads();
  const bool keep = activations.keep_probabilities;
  block.probabilities.resize(keep ? heads * length * length : 0);
  block.attention.resize(block.q.size());
  // Keys and values of one head, and the probabilities of one block of queries.
  std::vector<float>& scratch = activations.scratch;
  scratch.resize((2 * head_dim + kBlockPositions) * length);
  const HeadRows rows = {length, head_dim, scratch.data(),
                         scratch.data() + length * head_dim};
  float* const one_block = scratch.data() + 2 * length * head_dim;
  for (int64_t i = 0; i < heads; ++i) {
    const Head head = HeadAt(config, i, length);
    CopyHead(&block.k[head.key], &block.v[head.key], k_width, rows);
    for (int64_t first = 0; first < length; first += kBlockPositions) {
      const int64_t query = head.query + first * q_width;
      AttendBlock(model, window, rows, first,
                  std::min(first + kBlockPositions, length), &block.q[query],
                  q_width,
                  keep ? &block.probabilities[(i * length + first) * length]
                       : one_block,
                  &block.attention[query]);
    }
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
  PrepareBranch(model, block.ln_1, a.input, a.ln_1);
  Project(model, block.q, a.ln_1.output, rows, a.q);
  Project(model, block.k, a.ln_1.output, rows, a.k);
  Project(model, block.v, a.ln_1.output, rows, a.v);
  PlaceRows(model, block.rotation, length, model.config.num_heads(),
            block.q_norm, a.q);
  PlaceRows(model, block.rotation, length, NumKvHeads(model.config),
            block.k_norm, a.k);
  Attend(model, block.window, activations, a);
  Project(model, block.o, a.attention, rows, a.after_attention);
  FinishBranch(model, block.attention_post_norm, rows, a.after_attention);
  AddResidual(model, a.input, a.after_attention);
  PrepareBranch(model, block.ln_2, a.after_attention, a.ln_2);
  if (HasGate(model.config)) {
    Project(model, block.gate, a.ln_2.output, rows, a.gate);
  }
  Project(model, block.fc1, a.ln_2.output, rows, a.fc1);
  ActivateMlp(model, a.gate, a.fc1, a.gelu);
  Project(model, block.fc2, a.gelu, rows, output);
  FinishBranch(model, block.mlp_post_norm, rows, output);
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
  FinishLogits(model, static_cast<int64_t>(logits.size()), logits.data());
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
