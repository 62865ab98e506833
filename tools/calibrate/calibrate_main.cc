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
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/types/optional.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/status_macros.h"
#include "lib/calibration/calibrate_model.h"
#include "lib/calibration/model_parts.h"
#include "lib/cli/part_flags.h"
#include "lib/cli/progress.h"
#include "lib/cli/sequence_length.h"
#include "lib/cli/shard_flags.h"
#include "lib/cli/threads_flag.h"
#include "lib/cli/tool_main.h"
#include "lib/data/calibration_sequences.h"
#include "lib/data/corpus_reader.h"
#include "lib/data/model_corpus.h"
#include "lib/model/activation_store.h"
#include "lib/model/checkpoint.h"
#include "lib/model/model_reader.h"
#include "lib/numerics/parallel.h"
#include "lib/provenance/stage_run.h"
#include "lib/sharding/shard.h"

ABSL_FLAG(std::string, checkpoint, "", "checkpoint artifact");
ABSL_FLAG(std::string, corpus, "", "corpus artifact with a calibration split");
ABSL_FLAG(std::string, output, "", "calibration artifact to write");
ABSL_FLAG(uint32_t, sequences, 128, "calibration sequences");
ABSL_FLAG(uint32_t, sequence_length, 0,
          "tokens per sequence, at most the model's context; 0 means the "
          "context, but at most 2048");
ABSL_FLAG(uint64_t, calibration_tokens, 0,
          "limit of the tokens of all sequences: fewer than --sequences are "
          "used, at least one, where those would have more; 0 means no limit");
ABSL_FLAG(bool, sequences_begin_with_document, false,
          "each sequence begins with a document (of the verb corpus: with a "
          "sentence); otherwise documents are packed and cut anywhere");
ABSL_FLAG(uint32_t, histogram_sequences, 64,
          "sequences that the histograms see");

namespace quant_curve {
namespace {

// What a run does: a whole calibration, a shard of it, or a part.
struct Work {
  Shard shard;
  PartFlags part;
  absl::optional<Artifact<ActivationStreams>> before;  // of --activations
  absl::optional<ActivationStore> streams;  // after the part, to be handed on
};

absl::StatusOr<Calibration> Calibrate(
    const Artifact<Checkpoint>& checkpoint,
    const std::vector<std::vector<uint32_t>>& sequences, Work& work,
    TensorSink keep) {
  ASSIGN_OR_RETURN(const ModelReader model,
                   ModelReader::Of(checkpoint.message, checkpoint.payload));
  const std::unique_ptr<ThreadPool> threads = PoolFromFlag();
  CalibrationOptions options;
  options.histogram_sequences = absl::GetFlag(FLAGS_histogram_sequences);
  Progress progress(
      "calibrate",
      SequencesOfShard(sequences.size(), options, work.shard).size());
  const auto update = [&](int64_t done) { progress.Update(done); };
  if (work.part.part.count() > 1) {
    const ModelPart part = {work.part.part,
                            work.before ? &*work.before : nullptr,
                            work.part.activations};
    return CalibratePart(model, sequences, options, part, *threads, update,
                         keep, work.streams);
  }
  return work.shard.count() == 1
             ? CalibrateModel(model, sequences, options, *threads, update, keep)
             : CalibrateShard(model, sequences, options, work.shard, *threads,
                              update, keep);
}

// What the activations of all parts of this run say alike.
ActivationStreams DescribeStreams(
    const Artifact<Checkpoint>& checkpoint, const Artifact<Corpus>& corpus,
    const std::vector<std::vector<uint32_t>>& sequences) {
  ActivationStreams streams;
  streams.set_checkpoint_sha256(checkpoint.sha256);
  streams.set_corpus_sha256(corpus.sha256);
  streams.set_num_sequences(sequences.size());
  streams.set_sequence_length(sequences[0].size());
  streams.set_sequences_begin_with_document(
      absl::GetFlag(FLAGS_sequences_begin_with_document));
  return streams;
}

void PrintSummary(const Calibration& calibration) {
  if (calibration.has_shard()) {
    absl::PrintF("calibrate: %s\n", ShardText(calibration.shard()));
    return;
  }
  if (calibration.has_part()) {
    absl::PrintF("calibrate: %s, %d Hessians\n",
                 ShardText(calibration.part(), "part"),
                 calibration.inputs_size());
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
  Work work;
  ASSIGN_OR_RETURN(work.shard, ShardFromFlags());
  ASSIGN_OR_RETURN(work.part, PartFromFlags(work.shard));
  const uint32_t asked = absl::GetFlag(FLAGS_sequences);
  if (asked == 0) return UsageError("--sequences=0: must be >= 1");
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
                   SequenceLengthFromFlag("sequence_length",
                                          absl::GetFlag(FLAGS_sequence_length),
                                          config, checkpoint_path));
  const uint64_t count =
      SequencesWithin(absl::GetFlag(FLAGS_calibration_tokens), asked, length);
  ASSIGN_OR_RETURN(const auto sequences,
                   CalibrationSequences(corpus.message, corpus_path,
                                        {count, length, begin_with_document},
                                        config.vocab_size()));
  ActivationStreams handed_on = DescribeStreams(checkpoint, corpus, sequences);
  if (!work.part.activations.empty()) {
    ASSIGN_OR_RETURN(work.before, run.Read("activations", work.part.activations,
                                           ReadArtifact<ActivationStreams>));
    RETURN_IF_ERROR(
        CheckStreamsOf(handed_on, work.before->message, work.part.activations));
  }
  Calibration calibration;
  const auto fill = [&](TensorFrameWriter& writer) -> absl::Status {
    const auto keep = [&](Tensor& tensor) { return writer.Add(tensor); };
    auto calibrated = Calibrate(checkpoint, sequences, work, keep);
    if (!calibrated.ok()) {
      // Errors about records name the file already.
      if (absl::StartsWith(calibrated.status().message(),
                           checkpoint_path + ": ")) {
        return calibrated.status();
      }
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
  const auto fill_activations = [&](TensorFrameWriter& writer) {
    const auto keep = [&](Tensor& tensor) { return writer.Add(tensor); };
    return HandOn(work.part.part, config, *work.streams, handed_on, keep);
  };
  RETURN_IF_ERROR(run.WriteTogether([&]() -> absl::Status {
    RETURN_IF_ERROR(run.WriteTensors("output", output, calibration, fill));
    if (work.part.activations_output.empty()) return absl::OkStatus();
    return run.WriteTensors("activations_output", work.part.activations_output,
                            handed_on, fill_activations);
  }));
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
