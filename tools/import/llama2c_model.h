// Checkpoints of llama2.c (https://github.com/karpathy/llama2.c, export.py).
//
// Version 0 starts with seven int32: dim, hidden_dim, n_layers, n_heads,
// n_kv_heads, vocab_size (negative when there is a separate classifier),
// max_seq_len. Then float32, each for all layers: token embedding; attention
// norm; wq; wk; wv; wo; MLP norm; w1; w2; w3; then the final norm, the rotary
// table (max_seq_len * head size), and the classifier.
//
// Version 1 starts with a header of 256 bytes: "ak42" as a number, the version,
// the seven int32, a byte that is 1 when the classifier is shared, zeros. Then
// float32: attention norms; MLP norms; final norm; token embedding; wq; wk; wv;
// wo; w1; w2; w3, each for all layers; the classifier.
//
// w1, w2 and w3 are gate_proj, down_proj and up_proj.
#ifndef QUANT_CURVE_TOOLS_IMPORT_LLAMA2C_MODEL_H_
#define QUANT_CURVE_TOOLS_IMPORT_LLAMA2C_MODEL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/artifact/progress_sink.h"
#include "proto/checkpoint.pb.h"
#include "tools/import/build_checkpoint.h"

namespace quant_curve {

// Reads either version; rows of q_proj and k_proj are moved to this project's
// rotary layout (rotary_layout.h). The norms' epsilon, 1e-5, and the base of
// the rotation, 10000, are llama2.c's: the file does not hold them.
// InvalidArgument, naming the file: sizes out of range, a file that is shorter
// or longer than its header says, another version (2 is quantized), weights
// that are not finite.
absl::StatusOr<Checkpoint> ReadLlama2cModel(
    const std::string& path, CheckpointSink keep = KeepInCheckpoint,
    ProgressSink progress = IgnoreProgress);

// Refuses what ReadLlama2cModel refuses of the header and the file's size;
// reads no weights.
absl::Status CheckLlama2cModel(const std::string& path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_LLAMA2C_MODEL_H_
