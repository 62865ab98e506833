// The backward pass: gradients of the mean cross-entropy, written by hand.
#ifndef QUANT_CURVE_TOOLS_TRAIN_BACKWARD_H_
#define QUANT_CURVE_TOOLS_TRAIN_BACKWARD_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "lib/model/forward.h"
#include "lib/model/model.h"
#include "tools/train/gradients.h"

namespace quant_curve {

// Buffers that a caller keeps from one call to the next.
struct BackwardScratch {
  std::vector<float> d_logits;                     // [rows, vocab]
  std::vector<float> d_stream, d_branch, d_input;  // [rows, d_model]
  std::vector<float> d_q, d_k, d_v;                // [rows, d_model]
  std::vector<float> d_fc1, d_gelu;                // [rows, d_ff]
  std::vector<float> d_scores;                     // [length, length]
  std::vector<float> v_transposed;                 // [head_dim, length]
};

// Adds to `gradients` those of weight * sum of -log p(targets[row]) over the
// rows of `activations`, which Forward(model, tokens, …) just filled with
// keep_probabilities set, and returns that sum without the weight, in nats.
// `parameters` are the weights
// that `model` was set from; the model is of MiniGPT's family
// (lib/model/config.h).
double Backward(const Model& model, const ParameterViews& parameters,
                absl::Span<const uint32_t> tokens,
                absl::Span<const uint32_t> targets,
                const Activations& activations, float weight,
                BackwardScratch& scratch, ParameterViews& gradients);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_TRAIN_BACKWARD_H_
