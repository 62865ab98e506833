// The weights of a Hugging Face model directory as a Checkpoint.
#ifndef QUANT_CURVE_TOOLS_IMPORT_HUGGING_FACE_MODEL_H_
#define QUANT_CURVE_TOOLS_IMPORT_HUGGING_FACE_MODEL_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/artifact/progress_sink.h"
#include "proto/checkpoint.pb.h"
#include "tools/import/build_checkpoint.h"
#include "tools/import/hugging_face_config.h"

namespace quant_curve {

// Reads config.json's model from model.safetensors or its shards, in `folder`.
//
// The family says where each tensor is (lib/families/family.h); GPT-2's names
// may lack the "transformer." before them. Of a tied embedding one name is
// enough, the token embedding's or lm_head's; both must then hold the same
// values. Buffers that are not parameters (masks, inverse frequencies) are left
// out.
//
// InvalidArgument, naming the file: a tensor that is missing, of another shape
// or dtype, not finite, or that this architecture does not have. Many missing
// or unknown tensors are one message. `keep` gets each tensor, in the file's
// precision, as it is read; `files`, if given, gets the paths of the
// files that were read.
absl::StatusOr<Checkpoint> ReadHuggingFaceModel(
    const std::string& folder, const HuggingFaceConfig& config,
    CheckpointSink keep = KeepInCheckpoint,
    std::vector<std::string>* files = nullptr,
    ProgressSink progress = IgnoreProgress);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_HUGGING_FACE_MODEL_H_
