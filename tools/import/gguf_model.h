// The weights of a GGUF file as a Checkpoint.
#ifndef QUANT_CURVE_TOOLS_IMPORT_GGUF_MODEL_H_
#define QUANT_CURVE_TOOLS_IMPORT_GGUF_MODEL_H_

#include "absl/status/statusor.h"
#include "lib/artifact/progress_sink.h"
#include "proto/checkpoint.pb.h"
#include "tools/import/build_checkpoint.h"
#include "tools/import/gguf_file.h"

namespace quant_curve {

// Reads all tensors of `config`, which ReadGgufConfig(file) returned, in the
// file's precision; memory holds one at a time. llama's rows of q_proj and
// k_proj, of which neighbours make pairs, are put back into this project's
// order (rotary_layout.h), as are those of other architectures that turn
// neighbours; gpt2's attn_qkv is cut into q, k and v. Of norms that multiply by
// 1 + weight (Gemma) the file holds the sum: the weight is what float32 gives
// for it minus 1.
//
// InvalidArgument, naming the file: tensors that are missing, of another shape,
// not finite, or that the architecture does not have. Many missing or unknown
// tensors are one message. `keep` gets each tensor as it is read.
absl::StatusOr<Checkpoint> ReadGgufModel(
    const GgufFile& file, const ModelConfig& config,
    CheckpointSink keep = KeepInCheckpoint,
    ProgressSink progress = IgnoreProgress);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_GGUF_MODEL_H_
