// Turns a model from outside into artifacts: a Hugging Face folder
// (config.json, *.safetensors, tokenizer.json), a GGUF file, or a checkpoint of
// llama2.c with its tokenizer.
//
//   bazel run //tools/import -- --model=/models/tinystories \
//       --output=/tmp/checkpoint.qca --tokenizer_output=/tmp/tokenizer.qca
#include <cstdint>
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/part_name.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/printable.h"
#include "lib/cli/progress.h"
#include "lib/cli/tool_main.h"
#include "lib/model/config.h"
#include "lib/provenance/stage_run.h"
#include "tools/import/build_checkpoint.h"
#include "tools/import/checkpoint_parts.h"
#include "tools/import/import_model.h"

ABSL_FLAG(
    std::string, model, "",
    "folder of a Hugging Face model (Llama, Mistral, Qwen2 or 3, Gemma 1 to 3, "
    "Granite 3, OLMo 2, SmolLM3 or GPT-2), a GGUF file (F32, F16 or BF16, of "
    "Llama, Qwen2, Qwen3 or GPT-2), or a .bin file of llama2.c (version 0 or "
    "1)");
ABSL_FLAG(
    std::string, tokenizer, "",
    "tokenizer.json or llama2.c's tokenizer.bin; empty means the folder's "
    "tokenizer.json or the one in the GGUF file, none means that texts are "
    "given as token ids");
ABSL_FLAG(std::string, output, "",
          "checkpoint artifact to write; with --parts its index");
ABSL_FLAG(uint32_t, parts, 1,
          "parts to write the checkpoint in, each with some of the model's "
          "blocks, next to --output: x-00001-of-00004.qca for x.qca; 1: one "
          "file. Stages read the index, and only the parts that they need");
ABSL_FLAG(std::string, tokenizer_output, "", "tokenizer artifact to write");

namespace quant_curve {
namespace {

constexpr char kUsage[] =
    "Turns a Hugging Face folder, a GGUF file or a llama2.c file into "
    "artifacts.\n"
    "Example: import --model=/models/tinystories "
    "--output=/tmp/checkpoint.qca --tokenizer_output=/tmp/tokenizer.qca";

void NoteFiles(const ImportedModel& model, StageRun& run) {
  for (const ImportedFile& file : model.model_files) {
    run.AddFile("model", file.path, file.sha256);
  }
  for (const ImportedFile& file : model.tokenizer_files) {
    run.AddFile("tokenizer", file.path, file.sha256);
  }
}

// Imports and notes what was read.
absl::StatusOr<ImportedModel> Import(StageRun& run, CheckpointSink keep) {
  Progress progress("import");
  const auto update = [&](int64_t done, int64_t total) {
    progress.Update(done, total);
  };
  ASSIGN_OR_RETURN(ImportedModel model,
                   ImportModel(absl::GetFlag(FLAGS_model),
                               absl::GetFlag(FLAGS_tokenizer), keep, update));
  NoteFiles(model, run);
  return model;
}

// Imports into one file.
absl::Status WriteWhole(const std::string& output, StageRun& run,
                        ImportedModel& model) {
  const auto fill = [&](TensorFrameWriter& writer) -> absl::Status {
    ASSIGN_OR_RETURN(model,
                     Import(run, [&](const ModelConfig&, Tensor& tensor) {
                       return writer.Add(tensor);
                     }));
    return absl::OkStatus();
  };
  return run.WriteTensors("output", output, model.checkpoint, fill);
}

// Imports into parts and an index.
absl::Status WriteParts(const std::string& output, uint32_t count,
                        StageRun& run, ImportedModel& model) {
  ASSIGN_OR_RETURN(CheckpointParts parts,
                   CheckpointParts::Begin(output, count));
  ASSIGN_OR_RETURN(model,
                   Import(run, [&](const ModelConfig& config, Tensor& tensor) {
                     return parts.Add(config, tensor);
                   }));
  return parts.Finish("output", model.checkpoint, run);
}

absl::Status Run() {
  const std::string path = absl::GetFlag(FLAGS_model);
  const std::string output = absl::GetFlag(FLAGS_output);
  const uint32_t parts = absl::GetFlag(FLAGS_parts);
  const std::string tokenizer_output = absl::GetFlag(FLAGS_tokenizer_output);
  RETURN_IF_ERROR(RequireFlag("model", path));
  RETURN_IF_ERROR(RequireFlag("output", output));
  RETURN_IF_ERROR(RequireFlag("tokenizer_output", tokenizer_output));
  if (parts < 1 || parts > kMaxParts) {
    return UsageError(
        absl::StrCat("--parts=", parts, ": must be in [1, ", kMaxParts, "]"));
  }
  ASSIGN_OR_RETURN(StageRun run, StageRun::Begin("import"));
  ImportedModel model;
  RETURN_IF_ERROR(run.WriteTogether([&]() -> absl::Status {
    RETURN_IF_ERROR(parts == 1 ? WriteWhole(output, run, model)
                               : WriteParts(output, parts, run, model));
    return run.WriteArtifact("tokenizer_output", tokenizer_output,
                             model.tokenizer);
  }));
  if (!model.note.empty()) {
    absl::FPrintF(stderr, "import: note: %s\n", Printable(model.note));
  }
  const ModelConfig& config = model.checkpoint.config();
  absl::PrintF(
      "import: %d parameters, %d layers of width %d, context %d, %d tokens\n",
      NumParameters(config), config.num_layers(), config.d_model(),
      config.context_length(), model.tokenizer.tokens_size());
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain("import", argc, argv, quant_curve::kUsage,
                               quant_curve::Run);
}
