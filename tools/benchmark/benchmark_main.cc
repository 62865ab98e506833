// Measures speed on this machine: its ceilings, decoding of quantized models
// and of a ladder of random ones, and batched evaluation.
//
//   bazel run //tools/benchmark -- --models=/tmp/fp32.qca,/tmp/int4.qca \
//       --shapes=1m,10m --output=/tmp/timing.qca
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/progress.h"
#include "lib/cli/tool_main.h"
#include "lib/measurement/quiet.h"
#include "lib/model/config.h"
#include "lib/numerics/parallel.h"
#include "lib/provenance/stage_run.h"
#include "lib/quantization/scheme.h"
#include "proto/timing.pb.h"
#include "tools/benchmark/ceilings.h"
#include "tools/benchmark/clock.h"
#include "tools/benchmark/decode_timing.h"
#include "tools/benchmark/load.h"
#include "tools/benchmark/machine.h"
#include "tools/benchmark/memory_reader.h"
#include "tools/benchmark/model_group.h"
#include "tools/benchmark/peak_kernels.h"
#include "tools/benchmark/shapes.h"
#include "tools/benchmark/throughput.h"
#include "tools/benchmark/turns.h"

ABSL_FLAG(std::vector<std::string>, models, {},
          "quantized model artifacts of one model, a scheme each");
ABSL_FLAG(std::string, models_name, "minigpt",
          "what the timings call the model of --models");
ABSL_FLAG(std::vector<std::string>, shapes, {},
          "shapes to time with random weights: minigpt, 1m, 10m, gpt2_small");
ABSL_FLAG(std::vector<std::string>, schemes,
          std::vector<std::string>({"fp32", "fp16", "int8_per_channel",
                                    "int4_per_group_64",
                                    "int8_weight_activation"}),
          "schemes of the random models");
ABSL_FLAG(std::vector<std::string>, threads,
          std::vector<std::string>({"1", "0"}),
          "numbers of threads to measure with, from 0 (one per core) to 1024");
ABSL_FLAG(int64_t, repeats, 300, "at most so many repeats of each timing");
ABSL_FLAG(double, seconds, 20,
          "a model's budget; once it is spent, its timings end after a whole "
          "round of repeats, the third at the earliest");
ABSL_FLAG(std::string, output, "", "timing artifact to write");

namespace quant_curve {
namespace {

constexpr int64_t kMinRounds = 3;
// Evaluation of larger models would take minutes and say nothing new.
constexpr uint64_t kMaxEvaluatedParameters = 32'000'000;

absl::StatusOr<std::vector<int>> ThreadsFromFlag(uint32_t cores) {
  std::vector<int> threads;
  for (const std::string& text : absl::GetFlag(FLAGS_threads)) {
    int count = 0;
    if (!absl::SimpleAtoi(text, &count) || count < 0 || count > kMaxThreads) {
      return UsageError(absl::StrCat(
          "--threads: '", text, "' is not a number from 0 to ", kMaxThreads));
    }
    if (count == 0) count = static_cast<int>(cores);
    if (std::find(threads.begin(), threads.end(), count) == threads.end()) {
      threads.push_back(count);
    }
  }
  if (threads.empty()) return UsageError("--threads: at least one number");
  std::sort(threads.begin(), threads.end());
  return threads;
}

absl::StatusOr<TurnLimits> LimitsFromFlags() {
  const int64_t repeats = absl::GetFlag(FLAGS_repeats);
  const double seconds = absl::GetFlag(FLAGS_seconds);
  if (repeats < 1) {
    return UsageError(absl::StrCat("--repeats=", repeats, ": must be >= 1"));
  }
  if (!(seconds >= 0) || !std::isfinite(seconds)) {
    return UsageError(absl::StrCat("--seconds=", seconds, ": must be >= 0"));
  }
  return TurnLimits{std::min(kMinRounds, repeats), repeats, seconds};
}

absl::StatusOr<std::vector<Scheme>> SchemesFromFlag() {
  std::vector<Scheme> schemes;
  for (const std::string& name : absl::GetFlag(FLAGS_schemes)) {
    absl::StatusOr<Scheme> scheme = ResolveScheme(name);
    if (!scheme.ok()) return UsageError(scheme.status().message());
    schemes.push_back(*std::move(scheme));
  }
  return schemes;
}

using Readers = std::vector<std::unique_ptr<MemoryReader>>;

absl::StatusOr<Readers> MakeReaders(const Machine& machine,
                                    const std::vector<int>& threads) {
  Readers readers;
  for (const int count : threads) {
    ASSIGN_OR_RETURN(
        readers.emplace_back(),
        MemoryReader::Make(machine, WorkingSets(machine, count), count));
  }
  return readers;
}

void AddCeilings(const Readers& readers, Timing& timing) {
  Progress progress("ceilings", static_cast<int64_t>(readers.size()));
  for (size_t i = 0; i < readers.size(); ++i) {
    *timing.add_ceilings() = MeasureCeilings(*readers[i]);
    progress.Update(static_cast<int64_t>(i) + 1);
  }
  absl::FPrintF(stderr, "benchmark: %s; the int8 ceiling is that of %s\n",
                timing.machine().isa(), Int8Instruction());
}

absl::Status AddEvaluation(const ModelGroup& group, const Readers& readers,
                           const TurnLimits& limits, Timing& timing) {
  if (NumParameters(group.config) > kMaxEvaluatedParameters) {
    return absl::OkStatus();
  }
  for (size_t i = 0; i < group.schemes.size(); ++i) {
    if (group.schemes[i].weight_format() != WEIGHT_FLOAT32) continue;
    ASSIGN_OR_RETURN(const std::shared_ptr<const LoadedModel> model,
                     group.loaders[i]());
    std::vector<ThreadPool*> pools;
    for (const auto& reader : readers) pools.push_back(&reader->pool());
    Progress progress(absl::StrCat("evaluate ", group.name), 100);
    ASSIGN_OR_RETURN(
        const std::vector<ThroughputTiming> timings,
        TimeEvaluation(group.name, *model, pools, limits, NowSeconds,
                       [&](int64_t percent) { progress.Update(percent); }));
    for (const ThroughputTiming& t : timings) *timing.add_throughputs() = t;
  }
  return absl::OkStatus();
}

absl::Status AddGroup(const ModelGroup& group, const Readers& readers,
                      const TurnLimits& limits, Timing& timing) {
  {
    Progress progress(absl::StrCat("decode ", group.name), 100);
    ASSIGN_OR_RETURN(
        const std::vector<DecodeTiming> timings,
        TimeDecoding(group, readers, limits, NowSeconds,
                     [&](int64_t percent) { progress.Update(percent); }));
    for (const DecodeTiming& t : timings) *timing.add_decodes() = t;
  }
  return AddEvaluation(group, readers, limits, timing);
}

absl::Status Run() {
  const std::string output = absl::GetFlag(FLAGS_output);
  RETURN_IF_ERROR(RequireFlag("output", output));
  Timing timing;
  *timing.mutable_machine() = ReadMachine();
  ASSIGN_OR_RETURN(const std::vector<int> threads,
                   ThreadsFromFlag(timing.machine().cores()));
  ASSIGN_OR_RETURN(const TurnLimits limits, LimitsFromFlags());
  ASSIGN_OR_RETURN(const std::vector<Scheme> schemes, SchemesFromFlag());
  const std::vector<std::string> models = absl::GetFlag(FLAGS_models);
  const std::vector<std::string> shapes = absl::GetFlag(FLAGS_shapes);
  for (const std::string& shape : shapes) {
    const absl::Status known = ShapeByName(shape).status();
    if (!known.ok()) return UsageError(known.message());
  }
  // Before anything is measured: a wrong file should not cost minutes.
  ASSIGN_OR_RETURN(StageRun run, StageRun::Begin("benchmark"));
  ModelGroup from_files;
  if (!models.empty()) {
    ASSIGN_OR_RETURN(from_files,
                     ReadGroup(absl::GetFlag(FLAGS_models_name), models));
    for (size_t i = 0; i < models.size(); ++i) {
      RETURN_IF_ERROR(run.AddInput("models", models[i], from_files.sha256s[i]));
    }
  }

  ASSIGN_OR_RETURN(const Readers readers,
                   MakeReaders(timing.machine(), threads));
  const LoadMeter load;
  AddCeilings(readers, timing);
  if (!models.empty()) {
    RETURN_IF_ERROR(AddGroup(from_files, readers, limits, timing));
  }
  for (const std::string& shape : shapes) {
    ASSIGN_OR_RETURN(ModelGroup group, RandomGroup(shape, schemes));
    // The report says one length of all.
    group.sequence_tokens = from_files.sequence_tokens;
    RETURN_IF_ERROR(AddGroup(group, readers, limits, timing));
  }
  *timing.mutable_load() = load.Finish();
  RETURN_IF_ERROR(run.WriteArtifact("output", output, timing));
  for (const std::string& sign : BusySigns(timing)) {
    absl::FPrintF(stderr, "benchmark: the machine was not quiet: %s\n", sign);
  }
  absl::PrintF(
      "benchmark: %d decode timings, %d throughputs, %d sets of ceilings on "
      "%s (%s, %d cores) in %s\n",
      timing.decodes_size(), timing.throughputs_size(), timing.ceilings_size(),
      timing.machine().cpu_model(), timing.machine().isa(),
      timing.machine().cores(), output);
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain(
      "benchmark", argc, argv,
      "Measures speed on this machine: its ceilings, decoding of quantized "
      "models and of random ones, batched evaluation.\n"
      "Example:\n"
      "  benchmark --models=/tmp/fp32.qca,/tmp/int4.qca --shapes=1m,10m "
      "--output=/tmp/timing.qca",
      quant_curve::Run);
}
