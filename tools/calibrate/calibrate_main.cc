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
ABSL_FLAG(std::string, activations, "",
          "activations artifact that the part before wrote; with --part > 0");
ABSL_FLAG(std::string, activations_output, "",
          "activations artifact to write for the next part; with --parts");
ABSL_FLAG(uint32_t, part, 0, "which of --parts this is, counted from 0");
ABSL_FLAG(uint32_t, parts, 1,
          "parts that the model's blocks are cut into; each takes the "
          "activations of the one before, and //tools/merge joins their "
          "Hessians to the bytes of a run without parts");
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
  Shard part;
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
  if (work.part.count() > 1) {
    const CalibrationPart part = {work.part,
                                  work.before ? &*work.before : nullptr};
    return CalibratePart(model, sequences, options, part, *threads, update,
                         keep, work.streams);
  }
  return work.shard.count() == 1
             ? CalibrateModel(model, sequences, options, *threads, update, keep)
             : CalibrateShard(model, sequences, options, work.shard, *threads,
                              update, keep);
}

absl::StatusOr<Shard> PartFromFlags(const Shard& shard) {
  const uint32_t index = absl::GetFlag(FLAGS_part);
  const uint32_t count = absl::GetFlag(FLAGS_parts);
  if (count < 1 || count > kMaxShards || index >= count) {
    return UsageError(absl::StrCat("--part=", index, " --parts=", count,
                                   ": parts must be in [1, ", kMaxShards,
                                   "], part below parts"));
  }
  if (count > 1 && shard.count() > 1) {
    return UsageError("--shards and --parts: give only one");
  }
  Shard part;
  part.set_index(index);
  part.set_count(count);
  const auto check = [&](absl::string_view flag, const std::string& value,
                         bool wanted) -> absl::Status {
    if (value.empty() != wanted) return absl::OkStatus();
    return UsageError(
        absl::StrCat("--", flag, ": part ", index, " of ", count,
                     wanted ? " needs it" : " has none; leave it out"));
  };
  RETURN_IF_ERROR(
      check("activations", absl::GetFlag(FLAGS_activations), index > 0));
  RETURN_IF_ERROR(check("activations_output",
                        absl::GetFlag(FLAGS_activations_output),
                        index + 1 < count));
  return part;
}

// Refuses activations of another model or text.
absl::Status CheckActivations(const ActivationStreams& before,
                              const Artifact<Checkpoint>& checkpoint,
                              const Artifact<Corpus>& corpus,
                              bool begin_with_document) {
  const std::string path = absl::GetFlag(FLAGS_activations);
  if (before.checkpoint_sha256() != checkpoint.sha256 ||
      before.corpus_sha256() != corpus.sha256 ||
      before.sequences_begin_with_document() != begin_with_document) {
    return absl::InvalidArgumentError(absl::StrCat(
        path,
        ": of another checkpoint, corpus or choice of sequences; give what "
        "the part before wrote with the same flags"));
  }
  return absl::OkStatus();
}

void PrintSummary(const Calibration& calibration) {
  if (calibration.has_shard()) {
    absl::PrintF("calibrate: %s\n", ShardText(calibration.shard()));
    return;
  }
  if (calibration.has_part()) {
    absl::PrintF("calibrate: part %d of %d (counted from 0), %d Hessians\n",
                 calibration.part().index(), calibration.part().count(),
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

  if (!absl::GetFlag(FLAGS_activations).empty()) {
    ASSIGN_OR_RETURN(work.before,
                     run.Read("activations", absl::GetFlag(FLAGS_activations),
                              ReadArtifact<ActivationStreams>));
    RETURN_IF_ERROR(CheckActivations(work.before->message, checkpoint, corpus,
                                     begin_with_document));
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
  ActivationStreams handed_on;
  const auto fill_activations = [&](TensorFrameWriter& writer) {
    const auto keep = [&](Tensor& tensor) { return writer.Add(tensor); };
    handed_on.set_checkpoint_sha256(checkpoint.sha256);
    handed_on.set_corpus_sha256(corpus.sha256);
    handed_on.set_sequences_begin_with_document(begin_with_document);
    return HandOn(calibration, config, *work.streams, handed_on, keep);
  };
  const std::string activations_output =
      absl::GetFlag(FLAGS_activations_output);
  RETURN_IF_ERROR(run.WriteTogether([&]() -> absl::Status {
    RETURN_IF_ERROR(run.WriteTensors("output", output, calibration, fill));
    if (activations_output.empty()) return absl::OkStatus();
    return run.WriteTensors("activations_output", activations_output, handed_on,
                            fill_activations);
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
