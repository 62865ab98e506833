#include "pipelines/testing/faults/tool_runs.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"

namespace quant_curve {
namespace {

namespace fs = std::filesystem;

constexpr char kOwnModel[] = "pipelines/testing/own_model/";
constexpr char kManifest[] = ".manifest.json";
constexpr char kGptqScheme[] =
    "--scheme=name: \"g\" weight_format: WEIGHT_INTEGER bits: 4 "
    "symmetric: true granularity: PER_CHANNEL method: GPTQ "
    "activation_format: ACTIVATION_FLOAT32";

using Flags = std::vector<std::string>;

std::string In(const std::string &name) {
  return absl::StrCat(Work(), "/in/", name);
}

std::string Out(const std::string &name) {
  return absl::StrCat(Work(), "/out/", name);
}

// Makes inputs: whatever goes wrong here ends the test.
void Make(const std::string &tool, const Flags &flags) {
  const Outcome outcome = RunTool(tool, flags, {});
  if (outcome.wait_status == 0) return;
  std::fprintf(stderr, "%s: wait status %d: %s\n", tool.c_str(),
               outcome.wait_status, outcome.errors.c_str());
  std::abort();
}

Flags Corpus(const std::string &output) {
  return {"--seed=1",
          "--sequence_length=32",
          "--calibration_sequences=2",
          "--evaluation_windows=2",
          "--held_out_items=2",
          "--seen_items=2",
          "--train_sentences=2000",
          "--unseen_items=2",
          "--output=" + output};
}

Flags Train(const std::string &output) {
  return {"--corpus=" + In("corpus.qca"),
          "--seed=1",
          "--batch_sequences=2",
          "--d_ff=16",
          "--d_model=16",
          "--num_layers=1",
          "--num_heads=2",
          "--context_length=32",
          "--steps=2",
          "--threads=2",
          "--output=" + output};
}

Flags Calibrate(const std::string &output) {
  return {"--checkpoint=" + In("checkpoint.qca"),
          "--corpus=" + In("corpus.qca"), "--sequences=2", "--threads=2",
          "--output=" + output};
}

Flags Quantize(const std::string &output) {
  return {"--checkpoint=" + In("checkpoint.qca"),
          "--hessians=" + In("calibration.qca"), kGptqScheme, "--threads=2",
          "--output=" + output};
}

// A part of a sequential run writes its Linears and what the next part needs.
Flags QuantizePart(const std::string &folder) {
  return {"--checkpoint=" + In("checkpoint.qca"),
          "--hessians=" + In("calibration.qca"),
          "--corpus=" + In("corpus.qca"),
          absl::StrCat(kGptqScheme, " sequential: true"),
          "--parts=2",
          "--threads=2",
          absl::StrCat("--output=", folder, "part.qca"),
          absl::StrCat("--activations_output=", folder, "activations.qca")};
}

Flags Evaluate(const std::string &output) {
  return {"--model=" + In("g_model.qca"), "--corpus=" + In("corpus.qca"),
          "--reference=" + In("fp32.qca"), "--threads=2", "--output=" + output};
}

Flags EvaluateShard(const std::string &shard) {
  return {"--model=" + In("g_model.qca"), "--corpus=" + In("corpus.qca"),
          "--shards=2", "--shard=" + shard,
          absl::StrCat("--output=", In("shard_"), shard, ".qca")};
}

Flags Import(const std::string &folder) {
  return {"--model=" + In("model.bin"), "--tokenizer=" + In("tokenizer.bin"),
          absl::StrCat("--output=", folder, "imported.qca"),
          absl::StrCat("--tokenizer_output=", folder, "tokenizer.qca")};
}

Flags ImportInParts(const std::string &folder) {
  Flags flags = Import(folder);
  flags.push_back("--parts=2");
  return flags;
}

Flags Measurements() {
  return {absl::StrCat("--measurements=", In("fp32.qca"), ",", In("g.qca"))};
}

Flags Report(const std::string &folder) {
  Flags flags = Measurements();
  flags.push_back(absl::StrCat("--results_output=", folder, "results.json"));
  flags.push_back(absl::StrCat("--readme_output=", folder, "README.md"));
  return flags;
}

Flags Publish(const std::string &folder, bool with_artifacts) {
  std::string manifests;
  for (const char *name :
       {"calibration.qca", "checkpoint.qca", "corpus.qca", "fp32.qca",
        "fp32_model.qca", "g.qca", "g_model.qca"}) {
    absl::StrAppend(&manifests, manifests.empty() ? "" : ",", In(name),
                    kManifest);
  }
  Flags flags = {
      absl::StrCat("--files=", In("results.json"), ",", In("README.md")),
      "--manifests=" + manifests, "--output_dir=" + folder};
  if (with_artifacts) {
    flags.push_back(
        absl::StrCat("--artifacts=", In("fp32.qca"), ",", In("g.qca")));
  }
  return flags;
}

void MakeInputs() {
  for (const char *name : {"llama2c/model.bin", "llama2c/tokenizer.bin",
                           "calibration.txt", "evaluation.txt"}) {
    fs::copy_file(absl::StrCat(kOwnModel, name), In(fs::path(name).filename()));
  }
  Make("corpus", Corpus(In("corpus.qca")));
  Make("train", Train(In("checkpoint.qca")));
  Make("calibrate", Calibrate(In("calibration.qca")));
  Make("quantize", Quantize(In("g_model.qca")));
  Make("quantize", {"--checkpoint=" + In("checkpoint.qca"), "--scheme=fp32",
                    "--output=" + In("fp32_model.qca")});
  Make("evaluate",
       {"--model=" + In("fp32_model.qca"), "--corpus=" + In("corpus.qca"),
        "--output=" + In("fp32.qca")});
  Make("evaluate", Evaluate(In("g.qca")));
  Make("evaluate", EvaluateShard("0"));
  Make("evaluate", EvaluateShard("1"));
  Make("import", Import(In("")));
  Make("report", Report(In("")));
}

// Old files in the places of the outputs, each with a manifest.
Files OldFiles(const std::vector<std::string> &outputs) {
  Files files;
  for (const std::string &output : outputs) {
    files[output] = "old";
    files[output + kManifest] = "old manifest";
  }
  return files;
}

// A larger publication than the one that is to come, and a BUILD file.
Files OldExperiment() {
  Make("publish", Publish(Out("experiment"), true));
  std::FILE *build = std::fopen(Out("experiment/BUILD").c_str(), "w");
  std::fputs("exports_files([])\n", build);
  std::fclose(build);
  Files files = FilesIn(Out("").substr(0, Out("").size() - 1));
  SetFiles(absl::StrCat(Work(), "/out"), {});
  return files;
}

Flags WithOutput(Flags flags, const std::string &name) {
  flags.push_back("--output=" + Out(name));
  return flags;
}

std::vector<ToolRun> MakeRuns() {
  MakeInputs();
  const Files qca = OldFiles({"x.qca"});
  const std::string x = Out("x.qca");
  std::vector<ToolRun> runs;
  runs.push_back({"corpus", "corpus", Corpus(x), qca});
  runs.push_back({"corpus_anew", "corpus", Corpus(x), {}});
  runs.push_back({"train", "train", Train(x), qca});
  runs.push_back({"calibrate", "calibrate", Calibrate(x), qca});
  runs.push_back({"quantize", "quantize", Quantize(x), qca});
  runs.push_back({"quantize_part", "quantize", QuantizePart(Out("")),
                  OldFiles({"part.qca", "activations.qca"})});
  runs.push_back({"evaluate", "evaluate", Evaluate(x), qca});
  runs.push_back(
      {"merge",
       "merge",
       {absl::StrCat("--shards=", In("shard_0.qca"), ",", In("shard_1.qca")),
        "--reference=" + In("fp32.qca"), "--output=" + x},
       qca});
  runs.push_back({"import", "import", Import(Out("")),
                  OldFiles({"imported.qca", "tokenizer.qca"})});
  runs.push_back({"import_parts", "import", ImportInParts(Out("")),
                  OldFiles({"imported.qca", "imported-00001-of-00002.qca",
                            "imported-00002-of-00002.qca", "tokenizer.qca"})});
  runs.push_back({"text",
                  "text",
                  {"--tokenizer=" + In("tokenizer.qca"),
                   "--calibration_text=" + In("calibration.txt"),
                   "--evaluation_text=" + In("evaluation.txt"),
                   "--document_separator=<|endoftext|>", "--output=" + x},
                  qca});
  runs.push_back({"plot", "plot", WithOutput(Measurements(), "x.svg"),
                  OldFiles({"x.svg"})});
  runs.push_back({"report", "report", Report(Out("")),
                  OldFiles({"results.json", "README.md"})});
  runs.push_back({"export_gguf",
                  "export",
                  {"--model=" + In("g_model.qca"), "--format=gguf",
                   "--output=" + Out("x.gguf")},
                  OldFiles({"x.gguf"})});
  runs.push_back({"export_folder",
                  "export",
                  {"--model=" + In("g_model.qca"), "--format=safetensors",
                   "--output=" + Out("folder")},
                  {}});
  const Flags publish = Publish(Out("experiment"), false);
  runs.push_back({"publish_anew", "publish", publish, {}});
  runs.push_back({"publish", "publish", publish, OldExperiment()});
  return runs;
}

}  // namespace

// The benchmark is missing: a run measures the machine's ceilings for seconds,
// and writes through the same library.
std::vector<std::string> ToolRunNames() {
  return {"corpus",   "corpus_anew",   "train",         "calibrate",
          "quantize", "quantize_part", "evaluate",      "merge",
          "import",   "import_parts",  "text",          "plot",
          "report",   "export_gguf",   "export_folder", "publish_anew",
          "publish"};
}

ToolRun GetToolRun(const std::string &name) {
  static const auto *const runs = new std::vector<ToolRun>(MakeRuns());
  for (const ToolRun &run : *runs) {
    if (run.name == name) return run;
  }
  std::abort();
}

}  // namespace quant_curve
