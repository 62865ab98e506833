// Stores a checkpoint in one quantization scheme, really packed, with the byte
// account and each Linear's proxy losses.
//
//   bazel run //tools/quantize -- --checkpoint=/tmp/checkpoint.qca \
//       --hessians=/tmp/calibration.qca --scheme=int4_per_group_64_gptq \
//       --output=/tmp/int4_per_group_64_gptq.qca
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/types/optional.h"
#include "google/protobuf/text_format.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/status_macros.h"
#include "lib/calibration/model_parts.h"
#include "lib/cli/part_flags.h"
#include "lib/cli/progress.h"
#include "lib/cli/shard_flags.h"
#include "lib/cli/threads_flag.h"
#include "lib/cli/tool_main.h"
#include "lib/model/activation_store.h"
#include "lib/model/checkpoint.h"
#include "lib/model/config.h"
#include "lib/numerics/parallel.h"
#include "lib/provenance/stage_run.h"
#include "lib/quantization/byte_account.h"
#include "lib/quantization/scheme.h"
#include "lib/sharding/shard.h"
#include "tools/quantize/calibration_reader.h"
#include "tools/quantize/quantize_model.h"

ABSL_FLAG(std::string, checkpoint, "", "checkpoint artifact to quantize");
ABSL_FLAG(std::string, hessians, "",
          "calibration artifact of that checkpoint; may be left out for "
          "schemes without GPTQ and without a clip percentile");
ABSL_FLAG(std::string, corpus, "",
          "corpus artifact that the calibration was taken on; only for "
          "sequential schemes");
ABSL_FLAG(std::string, scheme, "",
          "named scheme, text proto, or path to a .textproto");
ABSL_FLAG(std::string, output, "", "quantized model artifact to write");

namespace quant_curve {
namespace {

constexpr char kUsage[] =
    "Stores a checkpoint in one quantization scheme.\n"
    "Example: quantize --checkpoint=checkpoint.qca "
    "--hessians=calibration.qca --scheme=int4_per_group_64_gptq "
    "--output=int4_per_group_64_gptq.qca\n"
    "A scheme of your own: --scheme='name: \"int3\" weight_format: "
    "WEIGHT_INTEGER bits: 3 symmetric: true granularity: PER_GROUP "
    "group_size: 32 method: GPTQ activation_format: ACTIVATION_FLOAT32'\n"
    "A sequential scheme in two parts, which merge joins: add --corpus, "
    "--parts=2, and --part=0 --activations_output=activations.qca, then "
    "--part=1 --activations=activations.qca.";

// Mean losses, the largest damping and the dead columns over the Linears.
std::string QualityText(const QuantizedModel& model) {
  double rtn = 0;
  double gptq = 0;
  double damping = 0;
  uint32_t raises = 0;
  uint64_t dead = 0;
  uint64_t measured = 0;
  for (const QuantizedLinear& linear : model.linears()) {
    damping = std::max(damping, linear.damping_used());
    raises += linear.damping_raises();
    dead += linear.dead_columns();
    if (!linear.has_proxy_losses()) continue;
    ++measured;
    rtn += linear.rtn_proxy_loss();
    gptq += linear.gptq_proxy_loss();
  }
  if (measured == 0) return "no proxy losses";
  std::string text =
      absl::StrFormat("mean relative proxy loss RTN %.3e", rtn / measured);
  if (model.scheme().method() != GPTQ) return text;
  absl::StrAppendFormat(
      &text, " GPTQ %.3e, damping up to %g (%d raises), %d dead columns",
      gptq / measured, damping, raises, dead);
  return text;
}

void PrintSummary(const QuantizedModel& model) {
  const std::string& name = model.scheme().name();
  if (model.has_shard()) {
    absl::PrintF("%s: %s, %d Linears\n", name,
                 model.scheme().sequential() ? ShardText(model.shard(), "part")
                                             : ShardText(model.shard()),
                 model.linears_size());
    return;
  }
  absl::PrintF("%s: %.4f bits/weight, %d bytes, %s\n", name,
               BitsPerWeight(model), model.bytes().total(), QualityText(model));
}

// What a run does: a whole model, a shard of it, or a part of a sequential run.
struct Work {
  Scheme scheme;
  Shard shard;
  PartFlags part;
  absl::optional<ActivationStore> streams;  // after the part, to be handed on
};

// What repeats the scheme wherever it runs: its name when it is a named one. A
// .textproto file would be a path.
std::string SchemeText(const Scheme& scheme) {
  if (absl::GetFlag(FLAGS_scheme) == scheme.name()) return scheme.name();
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string text;
  printer.PrintToString(scheme, &text);
  absl::StripAsciiWhitespace(&text);
  return text;
}

// A wrong name or text is wrong usage; a wrong .textproto file is bad input.
absl::StatusOr<Scheme> SchemeFromFlag() {
  const std::string flag = absl::GetFlag(FLAGS_scheme);
  absl::StatusOr<Scheme> scheme = ResolveScheme(flag);
  if (scheme.ok() || absl::EndsWith(flag, ".textproto")) return scheme;
  return UsageError(scheme.status().message());
}

// What a scheme needs besides the checkpoint, or can't have.
absl::Status CheckUsage(const Scheme& scheme, const Shard& shard) {
  const bool has_corpus = !absl::GetFlag(FLAGS_corpus).empty();
  if (absl::GetFlag(FLAGS_hessians).empty() && NeedsCalibration(scheme)) {
    return UsageError(absl::StrCat("--hessians is required: scheme '",
                                   scheme.name(),
                                   "' uses GPTQ or a clip percentile"));
  }
  if (scheme.sequential() && !has_corpus) {
    return UsageError(absl::StrCat(
        "--corpus is required: scheme '", scheme.name(),
        "' is sequential, it runs the text of the calibration again"));
  }
  if (!scheme.sequential() && has_corpus) {
    return UsageError(absl::StrCat("--corpus: scheme '", scheme.name(),
                                   "' is not sequential and reads no text; "
                                   "leave it out"));
  }
  if (!scheme.sequential()) {
    return RefusePartFlags(absl::StrCat(
        "scheme '", scheme.name(),
        "' is not sequential, none of its Linears waits for another; cut it "
        "by --shard and --shards"));
  }
  if (shard.count() > 1) {
    return UsageError(absl::StrCat(
        "--shards=", shard.count(), ": scheme '", scheme.name(),
        "' is sequential, each Linear waits for those before it; must be 1, "
        "cut it by --part and --parts"));
  }
  return absl::OkStatus();
}

// The files that --checkpoint, --hessians, --corpus and --activations name.
struct Inputs {
  Artifact<Checkpoint> checkpoint;
  absl::optional<Artifact<Calibration>> calibration;
  std::vector<std::vector<uint32_t>> sequences;  // of --corpus
  absl::optional<Artifact<ActivationStreams>> before;
};

absl::StatusOr<Inputs> ReadInputs(const PartFlags& part, StageRun& run) {
  const std::string checkpoint_path = absl::GetFlag(FLAGS_checkpoint);
  const std::string hessians_path = absl::GetFlag(FLAGS_hessians);
  const std::string corpus_path = absl::GetFlag(FLAGS_corpus);
  Inputs inputs;
  ASSIGN_OR_RETURN(inputs.checkpoint,
                   run.Read("checkpoint", checkpoint_path, ReadCheckpoint));
  if (hessians_path.empty()) return inputs;
  ASSIGN_OR_RETURN(
      inputs.calibration,
      ReadCalibrationOf(inputs.checkpoint, checkpoint_path, hessians_path));
  RETURN_IF_ERROR(run.AddInput("hessians", hessians_path,
                               inputs.calibration->sha256,
                               inputs.calibration->payload));
  if (corpus_path.empty()) return inputs;
  const Calibration& calibration = inputs.calibration->message;
  ASSIGN_OR_RETURN(
      inputs.sequences,
      ReadSequencesOf(calibration, hessians_path, inputs.checkpoint,
                      checkpoint_path, corpus_path));
  RETURN_IF_ERROR(
      run.AddInput("corpus", corpus_path, calibration.corpus_sha256()));
  if (part.activations.empty()) return inputs;
  ASSIGN_OR_RETURN(inputs.before, run.Read("activations", part.activations,
                                           ReadArtifact<ActivationStreams>));
  return inputs;
}

absl::StatusOr<QuantizeResult> QuantizeInOrder(const Inputs& inputs,
                                               ThreadPool& pool,
                                               TensorSink keep, Work& work) {
  const Artifact<Checkpoint>& checkpoint = inputs.checkpoint;
  const Artifact<Calibration>& calibration = *inputs.calibration;
  const ModelPart part = {work.part.part,
                          inputs.before ? &*inputs.before : nullptr,
                          work.part.activations};
  Progress progress(
      absl::StrCat("quantize ", work.scheme.name()),
      LinearsOfPart(checkpoint.message.config(), part.part).size());
  const auto update = [&](int64_t done) { progress.Update(done); };
  return part.part.count() == 1
             ? QuantizeSequentially(checkpoint, calibration, inputs.sequences,
                                    work.scheme, pool, update, keep)
             : QuantizePart(checkpoint, calibration, inputs.sequences,
                            work.scheme, part, pool, update, keep,
                            work.streams);
}

absl::StatusOr<QuantizeResult> Quantize(const Inputs& inputs, TensorSink keep,
                                        Work& work) {
  const std::unique_ptr<ThreadPool> pool = PoolFromFlag();
  if (work.scheme.sequential()) {
    return QuantizeInOrder(inputs, *pool, keep, work);
  }
  const Artifact<Checkpoint>& checkpoint = inputs.checkpoint;
  const Artifact<Calibration>* calibration =
      inputs.calibration ? &*inputs.calibration : nullptr;
  Progress progress(
      absl::StrCat("quantize ", work.scheme.name()),
      LinearsOfShard(checkpoint.message.config(), work.shard).size());
  const auto update = [&](int64_t done) { progress.Update(done); };
  return work.shard.count() == 1
             ? QuantizeModel(checkpoint, calibration, work.scheme, *pool,
                             update, keep)
             : QuantizeShard(checkpoint, calibration, work.scheme, work.shard,
                             *pool, update, keep);
}

absl::StatusOr<Work> WorkFromFlags() {
  Work work;
  ASSIGN_OR_RETURN(work.shard, ShardFromFlags());
  ASSIGN_OR_RETURN(work.scheme, SchemeFromFlag());
  RETURN_IF_ERROR(CheckUsage(work.scheme, work.shard));
  ASSIGN_OR_RETURN(work.part, PartFromFlags(work.shard));
  return work;
}

absl::StatusOr<QuantizedModel> WriteModel(const Inputs& inputs, StageRun& run,
                                          Work& work) {
  QuantizedModel model;
  const auto fill = [&](TensorFrameWriter& writer) -> absl::Status {
    const auto keep = [&](Tensor& tensor) { return writer.Add(tensor); };
    ASSIGN_OR_RETURN(QuantizeResult result, Quantize(inputs, keep, work));
    for (const std::string& warning : result.warnings.Messages()) {
      std::fprintf(stderr, "%s\n", warning.c_str());
    }
    model = std::move(result.model);
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(
      run.WriteTensors("output", absl::GetFlag(FLAGS_output), model, fill));
  return model;
}

// What the next part begins with.
absl::Status WriteActivations(const Inputs& inputs, StageRun& run, Work& work) {
  ActivationStreams handed_on =
      StreamsOfRun(inputs.checkpoint, *inputs.calibration, work.scheme);
  const auto fill = [&](TensorFrameWriter& writer) {
    const auto keep = [&](Tensor& tensor) { return writer.Add(tensor); };
    return HandOn(work.part.part, inputs.checkpoint.message.config(),
                  *work.streams, handed_on, keep);
  };
  return run.WriteTensors("activations_output", work.part.activations_output,
                          handed_on, fill);
}

absl::Status Run() {
  RETURN_IF_ERROR(RequireFlag("checkpoint", absl::GetFlag(FLAGS_checkpoint)));
  RETURN_IF_ERROR(RequireFlag("scheme", absl::GetFlag(FLAGS_scheme)));
  RETURN_IF_ERROR(RequireFlag("output", absl::GetFlag(FLAGS_output)));
  ASSIGN_OR_RETURN(Work work, WorkFromFlags());
  ASSIGN_OR_RETURN(StageRun run, StageRun::Begin("quantize"));
  run.SetFlag("scheme", SchemeText(work.scheme));
  ASSIGN_OR_RETURN(const Inputs inputs, ReadInputs(work.part, run));
  QuantizedModel model;
  RETURN_IF_ERROR(run.WriteTogether([&]() -> absl::Status {
    ASSIGN_OR_RETURN(model, WriteModel(inputs, run, work));
    if (work.part.activations_output.empty()) return absl::OkStatus();
    return WriteActivations(inputs, run, work);
  }));
  PrintSummary(model);
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain("quantize", argc, argv, quant_curve::kUsage,
                               quant_curve::Run);
}
