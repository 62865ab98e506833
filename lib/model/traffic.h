// Bytes moved and floating-point operations of decoding one token: what a
// roofline (doi:10.1145/1498765.1498785) needs, predicted from the shapes.
#ifndef QUANT_CURVE_LIB_MODEL_TRAFFIC_H_
#define QUANT_CURVE_LIB_MODEL_TRAFFIC_H_

#include <cstdint>

#include "proto/checkpoint.pb.h"
#include "proto/quantized_model.pb.h"
#include "proto/scheme.pb.h"

namespace quant_curve {

// One decode step at batch 1. Every operation reads its inputs once and writes
// its outputs once; what stays in registers or caches is not taken off.
//
// With n = position + 1 positions to attend to, d = d_model, f = d_ff,
// H = heads, q = QueryWidth, k = KeyWidth (both d in MiniGPT), values of
// activation:
//   embedding    d written
//   a block      norm, twice (before the branches, or after them, or both):
//                d read, d written
//                q: d read, q written; k and v: d, k; o: q, d
//                fc1 and the gate: d, f; fc2: f, d
//                GELU: f read, f written; SwiGLU and GeGLU: silu or gelu
//                the same, and the
//                product 2 f read, f written
//                rotation: q + k read and written
//                residual_multiplier, twice: d read, d written
//                residual sum, twice: 2 d read, d written
//                attention: q read, q written; H n scores written, read by
//                the softmax, written as probabilities, read; a softcap
//                reads and writes them once more
//   end          norm: d read, d written; LM head: d read
//   KV cache     a block: n keys and n values of k read; one of each written
//   logits       V written; logits_divisor and a softcap: V read, V written
// A value is 4 bytes; 2 with ACTIVATION_FLOAT16 (its format, even where a
// decoder computes in float32). With ACTIVATION_INT8 an integer Linear reads
// codes of 1 byte and one 4-byte scale instead; the LM head always reads
// floats.
struct StepTraffic {
  // In bytes. The first four are the byte account's: each is read once.
  double weights = 0;
  double scales = 0;
  double biases = 0;
  double layer_norm = 0;
  // The whole matrix for the LM head, and the token's row; with the row of
  // positions: float32 ones that are added, learned ones as they are stored, or
  // head_dim float32 cosines and sines a block.
  double embedding = 0;
  double activations = 0;
  double kv_cache = 0;
  double logits = 0;
  // 2 in out for every matrix, the LM head among them, and 4 n q a block for
  // attention. Norms, softmax, GELU, SiLU, rotations and sums are not counted.
  double flops = 0;

  double TotalBytes() const;
  // FLOPs per byte.
  double Intensity() const { return flops / TotalBytes(); }
};

// `config` is valid and `bytes` the account of a model of that config and
// scheme; 0 <= position.
StepTraffic TrafficOfStep(const ModelConfig& config, const Scheme& scheme,
                          const ByteAccount& bytes, int64_t position);

// The mean over positions first, …, first + count - 1; count >= 1.
StepTraffic MeanTraffic(const ModelConfig& config, const Scheme& scheme,
                        const ByteAccount& bytes, int64_t first, int64_t count);

// FLOPs of the positions 0, …, length - 1 together: one sequence of a batched
// forward pass, its causal attention counted without what the mask removes.
double SequenceFlops(const ModelConfig& config, int64_t length);

// The closed forms of the worked frontier, one matrix-vector product: weights,
// input activations and (where that study counts them) biases; no scales.
struct OpFormat {
  double weight_bytes = 4;
  double activation_bytes = 4;
};
inline constexpr OpFormat kOpFloat32 = {4, 4};
inline constexpr OpFormat kOpFloat16 = {2, 2};
inline constexpr OpFormat kOpInt8Weights = {1, 4};
inline constexpr OpFormat kOpInt8WeightsActivations = {1, 1};

struct OpTraffic {
  double weight_bytes = 0;
  double activation_bytes = 0;
  double bias_bytes = 0;
  double flops = 0;

  double TotalBytes() const {
    return weight_bytes + activation_bytes + bias_bytes;
  }
  double Intensity() const { return flops / TotalBytes(); }
};

// A matrix [out, in] of a format, `activations` values that are read (the
// study counts `in` for the LM head, `out` for fc1), and float32 biases.
OpTraffic TrafficOfOp(int64_t in, int64_t out, const OpFormat& format,
                      int64_t activations, int64_t biases);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_TRAFFIC_H_
