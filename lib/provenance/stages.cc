#include "lib/provenance/stages.h"

#include <algorithm>
#include <utility>

namespace quant_curve {
namespace {

using Kinds = std::vector<absl::string_view>;

FlagSpec Input(absl::string_view name, Kinds kinds) {
  return {name, FlagKind::kInput, std::move(kinds)};
}
FlagSpec Output(absl::string_view name, Kinds kinds) {
  return {name, FlagKind::kOutput, std::move(kinds)};
}
FlagSpec OutputInParts(absl::string_view name, Kinds kinds,
                       absl::string_view parts_flag) {
  return {name, FlagKind::kOutput, std::move(kinds), "", parts_flag};
}
FlagSpec File(absl::string_view name, absl::string_view no_file = "") {
  return {name, FlagKind::kFile, {}, no_file};
}
FlagSpec Parameter(absl::string_view name) {
  return {name, FlagKind::kParameter};
}
FlagSpec Unrecorded(absl::string_view name) {
  return {name, FlagKind::kUnrecorded};
}

StageSpec CorpusStage() {
  return {"corpus",
          {Output("output", {"CORPUS"}), Parameter("seed"),
           Parameter("train_sentences"), Parameter("calibration_sequences"),
           Parameter("evaluation_windows"), Parameter("sequence_length"),
           Parameter("seen_items"), Parameter("held_out_items"),
           Parameter("unseen_items")}};
}

StageSpec TextStage() {
  return {
      "text",
      {Input("tokenizer", {"TOKENIZER"}), File("calibration_text"),
       File("evaluation_text"), File("pairs"), Parameter("document_separator"),
       Parameter("tokens"), Output("output", {"CORPUS"})}};
}

StageSpec TrainStage() {
  return {
      "train",
      {Input("corpus", {"CORPUS"}), Output("output", {"CHECKPOINT"}),
       Parameter("seed"), Parameter("d_model"), Parameter("num_layers"),
       Parameter("num_heads"), Parameter("d_ff"), Parameter("context_length"),
       Parameter("steps"), Parameter("batch_sequences"),
       Parameter("learning_rate"), Parameter("final_learning_rate_fraction"),
       Parameter("warmup_steps"), Parameter("weight_decay"),
       Parameter("gradient_clip"), Unrecorded("threads")}};
}

StageSpec ImportStage() {
  return {"import",
          {File("model"), File("tokenizer", "none"),
           OutputInParts("output", {"CHECKPOINT"}, "parts"), Parameter("parts"),
           Output("tokenizer_output", {"TOKENIZER"})}};
}

StageSpec CalibrateStage() {
  return {
      "calibrate",
      {Input("checkpoint", {"CHECKPOINT"}), Input("corpus", {"CORPUS"}),
       Input("activations", {"ACTIVATIONS"}), Output("output", {"CALIBRATION"}),
       Output("activations_output", {"ACTIVATIONS"}), Parameter("part"),
       Parameter("parts"), Parameter("sequences"), Parameter("sequence_length"),
       Parameter("calibration_tokens"),
       Parameter("sequences_begin_with_document"),
       Parameter("histogram_sequences"), Parameter("shard"),
       Parameter("shards"), Unrecorded("threads")}};
}

StageSpec QuantizeStage() {
  return {"quantize",
          {Input("checkpoint", {"CHECKPOINT"}),
           Input("hessians", {"CALIBRATION"}),
           Input("corpus", {"CORPUS"}),
           Input("activations", {"ACTIVATIONS"}),
           {"scheme", FlagKind::kScheme},
           Output("output", {"QUANTIZED_MODEL"}),
           Output("activations_output", {"ACTIVATIONS"}),
           Parameter("part"),
           Parameter("parts"),
           Parameter("shard"),
           Parameter("shards"),
           Unrecorded("threads")}};
}

StageSpec EvaluateStage() {
  return {"evaluate",
          {Input("model", {"QUANTIZED_MODEL"}), Input("corpus", {"CORPUS"}),
           Input("reference", {"MEASUREMENT"}),
           Input("reference_model", {"QUANTIZED_MODEL"}),
           Output("output", {"MEASUREMENT"}), Parameter("window_tokens"),
           Parameter("evaluation_tokens"), Parameter("shard"),
           Parameter("shards"), Unrecorded("threads")}};
}

StageSpec MergeStage() {
  const Kinds kinds = {"CALIBRATION", "QUANTIZED_MODEL", "MEASUREMENT"};
  return {"merge",
          {Input("shards", kinds), Input("reference", {"MEASUREMENT"}),
           Parameter("index"), Output("output", kinds)}};
}

StageSpec BenchmarkStage() {
  return {"benchmark",
          {Input("models", {"QUANTIZED_MODEL"}), Parameter("models_name"),
           Parameter("shapes"), Parameter("schemes"), Parameter("threads"),
           Parameter("repeats"), Parameter("seconds"),
           Output("output", {"TIMING"})}};
}

StageSpec PlotStage() {
  return {"plot",
          {Input("measurements", {"MEASUREMENT"}),
           Input("timing", {"TIMING"}),
           Parameter("reference"),
           Parameter("figure"),
           Output("output", {"FIGURE"}),
           Parameter("y_scale"),
           Parameter("model"),
           Parameter("threads"),
           Parameter("schemes"),
           Parameter("experiment"),
           Parameter("quality_metric"),
           Parameter("quality_margin"),
           Parameter("byte_budget"),
           {"gnuplot", FlagKind::kProgram}}};
}

StageSpec ReportStage() {
  return {
      "report",
      {Input("measurements", {"MEASUREMENT"}), Input("timing", {"TIMING"}),
       Parameter("model"), Parameter("threads"), Parameter("reference"),
       Output("results_output", {"RESULTS"}), Output("speed_output", {"SPEED"}),
       Output("readme_output", {"README"}),
       Output("csv_output", {"RESULTS_CSV"}),
       Output("details_output", {"DETAILS"}), Output("page_output", {"PAGE"}),
       Parameter("experiment"), Parameter("title"), Parameter("command"),
       Parameter("quality_metric"), Parameter("quality_margin"),
       Parameter("byte_budget"), Parameter("lab")}};
}

StageSpec ExportStage() {
  return {
      "export",
      {Input("model", {"QUANTIZED_MODEL"}), Input("tokenizer", {"TOKENIZER"}),
       Input("corpus", {"CORPUS"}), Parameter("format"),
       Output("output",
              {"GGUF", "CONFIG_JSON", "TOKENIZER_JSON", "SAFETENSORS"})}};
}

StageSpec GenerateStage() {
  return {"generate",
          {Input("model", {"QUANTIZED_MODEL"}), Input("corpus", {"CORPUS"}),
           Input("tokenizer", {"TOKENIZER"}), Parameter("prompt"),
           Parameter("sentences"), Unrecorded("threads")}};
}

// Its manifest lists files of any kind as subjects and no flags
// (docs/provenance.md), so the kinds stay open.
StageSpec PublishStage() {
  return {"publish",
          {Output("output_dir", {}), Input("files", {}), Input("artifacts", {}),
           File("manifests"), Unrecorded("overwrite"), Unrecorded("check_only"),
           Unrecorded("started"), Unrecorded("git_commit"),
           Unrecorded("git_dirty"), Unrecorded("bazel_processes")}};
}

StageSpec AuditStage() {
  return {"audit",
          {File("artifacts"),
           Unrecorded("rebuild"),
           Unrecorded("explain"),
           Unrecorded("format"),
           Unrecorded("expected_roots"),
           Unrecorded("ignore_tools"),
           {"gnuplot", FlagKind::kProgram}}};
}

StageSpec CompareStage() { return {"compare", {}}; }

}  // namespace

const FlagSpec* StageSpec::FindFlag(absl::string_view flag) const {
  const auto found =
      std::find_if(flags.begin(), flags.end(),
                   [flag](const FlagSpec& spec) { return spec.name == flag; });
  return found == flags.end() ? nullptr : &*found;
}

absl::Span<const StageSpec> AllStages() {
  static const auto* const stages = new std::vector<StageSpec>{
      CorpusStage(),    TextStage(),     TrainStage(),    ImportStage(),
      CalibrateStage(), QuantizeStage(), EvaluateStage(), MergeStage(),
      BenchmarkStage(), PlotStage(),     ReportStage(),   ExportStage(),
      GenerateStage(),  PublishStage(),  AuditStage(),    CompareStage()};
  return *stages;
}

const StageSpec* FindStage(absl::string_view name) {
  const absl::Span<const StageSpec> stages = AllStages();
  const auto found =
      std::find_if(stages.begin(), stages.end(),
                   [name](const StageSpec& spec) { return spec.name == name; });
  return found == stages.end() ? nullptr : &*found;
}

bool IsRecordedAsText(FlagKind kind) {
  return kind == FlagKind::kParameter || kind == FlagKind::kScheme;
}

bool AllowsFileKind(const FlagSpec& flag, absl::string_view file_kind) {
  return std::find(flag.file_kinds.begin(), flag.file_kinds.end(), file_kind) !=
         flag.file_kinds.end();
}

}  // namespace quant_curve
