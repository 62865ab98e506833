// The forward pass over a batch of sequences of one length.
#ifndef QUANT_CURVE_LIB_MODEL_FORWARD_H_
#define QUANT_CURVE_LIB_MODEL_FORWARD_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "lib/model/config.h"
#include "lib/model/model.h"

namespace quant_curve {

// A norm's output with what LayerNorm's backward pass needs.
struct NormActivations {
  std::vector<float> output;  // [rows, d_model]; the input with no_pre_norms
  std::vector<float> mean;    // [rows]; of a LayerNorm
  std::vector<float> rstd;    // [rows]; of a LayerNorm
};

// Everything a block computes; rows = sequences * length.
struct BlockActivations {
  std::vector<float> input;  // [rows, d_model]
  NormActivations ln_1;      // input of q, k and v
  std::vector<float> q;      // [rows, QueryWidth], heads side by side
  std::vector<float> k, v;   // [rows, KeyWidth]
  // softmax(q k^T * AttentionScale), [sequences, heads, length, length]; zero
  // above the diagonal and before the sliding window. Empty unless
  // Activations::keep_probabilities.
  std::vector<float> probabilities;
  std::vector<float> attention;        // [rows, QueryWidth]: input of o
  std::vector<float> after_attention;  // [rows, d_model]
  NormActivations ln_2;                // input of fc1 (and of the gate)
  std::vector<float> gate;             // [rows, d_ff], before SiLU or GELU
  std::vector<float> fc1;              // [rows, d_ff], before GELU
  std::vector<float> gelu;  // [rows, d_ff]: input of fc2; silu(gate) * fc1
                            // with SWIGLU, gelu(gate) * fc1 with GEGLU
};

// The inputs of the block's Linears, in the order of LinearInputSpecs.
std::array<const std::vector<float>*, kInputsPerBlock> LinearInputs(
    const BlockActivations& block);

// Buffers that a caller keeps from one call to the next.
struct Activations {
  int64_t sequences = 0;
  int64_t length = 0;  // tokens per sequence
  std::vector<BlockActivations> blocks;
  std::vector<float> output;  // [rows, d_model], after the last block
  NormActivations ln_f;
  std::vector<float> logits;  // [rows, vocab]
  std::vector<float> scratch;
  // Set by a caller that reads BlockActivations::probabilities. They are the
  // largest result: 537 MB for one sequence of 2048 tokens with 32 heads.
  bool keep_probabilities = false;
};

// Logits and all intermediate results of `sequences` sequences, concatenated in
// `tokens`. Every id must be below vocab_size, and the length
// (tokens.size() / sequences) between 1 and context_length. With
// ACTIVATION_FLOAT16 each operation's result is rounded to float16.
//
// A row's numbers depend only on that row and the earlier ones of its sequence,
// bit for bit, not on the batch size or on later rows.
void Forward(const Model& model, absl::Span<const uint32_t> tokens,
             int64_t sequences, Activations& activations);

// The steps of Forward, for callers that cannot keep every block's activations
// or all logits in memory.
//
// Sets `sequences`, `length` and the first block's input, in `output`.
void Embed(const Model& model, absl::Span<const uint32_t> tokens,
           int64_t sequences, Activations& activations);

// Runs one block from activations.output to activations.output; fills `a`,
// which may be used again for the next. `model` needs neither blocks nor the
// matrices of the vocabulary (ModelReader::ReadEnds).
void RunBlock(const Model& model, const Block& block, Activations& activations,
              BlockActivations& a);

// Fills ln_f from `output`.
void NormalizeOutput(const Model& model, Activations& activations);

// Logits of rows [first, first + rows) of ln_f, [rows, vocab].
void ComputeLogits(const Model& model, const Activations& activations,
                   int64_t first, int64_t rows, std::vector<float>& logits);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_FORWARD_H_
