// Writes a quantized model for other runtimes: GGUF for llama.cpp, with the
// packed weights as they are, or a Hugging Face folder: compressed-tensors with
// the packed weights for vLLM, or safetensors, dequantized.
//
//   bazel run //tools/export -- --model=/tmp/int4.qca \
//       --tokenizer=/tmp/tokenizer.qca --format=gguf --output=/tmp/int4.gguf
#include <cstdint>
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/byte_sink.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/progress.h"
#include "lib/cli/tool_main.h"
#include "lib/data/corpus_reader.h"
#include "lib/data/model_corpus.h"
#include "lib/json/json.h"
#include "lib/provenance/stage_run.h"
#include "lib/quantization/quantized_model.h"
#include "lib/text/bpe_tokenizer.h"
#include "tools/export/compressed_tensors.h"
#include "tools/export/gguf.h"
#include "tools/export/gguf_model.h"
#include "tools/export/gguf_tokenizer.h"
#include "tools/export/hugging_face_json.h"
#include "tools/export/hugging_face_model.h"
#include "tools/export/output_folder.h"

ABSL_FLAG(std::string, model, "", "quantized model artifact");
ABSL_FLAG(std::string, tokenizer, "", "tokenizer artifact of that model");
ABSL_FLAG(
    std::string, corpus, "",
    "corpus artifact that holds the model's tokenizer; without --tokenizer "
    "and --corpus the exported model takes token ids");
ABSL_FLAG(std::string, format, "", "gguf, safetensors or compressed-tensors");
ABSL_FLAG(
    std::string, output, "",
    "gguf: the file to write; else the folder, which must be empty or not "
    "exist yet");

namespace quant_curve {
namespace {

constexpr char kUsage[] =
    "Writes a quantized model for other runtimes: GGUF (llama.cpp) or "
    "compressed-tensors (vLLM), packed as it is, or safetensors (Hugging "
    "Face), dequantized.\n"
    "Example: export --model=/tmp/int4.qca --tokenizer=/tmp/tokenizer.qca "
    "--format=gguf --output=/tmp/int4.gguf";

// At most one of the two; they point into what Inputs holds.
struct ModelTokenizer {
  const BpeTokenizer* bpe = nullptr;
  const Tokenizer* closed = nullptr;
};

struct Inputs {
  Artifact<QuantizedModel> model;
  Artifact<BpeTokenizer> tokenizer;
  Artifact<Corpus> corpus;
};

absl::StatusOr<ModelTokenizer> ReadTokenizer(const std::string& model_path,
                                             StageRun& run, Inputs& inputs) {
  const std::string path = absl::GetFlag(FLAGS_tokenizer);
  const std::string corpus_path = absl::GetFlag(FLAGS_corpus);
  const std::string& expected = inputs.model.message.tokenizer_sha256();
  ModelTokenizer result;
  if (!path.empty()) {
    ASSIGN_OR_RETURN(inputs.tokenizer, ReadArtifact<BpeTokenizer>(path));
    const BpeTokenizer& tokenizer = inputs.tokenizer.message;
    const absl::Status valid = ValidateBpeTokenizer(tokenizer);
    if (!valid.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": ", valid.message()));
    }
    if (BpeTokenizerSha256(tokenizer) != expected) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, " is not the tokenizer of ", model_path,
                       ": give the one that was imported with that model"));
    }
    result.bpe = &tokenizer;
    RETURN_IF_ERROR(run.AddInput("tokenizer", path, inputs.tokenizer.sha256));
  } else if (!corpus_path.empty()) {
    ASSIGN_OR_RETURN(inputs.corpus, ReadCorpus(corpus_path));
    const Corpus& corpus = inputs.corpus.message;
    RETURN_IF_ERROR(CheckBelongTogether(inputs.corpus, corpus_path, expected,
                                        /*model_corpus_sha256=*/"",
                                        model_path));
    if (corpus.has_bpe_tokenizer()) {
      result.bpe = &corpus.bpe_tokenizer();
    } else {
      result.closed = &corpus.tokenizer();
    }
    RETURN_IF_ERROR(run.AddInput("corpus", corpus_path, inputs.corpus.sha256));
  }
  return result;
}

std::string DescribeTokenizer(bool written) {
  return written ? "with its tokenizer" : "without a tokenizer";
}

absl::Status ExportGguf(const Artifact<QuantizedModel>& artifact,
                        const ModelTokenizer& tokenizer,
                        const std::string& output, StageRun& run) {
  const QuantizedModel& model = artifact.message;
  ASSIGN_OR_RETURN(GgufModel gguf, MakeGgufModel(artifact));
  if (tokenizer.bpe != nullptr) {
    RETURN_IF_ERROR(AddBpeTokenizer(*tokenizer.bpe, model.config().vocab_size(),
                                    gguf.metadata));
  } else if (tokenizer.closed != nullptr) {
    RETURN_IF_ERROR(AddClosedVocabulary(
        *tokenizer.closed, model.config().vocab_size(), gguf.metadata));
  } else {
    AddNoTokenizer(gguf.metadata);
  }
  int rounded = 0;
  for (const auto& [why, count] : gguf.rounded) {
    absl::FPrintF(stderr, "export: %d matrices rounded to F16: %s\n", count,
                  why);
    rounded += count;
  }
  for (const std::string& note : gguf.notes) {
    absl::FPrintF(stderr, "export: %s\n", note);
  }
  Progress progress("export");
  const auto update = [&](int64_t done, int64_t total) {
    progress.Update(done, total);
  };
  ASSIGN_OR_RETURN(
      const uint64_t bytes,
      run.WriteStream("output", output, {"GGUF"}, [&](ByteSink& sink) {
        return WriteGguf(gguf.metadata, gguf.tensors, sink, update);
      }));
  absl::PrintF("export: %s, %d tensors, %d bytes, %d rounded to F16, %s\n",
               output, gguf.tensors.size(), bytes, rounded,
               DescribeTokenizer(tokenizer.bpe || tokenizer.closed));
  return absl::OkStatus();
}

// A Hugging Face folder, with packed weights if `packed`.
absl::Status ExportFolder(const Artifact<QuantizedModel>& model, bool packed,
                          const ModelTokenizer& tokenizer,
                          const std::string& output, StageRun& run) {
  Json quantization = nullptr;
  if (packed) {
    ASSIGN_OR_RETURN(quantization, CompressedTensorsConfig(model.message));
  }
  ASSIGN_OR_RETURN(
      const std::string config,
      ConfigJson(model.message.config(), tokenizer.bpe, quantization));
  uint64_t bytes = 0;  // of the weights
  Progress progress("export");
  const auto update = [&](int64_t done, int64_t total) {
    progress.Update(done, total);
  };
  RETURN_IF_ERROR(
      WriteFolder(output, [&](const std::string& folder) -> absl::Status {
        const auto write = [&](absl::string_view name,
                               const std::string& contents,
                               absl::string_view kind) {
          return run.WriteFile("output", absl::StrCat(folder, "/", name),
                               contents, {kind});
        };
        RETURN_IF_ERROR(write("config.json", config, "CONFIG_JSON"));
        if (tokenizer.bpe != nullptr) {
          RETURN_IF_ERROR(write("tokenizer.json", TokenizerJson(*tokenizer.bpe),
                                "TOKENIZER_JSON"));
        }
        ASSIGN_OR_RETURN(
            bytes,
            run.WriteStream(
                "output", absl::StrCat(folder, "/model.safetensors"),
                {"SAFETENSORS"}, [&](ByteSink& sink) {
                  return packed ? WriteCompressedTensors(model, sink, update)
                                : WriteModelSafetensors(model, sink, update);
                }));
        return absl::OkStatus();
      }));
  absl::PrintF("export: %s, %d bytes of %s, %s\n", output, bytes,
               packed ? "compressed-tensors" : "float32 safetensors",
               DescribeTokenizer(tokenizer.bpe));
  return absl::OkStatus();
}

absl::Status Run() {
  const std::string model_path = absl::GetFlag(FLAGS_model);
  const std::string format = absl::GetFlag(FLAGS_format);
  const std::string output = absl::GetFlag(FLAGS_output);
  RETURN_IF_ERROR(RequireFlag("model", model_path));
  RETURN_IF_ERROR(RequireFlag("format", format));
  RETURN_IF_ERROR(RequireFlag("output", output));
  const bool packed = format == "compressed-tensors";
  if (format != "gguf" && format != "safetensors" && !packed) {
    return UsageError(
        absl::StrCat("--format=", format,
                     ": must be gguf, safetensors or compressed-tensors"));
  }
  if (!absl::GetFlag(FLAGS_tokenizer).empty() &&
      !absl::GetFlag(FLAGS_corpus).empty()) {
    return UsageError("--tokenizer and --corpus: give only one");
  }
  ASSIGN_OR_RETURN(StageRun run, StageRun::Begin("export"));
  Inputs inputs;
  ASSIGN_OR_RETURN(inputs.model,
                   run.Read("model", model_path, ReadQuantizedModel));
  ASSIGN_OR_RETURN(const ModelTokenizer tokenizer,
                   ReadTokenizer(model_path, run, inputs));
  return format == "gguf"
             ? ExportGguf(inputs.model, tokenizer, output, run)
             : ExportFolder(inputs.model, packed, tokenizer, output, run);
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain("export", argc, argv, quant_curve::kUsage,
                               quant_curve::Run);
}
