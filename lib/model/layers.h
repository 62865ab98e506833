// The operations of a forward pass on whole rows, for the batch and for the
// decoder alike: what they share can't differ by a bit.
//
// Each ends in rounding to float16 when the model's activation_format is
// ACTIVATION_FLOAT16. The functions resize their output vectors.
#ifndef QUANT_CURVE_LIB_MODEL_LAYERS_H_
#define QUANT_CURVE_LIB_MODEL_LAYERS_H_

#include <cstdint>
#include <vector>

#include "lib/model/model.h"
#include "lib/numerics/parallel.h"

namespace quant_curve {

void RoundActivations(const Model& model, float* x, int64_t n);
void RoundActivations(const Model& model, std::vector<float>& x);

// x[d_model] = embedding_multiplier * the token's row, and the position where
// positions are added. Token and position are within the config.
void EmbedToken(const Model& model, uint32_t token, int64_t position, float* x);

// y = norm(x), [rows, d_model]. `mean` and `rstd`, [rows], are a LayerNorm's;
// an RMSNorm does not change them.
void Normalize(const Model& model, const NormWeights& weights,
               const std::vector<float>& x, int64_t rows, std::vector<float>& y,
               float* mean, float* rstd);

// y[rows, out] = linear(x[rows, in]).
void Project(const Model& model, const Linear& linear,
             const std::vector<float>& x, int64_t rows, std::vector<float>& y,
             ThreadPool* threads = nullptr);

// With config.qk_norm: RMSNorm of each of the `heads` queries or keys at x, one
// after another, in place; `scale` is [head_dim], or as wide as the heads that
// are normalized together.
void NormalizeHeads(const Model& model, const std::vector<float>& scale,
                    int64_t heads, float* x);

// The first position that `position` attends to in a block of this window.
int64_t FirstVisible(int64_t window, int64_t position);

// Turns the `heads` queries or keys at x, one after another, to `position`, as
// `rotation` says.
void TurnToPosition(const Model& model, Rotation rotation, int64_t position,
                    int64_t heads, float* x);

// The `count` raw scores of one query: scaled, capped, softmax.
void ScoresToProbabilities(const Model& model, int64_t count, float* scores);

// The same of scores that have been scaled.
void ScaledToProbabilities(const Model& model, int64_t count, float* scores);

// hidden = gelu(fc1), silu(gate) * fc1, or gelu(gate) * fc1.
void ActivateMlp(const Model& model, const std::vector<float>& gate,
                 const std::vector<float>& fc1, std::vector<float>& hidden);

// Changes a branch's output, [rows, d_model], before it is added to the
// residual stream: normalizes it with post_norms, and multiplies it by
// residual_multiplier.
void FinishBranch(const Model& model, const NormWeights& post_norm,
                  int64_t rows, std::vector<float>& branch);

// Divides, caps and rounds `n` logits as the config says.
void FinishLogits(const Model& model, int64_t n, float* logits);

// sum += x.
void AddResidual(const Model& model, const std::vector<float>& x,
                 std::vector<float>& sum);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_LAYERS_H_
