// Stores a checkpoint in one quantization scheme, really packed, with the byte
// account and each Linear's RTN and GPTQ proxy losses.
//
//   bazel run //tools/quantize -- --checkpoint=/tmp/checkpoint.qca
//       --hessians=/tmp/calibration.qca --scheme=int4_per_group_64_gptq
//       --output=/tmp/int4_per_group_64_gptq.qca
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/text_format.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/progress.h"
#include "lib/cli/tool_main.h"
#include "lib/model/checkpoint.h"
#include "lib/model/config.h"
#include "lib/numerics/parallel.h"
#include "lib/provenance/stage_run.h"
#include "lib/quantization/byte_account.h"
#include "lib/quantization/scheme.h"
#include "tools/quantize/calibration_reader.h"
#include "tools/quantize/quantize_model.h"

ABSL_FLAG(std::string, checkpoint, "", "checkpoint artifact to quantize");
ABSL_FLAG(std::string, hessians, "",
          "calibration artifact of that checkpoint; may be left out for "
          "schemes without GPTQ and without a clip percentile");
ABSL_FLAG(std::string, scheme, "",
          "named scheme, text proto, or path to a .textproto");
ABSL_FLAG(std::string, output, "", "quantized model artifact to write");
ABSL_FLAG(int, threads, 0,
          "threads, 0: one a core; the output does not depend on them");

namespace quant_curve {
namespace {

constexpr char kUsage[] =
    "Stores a checkpoint in one quantization scheme.\n"
    "Example: quantize --checkpoint=checkpoint.qca "
    "--hessians=calibration.qca --scheme=int4_per_group_64_gptq "
    "--output=int4_per_group_64_gptq.qca\n"
    "A scheme of your own: --scheme='name: \"int3\" weight_format: "
    "WEIGHT_INTEGER bits: 3 symmetric: true granularity: PER_GROUP "
    "group_size: 32 method: GPTQ activation_format: ACTIVATION_FLOAT32'";
constexpr int kMaxThreads = 1024;

// Mean losses, the largest damping and the dead columns over the Linears.
std::string QualityText(const QuantizedModel& model) {
  double rtn = 0;
  double gptq = 0;
  double damping = 0;
  uint32_t raises = 0;
  uint64_t dead = 0;
  uint64_t measured = 0;
  for (const QuantizedLinear& linear : model.linears()) {
    if (!linear.has_proxy_losses()) continue;
    ++measured;
    rtn += linear.rtn_proxy_loss();
    gptq += linear.gptq_proxy_loss();
    damping = std::max(damping, linear.damping_used());
    raises += linear.damping_raises();
    dead += linear.dead_columns();
  }
  if (measured == 0) return "no proxy losses";
  return absl::StrFormat(
      "mean relative proxy loss RTN %.3e GPTQ %.3e, damping up to %g "
      "(%d raises), %d dead columns",
      rtn / measured, gptq / measured, damping, raises, dead);
}

int64_t NumLinears(const ModelConfig& config) {
  int64_t linears = 0;
  for (const TensorSpec& spec : TensorSpecs(config)) {
    if (spec.role == TensorRole::kLinearWeight) ++linears;
  }
  return linears;
}

absl::StatusOr<QuantizeResult> Quantize(const Artifact<Checkpoint>& checkpoint,
                                        const Artifact<Calibration>* hessians,
                                        const Scheme& scheme, int threads) {
  ThreadPool pool(threads);
  Progress progress(absl::StrCat("quantize ", scheme.name()),
                    NumLinears(checkpoint.message.config()));
  return QuantizeModel(checkpoint, hessians, scheme, pool,
                       [&](int64_t done) { progress.Update(done); });
}

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

absl::Status Run() {
  const std::string checkpoint_path = absl::GetFlag(FLAGS_checkpoint);
  const std::string hessians_path = absl::GetFlag(FLAGS_hessians);
  const std::string output = absl::GetFlag(FLAGS_output);
  const int threads = absl::GetFlag(FLAGS_threads);
  RETURN_IF_ERROR(RequireFlag("checkpoint", checkpoint_path));
  RETURN_IF_ERROR(RequireFlag("scheme", absl::GetFlag(FLAGS_scheme)));
  RETURN_IF_ERROR(RequireFlag("output", output));
  if (threads < 0 || threads > kMaxThreads) {
    return UsageError(absl::StrCat("--threads=", threads, ": must be in [0, ",
                                   kMaxThreads, "]"));
  }
  ASSIGN_OR_RETURN(const Scheme scheme,
                   ResolveScheme(absl::GetFlag(FLAGS_scheme)));
  if (hessians_path.empty() && NeedsCalibration(scheme)) {
    return UsageError(absl::StrCat("--hessians is required: scheme '",
                                   scheme.name(),
                                   "' uses GPTQ or a clip percentile"));
  }
  ASSIGN_OR_RETURN(const Artifact<Checkpoint> checkpoint,
                   ReadCheckpoint(checkpoint_path));
  ASSIGN_OR_RETURN(StageRun run, StageRun::Begin("quantize"));
  run.SetFlag("scheme", SchemeText(scheme));
  RETURN_IF_ERROR(
      run.AddInput("checkpoint", checkpoint_path, checkpoint.sha256));
  Artifact<Calibration> calibration;
  if (!hessians_path.empty()) {
    ASSIGN_OR_RETURN(calibration, ReadCalibrationOf(checkpoint, checkpoint_path,
                                                    hessians_path));
    RETURN_IF_ERROR(
        run.AddInput("hessians", hessians_path, calibration.sha256));
  }
  ASSIGN_OR_RETURN(
      const QuantizeResult result,
      Quantize(checkpoint, hessians_path.empty() ? nullptr : &calibration,
               scheme, threads));
  for (const std::string& warning : result.warnings) {
    std::fprintf(stderr, "%s\n", warning.c_str());
  }
  RETURN_IF_ERROR(run.WriteArtifact("output", output, result.model));
  absl::PrintF("%s: %.4f bits/weight, %d bytes, %s\n", scheme.name(),
               BitsPerWeight(result.model), result.model.bytes().total(),
               QualityText(result.model));
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain(argc, argv, quant_curve::kUsage,
                               quant_curve::Run);
}
