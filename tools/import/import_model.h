// A model from outside, with its tokenizer, as this project's artifacts.
#ifndef QUANT_CURVE_TOOLS_IMPORT_IMPORT_MODEL_H_
#define QUANT_CURVE_TOOLS_IMPORT_IMPORT_MODEL_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/artifact/progress_sink.h"
#include "proto/checkpoint.pb.h"
#include "proto/tokenizer.pb.h"
#include "tools/import/build_checkpoint.h"

namespace quant_curve {

// Instead of a tokenizer's path: the texts come as token ids.
inline constexpr char kNoTokenizer[] = "none";

struct ImportedFile {
  std::string path;
  std::string sha256;  // 32 raw bytes, of what was read
};

struct ImportedModel {
  Checkpoint checkpoint;
  BpeTokenizer tokenizer;
  // Warnings for stderr; mostly empty.
  std::string note;
  // The files read, for the manifest; sorted by path.
  std::vector<ImportedFile> model_files;
  std::vector<ImportedFile> tokenizer_files;
};

// `model` is a Hugging Face folder (hugging_face_config.h says which), a GGUF
// file (gguf_config.h) or a file of llama2.c; `tokenizer` the path of its
// tokenizer, in a folder by default tokenizer.json, of a GGUF file by default
// the one inside. With kNoTokenizer the vocabulary consists of tokens without
// text; a file of llama2.c then begins texts with 1 and ends them with 2, as
// its tokenizer does.
//
// Refuses what the readers refuse, and a tokenizer with more tokens than the
// model's embedding has rows; up to 64 added ones at its end are left out
// instead. Notes say so, and that a model has no begin token.
// Aborted when a file changes while it is read.
//
// `keep` gets each of the checkpoint's tensors as it is read; `progress` counts
// them.
absl::StatusOr<ImportedModel> ImportModel(
    const std::string& model, const std::string& tokenizer,
    CheckpointSink keep = KeepInCheckpoint,
    ProgressSink progress = IgnoreProgress);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_IMPORT_MODEL_H_
