// The forward pass over a batch of sequences of one length.
#ifndef QUANT_CURVE_LIB_MODEL_FORWARD_H_
#define QUANT_CURVE_LIB_MODEL_FORWARD_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "lib/model/model.h"

namespace quant_curve {

// A LayerNorm's output with what its backward pass needs.
struct NormActivations {
  std::vector<float> output;  // [rows, d_model]
  std::vector<float> mean;    // [rows]
  std::vector<float> rstd;    // [rows]
};

// Everything a block computes; rows = sequences * length.
struct BlockActivations {
  std::vector<float> input;    // [rows, d_model]
  NormActivations ln_1;        // input of q, k and v
  std::vector<float> q, k, v;  // [rows, d_model], heads side by side
  // softmax(q k^T / sqrt(head_dim)), [sequences, heads, length, length]; zero
  // above the diagonal.
  std::vector<float> probabilities;
  std::vector<float> attention;        // [rows, d_model]: input of o
  std::vector<float> after_attention;  // [rows, d_model]
  NormActivations ln_2;                // input of fc1
  std::vector<float> fc1;              // [rows, d_ff], before GELU
  std::vector<float> gelu;             // [rows, d_ff]: input of fc2
};

// Buffers that a caller keeps from one call to the next.
struct Activations {
  int64_t sequences = 0;
  int64_t length = 0;  // tokens a sequence
  std::vector<BlockActivations> blocks;
  std::vector<float> output;  // [rows, d_model], after the last block
  NormActivations ln_f;
  std::vector<float> logits;  // [rows, vocab]
  std::vector<float> scratch;
};

// Logits, and all in between, of `sequences` sequences that stand one after
// another in `tokens`. Every id must be below vocab_size, and the length
// (tokens.size() / sequences) between 1 and context_length. With
// ACTIVATION_FLOAT16 each operation's result is rounded to float16.
//
// A row's numbers depend on that row and the earlier ones of its sequence
// alone, bit for bit: batch size and what follows change nothing.
void Forward(const Model& model, absl::Span<const uint32_t> tokens,
             int64_t sequences, Activations& activations);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_FORWARD_H_
