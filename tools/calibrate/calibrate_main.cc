// Runs a checkpoint over calibration text and writes what GPTQ needs: the
// Hessian of each Linear's input, and histograms of it.
//
//   bazel run //tools/calibrate -- --checkpoint=/tmp/checkpoint.qca \
//       --corpus=/tmp/corpus.qca --output=/tmp/hessians.qca
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/status_macros.h"
#include "lib/calibration/calibrate_model.h"
#include "lib/cli/progress.h"
#include "lib/cli/shard_flags.h"
#include "lib/cli/threads_flag.h"
#include "lib/cli/tool_main.h"
#include "lib/data/calibration_sequences.h"
#include "lib/data/corpus_reader.h"
#include "lib/data/model_corpus.h"
#include "lib/model/checkpoint.h"
#include "lib/model/config.h"
#include "lib/model/model_reader.h"
#include "lib/numerics/parallel.h"
#include "lib/provenance/stage_run.h"
#include "lib/sharding/shard.h"

ABSL_FLAG(std::string, checkpoint, "", "checkpoint artifact");
ABSL_FLAG(std::string, corpus, "", "corpus artifact with a calibration split");
ABSL_FLAG(std::string, output, "", "calibration artifact to write");
ABSL_FLAG(uint32_t, sequences, 128, "calibration sequences");
ABSL_FLAG(uint32_t, sequence_length, 0,
          "tokens a sequence; 0 means the model's context");
ABSL_FLAG(bool, sequences_begin_with_document, false,
          "each sequence begins with a document (of the verb corpus: with a "
          "sentence); otherwise documents are packed and cut anywhere");
ABSL_FLAG(uint32_t, histogram_sequences, 64,
          "sequences that the histograms see");

namespace quant_curve {
namespace {

absl::StatusOr<Calibration> Calibrate(
    const Artifact<Checkpoint>& checkpoint,
    const std::vector<std::vector<uint32_t>>& sequences, const Shard& shard,
    TensorSink keep) {
  ASSIGN_OR_RETURN(const ModelReader model,
                   ModelReader::Of(checkpoint.message, checkpoint.payload));
  const std::unique_ptr<ThreadPool> threads = PoolFromFlag();
  CalibrationOptions options;
  options.histogram_sequences = absl::GetFlag(FLAGS_histogram_sequences);
  Progress progress("calibrate",
                    SequencesOfShard(sequences.size(), options, shard).size());
  const auto update = [&](int64_t done) { progress.Update(done); };
  return shard.count() == 1
             ? CalibrateModel(model, sequences, options, *threads, update, keep)
             : CalibrateShard(model, sequences, options, shard, *threads,
                              update, keep);
}

void PrintSummary(const Calibration& calibration) {
  if (calibration.has_shard()) {
    absl::PrintF("calibrate: %s\n", ShardText(calibration.shard()));
    return;
  }
  double low = 1, high = 0;
  for (const LinearInput& input : calibration.inputs()) {
    low = std::min(low, input.off_diagonal_share());
    high = std::max(high, input.off_diagonal_share());
  }
  absl::PrintF(
      "calibrate: %d Hessians from %d sequences of %d tokens%s, off-diagonal "
      "share %.2f to %.2f\n",
      calibration.inputs_size(), calibration.num_sequences(),
      calibration.sequence_length(),
      calibration.sequences_begin_with_document() ? " from a document's start"
                                                  : "",
      low, high);
}

absl::Status Run() {
  const std::string checkpoint_path = absl::GetFlag(FLAGS_checkpoint);
  const std::string corpus_path = absl::GetFlag(FLAGS_corpus);
  const std::string output = absl::GetFlag(FLAGS_output);
  RETURN_IF_ERROR(RequireFlag("checkpoint", checkpoint_path));
  RETURN_IF_ERROR(RequireFlag("corpus", corpus_path));
  RETURN_IF_ERROR(RequireFlag("output", output));
  ASSIGN_OR_RETURN(const Shard shard, ShardFromFlags());
  const uint32_t count = absl::GetFlag(FLAGS_sequences);
  if (count == 0) return UsageError("--sequences=0: must be >= 1");
  const bool begin_with_document =
      absl::GetFlag(FLAGS_sequences_begin_with_document);
  ASSIGN_OR_RETURN(StageRun run, StageRun::Begin("calibrate"));
  ASSIGN_OR_RETURN(const Artifact<Checkpoint> checkpoint,
                   run.Read("checkpoint", checkpoint_path, ReadCheckpoint));
  ASSIGN_OR_RETURN(const Artifact<Corpus> corpus,
                   run.Read("corpus", corpus_path, ReadCorpus));
  RETURN_IF_ERROR(CheckBelongTogether(
      corpus, corpus_path, checkpoint.message.tokenizer_sha256(),
      checkpoint.message.corpus_sha256(), checkpoint_path));
  const ModelConfig& config = checkpoint.message.config();
  ASSIGN_OR_RETURN(const uint64_t length,
                   LengthWithinContext("sequence_length",
                                       absl::GetFlag(FLAGS_sequence_length),
                                       config, checkpoint_path));
  ASSIGN_OR_RETURN(const auto sequences,
                   CalibrationSequences(corpus.message, corpus_path,
                                        {count, length, begin_with_document},
                                        config.vocab_size()));

  Calibration calibration;
  const auto fill = [&](TensorFrameWriter& writer) -> absl::Status {
    const auto keep = [&](Tensor& tensor) { return writer.Add(tensor); };
    auto calibrated = Calibrate(checkpoint, sequences, shard, keep);
    if (!calibrated.ok()) {
      return absl::Status(calibrated.status().code(),
                          absl::StrCat(checkpoint_path, " on ", corpus_path,
                                       ": ", calibrated.status().message()));
    }
    calibration = *std::move(calibrated);
    calibration.set_checkpoint_sha256(checkpoint.sha256);
    calibration.set_corpus_sha256(corpus.sha256);
    calibration.set_sequences_begin_with_document(begin_with_document);
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(run.WriteTensors("output", output, calibration, fill));
  PrintSummary(calibration);
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain(
      "calibrate", argc, argv,
      "Writes the Hessians of a checkpoint's Linears over calibration text.\n"
      "Example:\n"
      "  calibrate --checkpoint=/tmp/checkpoint.qca "
      "--corpus=/tmp/corpus.qca --output=/tmp/hessians.qca",
      quant_curve::Run);
}
